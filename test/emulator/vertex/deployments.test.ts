import { describe, expect, test } from 'vitest';

import { ApiError } from '../../../emulator/core/errors.ts';
import { parseMessage } from '../../../emulator/vertex/request.ts';
import { DeployModelRequest } from '../../../emulator/vertex/schemas.ts';
import { createWorld, deploy, deployedIds, endpointName, modelName, prepare } from './world.ts';
import type { World } from './world.ts';

function split(world: World, trafficSplit: Record<string, number>, etag = ''): unknown {
  return world.vertex.endpoints.update(endpointName, { trafficSplit, etag }, 'traffic_split').trafficSplit;
}

function undeploy(world: World, deployedModelId: string, trafficSplit: Record<string, number> = {}) {
  return world.vertex.deployments.undeploy(endpointName, { deployedModelId, trafficSplit });
}

function etagOf(world: World): string {
  return world.vertex.endpoints.find(endpointName).etag;
}

describe('DeployModel', () => {
  test('passes through the stages of a deployment and ends as deployed', async () => {
    const world = createWorld();
    await prepare(world);
    const { name } = deploy(world, '1');
    const seen = new Set<unknown>();
    for (let second = 0; second < 61; second += 1) {
      seen.add(world.vertex.operations.get(name).metadata.deploymentStage);
      await world.clock.advance(1000);
    }
    seen.add(world.vertex.operations.get(name).metadata.deploymentStage);
    expect([...seen]).toEqual([
      'STARTING_DEPLOYMENT',
      'PREPARING_MODEL',
      'CREATING_SERVING_CLUSTER',
      'ADDING_NODES_TO_CLUSTER',
      'GETTING_CONTAINER_IMAGE',
      'STARTING_MODEL_SERVER',
      'FINISHING_UP',
      'SUCCESSFULLY_DEPLOYED',
    ]);
    expect(deployedIds(world)).toEqual(['1']);
  });

  test('gives traffic only as its split says, where "0" is the new one', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({});
    await world.succeed(deploy(world, '2', 1, { 0: 10, 1: 90 }));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({ 1: 90, 2: 10 });
    await world.succeed(deploy(world, '3'));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({ 1: 90, 2: 10 });
    expect(() => deploy(world, '4', 1, { 0: 50 })).toThrow('add up to 100');
    expect(() => deploy(world, '4', 1, { 0: 50, 9: 50 })).toThrow(
      'The following DeployedModel ID(s) [9] do not exist.',
    );
  });

  test.each([
    [
      'ends',
      'Model server exited unexpectedly. Model server logs can be found at https://console.cloud.google.com/',
    ],
    ['unhealthy', 'Model server never became ready. Please validate that your model file or container'],
  ] as const)('fails when the container %s', async (next, words) => {
    const world = createWorld();
    await prepare(world);
    world.runtime.next = next;
    const operation = deploy(world, '1');
    expect(await world.fail(operation)).toMatchObject({ code: 9, message: expect.stringContaining(words) });
    expect(world.vertex.operations.get(operation.name).metadata.deploymentStage).toBe('FAILED_TO_DEPLOY');
    expect(deployedIds(world)).toEqual([]);
    await expect(world.runtime.started[0]?.exited).resolves.toBeDefined();
  });

  test("a model's own deployment timeout counts when it is shorter", async () => {
    const world = createWorld();
    await prepare(world, 1, { deploymentTimeout: '90s' });
    world.runtime.next = 'unhealthy';
    const { name } = deploy(world, '1');
    await world.clock.advance(89_000);
    expect(world.vertex.operations.get(name).done).toBeUndefined();
    await world.clock.advance(2000);
    expect(world.vertex.operations.get(name).error?.message).toContain('never became ready');
  });

  test('fails for an image that does not exist', async () => {
    const world = createWorld();
    await prepare(world, 1, { imageUri: 'missing' });
    expect(await world.fail(deploy(world, '1'))).toEqual({
      code: 9,
      message: 'Image "missing" was not found or cannot be accessed.',
    });
  });

  test.each([
    [{ id: '0' }, 'deployed_model.id'],
    [{ id: '12345678901' }, 'deployed_model.id'],
    [{ id: 'one' }, 'deployed_model.id'],
    [{ model: '' }, 'Field: deployed_model.model; Message: Required field is not set.'],
    [{ model: `${modelName}@7` }, 'does not exist'],
    [{ dedicatedResources: null }, 'prediction_resources'],
    [{ dedicatedResources: { machineSpec: {}, minReplicaCount: 0 } }, 'min_replica_count'],
    [
      { dedicatedResources: { machineSpec: {}, minReplicaCount: 2, maxReplicaCount: 1 } },
      'max_replica_count',
    ],
  ])('refuses %o', async (wrong, words) => {
    const world = createWorld();
    await prepare(world);
    const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
    const deployedModel = { id: '1', model: modelName, dedicatedResources, ...wrong };
    const request = parseMessage(DeployModelRequest, { deployedModel });
    expect(() => world.vertex.deployments.deploy(endpointName, request)).toThrow(words);
    expect(world.runtime.started).toEqual([]);
  });

  test('cancelled, it leaves nothing', async () => {
    const world = createWorld();
    await prepare(world);
    const operation = deploy(world, '1');
    await world.clock.advance(1000);
    world.vertex.operations.cancel(operation.name);
    expect(await world.fail(operation)).toMatchObject({ code: 1 });
    expect(world.vertex.operations.get(operation.name).metadata.deploymentStage).toBe(
      'DEPLOYMENT_TERMINATED',
    );
    expect(deployedIds(world)).toEqual([]);
  });
});

