import { describe, expect, test } from 'vitest';

import type { Endpoint } from '../../../emulator/vertex/schemas.ts';
import { createWorld, parent } from './world.ts';

const name = `${parent}/endpoints/churn`;
const dns = 'churn.us-central1-\\d+.prediction.vertexai.goog';

async function served(endpoint: Endpoint) {
  const world = createWorld();
  const { vertex } = world;
  await world.succeed(vertex.endpoints.create(parent, 'churn', { displayName: 'churn', ...endpoint }));
  const model = { displayName: 'm', containerSpec: { imageUri: 'image' } };
  await world.succeed(vertex.uploads.upload(parent, { modelId: 'm', model }));
  const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
  const deployedModel = { id: '1', model: `${parent}/models/m`, dedicatedResources };
  await world.succeed(vertex.deployments.deploy(name, { deployedModel, trafficSplit: { 0: 100 } }));
  const shown = vertex.endpoints.get(name);
  const { dedicatedEndpointDns: own } = shown;
  return { vertex, shown, own: typeof own === 'string' ? own : '' };
}

describe('a dedicated endpoint', () => {
  test('shows its host, and answers there alone', async () => {
    const { vertex, own } = await served({ dedicatedEndpointEnabled: true });
    expect(own).toMatch(new RegExp(`^${dns}$`));
    const ask = (host: string | undefined, grpcEndpointId?: string) =>
      vertex.predictions.predict(
        name,
        { instances: [] },
        { host, ...(grpcEndpointId === undefined ? {} : { grpcEndpointId }) },
      );
    for (const host of [own, `${own}:9400`, own.toUpperCase()]) {
      expect(await ask(host)).toMatchObject({ deployedModelId: '1' });
    }
    expect(await ask(own, 'churn')).toMatchObject({ deployedModelId: '1' });
    await expect(ask(own, '')).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
    for (const host of ['localhost:9400', undefined, `x${own}`]) {
      await expect(ask(host)).rejects.toMatchObject({
        status: 'FAILED_PRECONDITION',
        message: expect.stringContaining(`dedicated dns name '${own}'`),
      });
    }
    await expect(vertex.predictions.rawPredict(name, Buffer.from('x'), 'text/plain')).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
    });
  });
});

test('a shared endpoint answers at the shared host alone', async () => {
  const { vertex, shown } = await served({});
  expect(shown).not.toHaveProperty('dedicatedEndpointDns');
  expect(await vertex.predictions.predict(name, { instances: [] })).toMatchObject({ deployedModelId: '1' });
  const caller = { host: 'churn.us-central1-1.prediction.vertexai.goog' };
  await expect(vertex.predictions.predict(name, { instances: [] }, caller)).rejects.toMatchObject({
    status: 'NOT_FOUND',
  });
});

test.each([
  { network: 'projects/1/global/networks/n' },
  { privateServiceConnectConfig: { enablePrivateServiceConnect: true } },
])('a private endpoint (%j) answers nowhere', async (endpoint) => {
  const { vertex } = await served(endpoint);
  await expect(vertex.predictions.predict(name, { instances: [] })).rejects.toMatchObject({
    status: 'FAILED_PRECONDITION',
  });
});

describe('for the Python SDK', () => {
  test('a deployed model has its model’s display name unless it has its own', async () => {
    const { shown } = await served({});
    expect(shown.deployedModels).toMatchObject([{ displayName: 'm' }]);
  });

  test('rawPredict says which model and version answered', async () => {
    const { vertex } = await served({});
    expect(await vertex.predictions.rawPredict(name, Buffer.from('x'), 'text/plain')).toMatchObject({
      model: expect.stringMatching(/^projects\/\d+\/locations\/us-central1\/models\/m$/),
      modelVersionId: '1',
    });
  });

  test('a model asked for by version is named by it; aliases are merged by an alias too', async () => {
    const { vertex } = await served({});
    const model = `${parent}/models/m`;
    expect(vertex.models.get(model).name).toMatch(/models\/m$/);
    expect(vertex.models.get(`${model}@1`).name).toMatch(/models\/m@1$/);
    expect(vertex.models.get(`${model}@default`).name).toMatch(/models\/m@1$/);
    vertex.behaviour = { versionedModelName: 'bare' };
    expect(vertex.models.get(`${model}@1`).name).toMatch(/models\/m$/);
    expect(vertex.models.mergeAliases(`${model}@default`, ['beta']).versionAliases).toEqual([
      'default',
      'beta',
    ]);
    expect(() => vertex.models.mergeAliases(model, ['gamma'])).toThrow('version ID');
  });
});

test('copies of artifacts go with their versions, their models, and with uploads that fail', async () => {
  const world = createWorld();
  const { vertex, folder } = world;
  const model = { displayName: 'm', artifactUri: 'gs://models/a', containerSpec: { imageUri: 'image' } };
  await world.succeed(vertex.uploads.upload(parent, { modelId: 'm', model }));
  await world.succeed(vertex.uploads.upload(parent, { parentModel: `${parent}/models/m`, model }));
  expect(folder.copies.size).toBe(2);
  await world.succeed(vertex.models.deleteVersion(`${parent}/models/m@2`));
  expect(folder.copies.size).toBe(1);
  const cancelled = vertex.uploads.upload(parent, { parentModel: `${parent}/models/m`, model });
  expect(folder.copies.size).toBe(2);
  vertex.operations.cancel(cancelled.name);
  expect(folder.copies.size).toBe(1);
  folder.objects = 0;
  await world.fail(vertex.uploads.upload(parent, { modelId: 'empty', model }));
  await world.succeed(vertex.models.delete(`${parent}/models/m`));
  expect(folder.copies.size).toBe(0);
});
