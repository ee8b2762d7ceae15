/**
 * What slipway.yaml can say of serving and cannot say together: Spot VMs, a TPU, every route of a container, Private
 * Service Connect, a key. Through the official client: what Vertex AI then has, as the proto says.
 */
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startEmulator, type Emulator } from '../../../emulator/server.ts';
import { parseConfig, type Config, type Service } from '../../../functions/config/config.ts';
import { modelName } from '../../../functions/release/ids.ts';
import { googleWorld } from '../../../functions/google/world.ts';
import { deployRequest, uploadRequest } from '../../../functions/release/calls/requests.ts';
import { releaseOf } from '../../support/samples.ts';
import { LightRuntime } from '../../emulator/vertex/world.ts';
import { GOOD } from '../config/samples.ts';

const PARENT = 'projects/my-project/locations/us-central1';
const KEY = `${PARENT}/keyRings/ring/cryptoKeys/key`;
const BY_HAND = 'churn-serving@my-project.iam.gserviceaccount.com';

let emulator: Emulator;

beforeEach(async () => {
  const quick = { upload: 0, deploy: 0, createEndpoint: 0 };
  emulator = await startEmulator({ runtime: new LightRuntime(), operations: quick });
  emulator.store.createBucket('models');
  emulator.store.putObject('models', 'churn/v1/model.onnx', Buffer.from('weights'));
});
afterEach(() => emulator.close());

/** The endpoint, the model and the deployment of that service, as Vertex AI has them. */
async function served(config: Config, service: Service) {
  const address = new URL(emulator.url).host;
  const { vertex } = googleWorld(config, {
    STORAGE_EMULATOR_HOST: emulator.url,
    VERTEX_EMULATOR_HOST: address,
  });
  const ended = async (operation: string) => {
    const { error } = await emulator.operations.wait(operation, 10_000);
    if (error !== undefined) throw new Error(error.message);
  };
  const name = `${PARENT}/endpoints/7`;
  await ended(
    await vertex.createEndpoint(service.parent, '7', 'churn', service.labels, service.endpointSettings),
  );
  const release = releaseOf(1);
  await ended(await vertex.upload(uploadRequest(service, release, { endpoint: name })));
  const [version] = await vertex.listVersions(modelName(service));
  const endpoint = await vertex.getEndpoint(name);
  if (version === undefined || endpoint === null) throw new Error('neither version nor endpoint');
  await ended(await vertex.deploy(deployRequest(service, { do: 'deploy', release, version, endpoint })));
  const made = emulator.vertex.endpoints.get(name);
  const model = emulator.vertex.models.get(`${PARENT}/models/slipway-churn`);
  return { endpoint: made, model };
}

function serviceOf(endpoint: string, serving: string, env = {}): [Config, Service] {
  const text = GOOD.replace('endpoint: churn', `endpoint: ${endpoint}`).trimEnd();
  const config = parseConfig(`${text}\n    serving: ${serving}\n`, env);
  const service = config.services.get('churn');
  if (service === undefined) throw new Error('no service');
  return [config, service];
}

it('Spot VMs, and a service account', async () => {
  const { endpoint } = await served(...serviceOf('churn', `{ spot: true, serviceAccount: ${BY_HAND} }`));
  const deployed = { dedicatedResources: { spot: true }, serviceAccount: BY_HAND };
  expect(endpoint).toMatchObject({ deployedModels: [deployed] });
});

it('the topology of a TPU', async () => {
  const { endpoint } = await served(
    ...serviceOf('churn', '{ machineType: ct5lp-hightpu-4t, tpuTopology: 2x2 }'),
  );
  const machineSpec = { machineType: 'ct5lp-hightpu-4t', tpuTopology: '2x2' };
  expect(endpoint).toMatchObject({ deployedModels: [{ dedicatedResources: { machineSpec } }] });
});

it('every route of a container, at a dedicated endpoint', async () => {
  const { model, endpoint } = await served(
    ...serviceOf('{ name: churn, dedicated: true }', '{ invokeRoutePrefix: "/*" }'),
  );
  expect(endpoint).toMatchObject({ dedicatedEndpointEnabled: true });
  expect(model).toMatchObject({ containerSpec: { invokeRoutePrefix: '/*' } });
  expect(model).not.toHaveProperty('containerSpec.predictRoute');
});

it('Private Service Connect', async () => {
  const { endpoint } = await served(
    ...serviceOf('{ name: churn, privateServiceConnect: { projects: [my-callers] } }', '{}'),
  );
  expect(endpoint).toMatchObject({
    privateServiceConnectConfig: { enablePrivateServiceConnect: true, projectAllowlist: ['my-callers'] },
  });
});

it('a key, of the endpoint and of the model', async () => {
  const { endpoint, model } = await served(...serviceOf('churn', '{}', { SLIPWAY_KMS_KEY: KEY }));
  expect(endpoint).toMatchObject({ encryptionSpec: { kmsKeyName: KEY } });
  expect(model).toMatchObject({ encryptionSpec: { kmsKeyName: KEY } });
});