describe('UndeployModel', () => {
  test('is refused while the model has traffic, unless the request takes it away', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    await world.succeed(deploy(world, '2'));
    expect(() => undeploy(world, '1')).toThrow('has 100% of the traffic');
    expect(() => undeploy(world, '1', { 0: 100 })).toThrow(
      'The following DeployedModel ID(s) [0] do not exist.',
    );
    await world.succeed(undeploy(world, '1', { 2: 100 }));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({ 2: 100 });
    expect(deployedIds(world)).toEqual(['2']);
    expect(() => undeploy(world, '1')).toThrow('does not exist');
  });

  test('of the last one empties the split, and only then the endpoint can be deleted', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    expect(() => world.vertex.endpoints.delete(endpointName)).toThrow(
      'Endpoint has deployed or being-deployed DeployedModel(s)',
    );
    await world.succeed(undeploy(world, '1'));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({});
    await world.succeed(world.vertex.endpoints.delete(endpointName));
    expect(() => world.vertex.endpoints.get(endpointName)).toThrow('not found');
  });

  test('that fails leaves the model there, to be undeployed again', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    const operation = undeploy(world, '1');
    world.vertex.operations.force(operation.name, {
      error: new ApiError('INTERNAL', 'it broke'),
      effect: 'none',
    });
    expect(await world.fail(operation)).toMatchObject({ code: 13, message: 'it broke' });
    expect(deployedIds(world)).toEqual(['1']);
    await world.succeed(undeploy(world, '1'));
    expect(deployedIds(world)).toEqual([]);
  });

  test('frees its model version', async () => {
    const world = createWorld();
    await prepare(world, 2);
    await world.succeed(deploy(world, '1', 2));
    expect(() => world.vertex.models.deleteVersion(`${modelName}@2`)).toThrow('is deployed to the Endpoint');
    expect(() => world.vertex.models.delete(modelName)).toThrow('is deployed to the Endpoint');
    await world.succeed(undeploy(world, '1'));
    await world.succeed(world.vertex.models.deleteVersion(`${modelName}@2`));
  });
});

