/** Every call goes to the region that the name of its resource says, also where services have regions of their own. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { parseConfig, type Service } from '../../../functions/config/config.ts';
import { lazyClients } from '../../../functions/google/clients.ts';
import { regionOf } from '../../../functions/google/resource-region.ts';
import { googleWorld } from '../../../functions/google/world.ts';
import { deployRequest, uploadRequest } from '../../../functions/release/calls/requests.ts';
import { copyId, LABELS, modelName } from '../../../functions/release/ids.ts';
import { LightRuntime } from '../../emulator/vertex/world.ts';
import { releaseOf } from '../../support/samples.ts';
import { CHURN, HEAD } from '../config/samples.ts';
import { batchJobRequest } from '../../support/batch-job-request.ts';

const config = parseConfig(`${HEAD}
services:
  churn:${CHURN}
  churn-eu:
    artifacts: gs://models-eu/churn/*/model.onnx
    image: europe-west4-docker.pkg.dev/p/r/predictor
    endpoint: churn-eu
    region: europe-west4
`);
const US = 'projects/my-project/locations/us-central1';
const EU = 'projects/my-project/locations/europe-west4';

let emulator: Emulator;

beforeAll(async () => {
  const quick = { upload: 0, deploy: 0, createEndpoint: 0, batchStart: 0 };
  emulator = await startEmulator({ runtime: new LightRuntime(), operations: quick });
  emulator.store.createBucket('models');
  emulator.store.putObject('models', 'churn/v1/model.onnx', Buffer.from('weights'));
});
afterAll(() => emulator.close());

function serviceOf(name: string): Service {
  const service = config.services.get(name);
  if (service === undefined) throw new Error(`no service ${name}`);
  return service;
}

it('endpoint, model, deployment and job of a service are in its region, and found there', async () => {
  const service = serviceOf('churn-eu');
  const { vertex, batch } = googleWorld(config, {
    STORAGE_EMULATOR_HOST: emulator.url,
    VERTEX_EMULATOR_HOST: new URL(emulator.url).host,
  });
  const ended = async (operation: string) => {
    const { error } = await emulator.operations.wait(operation, 10_000);
    if (error !== undefined) throw new Error(error.message);
  };
  await ended(await vertex.createEndpoint(service.parent, '7', 'churn-eu', new Map()));
  expect(await vertex.findEndpoints(serviceOf('churn').parent, 'churn-eu')).toEqual([]);
  const [endpoint] = await vertex.findEndpoints(service.parent, 'churn-eu');
  if (endpoint === undefined) throw new Error('no endpoint');
  expect(endpoint.name).toContain('/locations/europe-west4/');

  const release = releaseOf(1);
  await ended(await vertex.upload(uploadRequest(service, release, { endpoint: endpoint.name })));
  const [version] = await vertex.listVersions(modelName(service));
  if (version === undefined) throw new Error('no version');
  await ended(await vertex.deploy(deployRequest(service, { do: 'deploy', release, version, endpoint })));
  expect(await vertex.getEndpoint(endpoint.name)).toMatchObject({
    deployedModels: [{ model: version.model, version: '1' }],
  });
  expect(() => emulator.vertex.models.get(`${US}/models/slipway-churn-eu`)).toThrow('does not exist');

  const request = batchJobRequest('b-1', {
    parent: service.parent,
    model: modelName(service),
    input: 'gs://models/in.jsonl',
    output: 'gs://models/out/',
    keyField: null,
  });
  const job = await batch.jobs.create(request);
  expect(job.name).toContain('/locations/europe-west4/');
  expect(await batch.jobs.list(US, LABELS.batch, 'b-1')).toEqual([]);
  expect(await batch.jobs.list(EU, LABELS.batch, 'b-1')).toMatchObject([{ name: job.name }]);
});

it('a version of another region is copied, with its artifact and without its aliases', async () => {
  const service = serviceOf('churn');
  const { vertex } = googleWorld(config, {
    STORAGE_EMULATOR_HOST: emulator.url,
    VERTEX_EMULATOR_HOST: new URL(emulator.url).host,
  });
  const artifactUri = 'gs://models/churn/v1';
  const containerSpec = { imageUri: 'image', predictRoute: '/predict', healthRoute: '/health' };
  const model = { displayName: 'risk', artifactUri, containerSpec, versionAliases: ['best'] };
  const { name } = emulator.vertex.uploads.upload(EU, { modelId: 'risk', model });
  await emulator.operations.wait(name, 10_000);

  const source = `${EU}/models/risk@1`;
  const asked = { parent: service.parent, modelId: copyId('churn', source), source };
  const copy = `${US}/models/${asked.modelId}`;
  expect(await vertex.getVersion(copy, '1')).toBeNull();
  await emulator.operations.wait(await vertex.copy(asked), 10_000);
  expect(await vertex.getVersion(copy, '1')).toMatchObject({
    version: { version: '1', aliases: ['default'] },
    isDeployable: true,
  });
  expect(emulator.vertex.models.get(copy)).toMatchObject({
    displayName: 'risk',
    containerSpec: { imageUri: 'image' },
    modelSourceInfo: { copy: true },
  });
  await expect(vertex.copy(asked)).rejects.toMatchObject({ status: 'ALREADY_EXISTS' });
  const gone = { ...asked, modelId: 'another', source: `${EU}/models/risk@2` };
  await expect(vertex.copy(gone)).rejects.toMatchObject({ status: 'NOT_FOUND' });
});

it('each region has its host, and each client one', async () => {
  const { models, endpoints, pipelines, jobs, predictions } = lazyClients(config, {});
  for (const client of [models, endpoints, pipelines, jobs, predictions]) {
    expect(hostOf(await client('europe-west4'))).toBe('europe-west4-aiplatform.googleapis.com');
    expect(hostOf(await client('us-central1'))).toBe('us-central1-aiplatform.googleapis.com');
    expect(await client('europe-west4')).toBe(await client('europe-west4'));
  }
  const dedicated = '7.europe-west4-1.prediction.vertexai.goog';
  expect(hostOf(await predictions(dedicated))).toBe(dedicated);
});

/** Where a client goes. Its own `apiEndpoint` says what it would be without options. */
function hostOf(client: object): unknown {
  const options: unknown = Reflect.get(client, '_opts');
  return Reflect.get(Object(options), 'servicePath');
}

it('nothing but a region becomes part of a host', () => {
  expect(regionOf(`${EU}/models/m`)).toBe('europe-west4');
  expect(regionOf(EU)).toBe('europe-west4');
  for (const name of ['', 'projects/p/locations/evil.example.com#/models/m', 'projects/p/locations/global/x'])
    expect(() => regionOf(name)).toThrow('no name of Vertex');
});