describe('what nobody outside of Google knows is a switch', () => {
  test.each(['ABORTED', 'FAILED_PRECONDITION', 'INVALID_ARGUMENT'] as const)(
    'staleEtag %s',
    async (staleEtag) => {
      const world = createWorld({ staleEtag });
      await prepare(world);
      await world.succeed(deploy(world, '1'));
      const etag = etagOf(world);
      split(world, { 1: 100 }, etag);
      expect(() => split(world, { 1: 100 }, etag)).toThrow(expect.objectContaining({ status: staleEtag }));
      expect(split(world, { 1: 100 })).toEqual({ 1: 100 });
    },
  );

  test('staleEtag ignored', async () => {
    const world = createWorld({ staleEtag: 'ignored' });
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    expect(split(world, { 1: 100 }, 'old')).toEqual({ 1: 100 });
  });

  test.each([true, false])('the etag changes with deployments: %s', async (changes) => {
    const world = createWorld({ deployChangesEtag: changes, undeployChangesEtag: changes });
    await prepare(world);
    const before = etagOf(world);
    await world.succeed(deploy(world, '1'));
    const between = etagOf(world);
    await world.succeed(undeploy(world, '1'));
    expect([before !== between, between !== etagOf(world)]).toEqual([changes, changes]);
  });

  test('concurrentOperations', async () => {
    const world = createWorld({ concurrentOperations: 'FAILED_PRECONDITION' });
    await prepare(world);
    const first = deploy(world, '1');
    expect(() => deploy(world, '2')).toThrow('There are other operations running on the Endpoint');
    expect(split(world, {})).toEqual({});
    await world.succeed(first);
    await world.succeed(deploy(world, '2'));
    world.vertex.behaviour = { concurrentOperations: 'accepted' };
    const both = [deploy(world, '3'), deploy(world, '4')];
    for (const operation of both) await world.succeed(operation);
    expect(deployedIds(world)).toEqual(['1', '2', '3', '4']);
  });

  test('updateDuringOperation', async () => {
    const world = createWorld({ updateDuringOperation: 'ABORTED' });
    await prepare(world);
    const operation = deploy(world, '1');
    expect(() => split(world, {})).toThrow(expect.objectContaining({ status: 'ABORTED' }));
    await world.succeed(operation);
    expect(split(world, { 1: 100 })).toEqual({ 1: 100 });
  });

  test('duplicateDeployedId', async () => {
    const world = createWorld();
    await prepare(world);
    const first = deploy(world, '1');
    expect(() => deploy(world, '1')).toThrow(expect.objectContaining({ status: 'ALREADY_EXISTS' }));
    world.vertex.behaviour = { duplicateDeployedId: 'accepted' };
    const second = deploy(world, '1');
    expect(second.name).not.toBe(first.name);
    await world.succeed(first);
    await world.succeed(second);
    expect(deployedIds(world)).toEqual(['1']);
    expect(world.runtime.started).toHaveLength(1);
  });

  test('deployedModelVisible', async () => {
    const world = createWorld();
    await prepare(world);
    const operation = deploy(world, '1');
    expect(deployedIds(world)).toEqual([]);
    world.vertex.behaviour = { deployedModelVisible: 'at-once' };
    expect(deployedIds(world)).toEqual(['1']);
    await world.succeed(operation);
    expect(deployedIds(world)).toEqual(['1']);
  });

  test('failedDeploymentLingersMs', async () => {
    const world = createWorld({ failedDeploymentLingersMs: 5000 });
    await prepare(world);
    world.runtime.next = 'ends';
    await world.fail(deploy(world, '1'));
    expect(deployedIds(world)).toEqual(['1']);
    expect(() => split(world, { 1: 100 })).toThrow('do not exist');
    await world.clock.advance(5000);
    expect(deployedIds(world)).toEqual([]);
  });

  test('firstDeploymentSplit', async () => {
    const world = createWorld({ firstDeploymentSplit: 'all' });
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    await world.succeed(deploy(world, '2'));
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({ 1: 100 });
  });

  test('splitToUnfinished', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1', 1, { 0: 100 }));
    const operation = deploy(world, '2');
    expect(() => split(world, { 2: 100 })).toThrow('do not exist');
    world.vertex.behaviour = { splitToUnfinished: 'accepted' };
    expect(split(world, { 2: 100 })).toEqual({ 2: 100 });
    await expect(world.vertex.predictions.predict(endpointName, { instances: [1] })).rejects.toMatchObject({
      status: 'UNAVAILABLE',
    });
    await world.succeed(operation);
    const { deployedModelId } = await world.vertex.predictions.predict(endpointName, { instances: [1] });
    expect(deployedModelId).toBe('2');
  });

  test('undeployLagMs', async () => {
    const world = createWorld({ undeployLagMs: 60_000 });
    await prepare(world, 2);
    await world.succeed(deploy(world, '1', 2));
    await world.succeed(undeploy(world, '1'));
    expect(() => world.vertex.models.deleteVersion(`${modelName}@2`)).toThrow('is deployed to the Endpoint');
    await world.clock.advance(60_000);
    await world.succeed(world.vertex.models.deleteVersion(`${modelName}@2`));
  });

  test('cancelDeployment', async () => {
    const world = createWorld({ cancelDeployment: 'ignored' });
    await prepare(world);
    const operation = deploy(world, '1');
    world.vertex.operations.cancel(operation.name);
    await world.succeed(operation);
    expect(deployedIds(world)).toEqual(['1']);
  });

  test('staleReadMs', async () => {
    const world = createWorld({ staleReadMs: 2000 });
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    await world.clock.advance(2000);
    expect(split(world, { 1: 100 })).toEqual({ 1: 100 });
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({});
    await world.clock.advance(2000);
    expect(world.vertex.endpoints.get(endpointName).trafficSplit).toEqual({ 1: 100 });
  });

  test('maxDeployedModels', async () => {
    const world = createWorld({ maxDeployedModels: 1 });
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    expect(() => deploy(world, '2')).toThrow(expect.objectContaining({ status: 'RESOURCE_EXHAUSTED' }));
  });
});
