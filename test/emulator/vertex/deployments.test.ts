import { describe, expect, test } from 'vitest';

import { ApiError } from '../../../emulator/core/errors.ts';
import { parseMessage } from '../../../emulator/vertex/request.ts';
import { DeployModelRequest } from '../../../emulator/vertex/schemas.ts';
import { createWorld, deploy, deployedIds, endpointName, modelName, prepare } from './world.ts';
import type { World } from './world.ts';

function undeploy(world: World, deployedModelId: string, trafficSplit: Record<string, number> = {}) {
  return world.vertex.deployments.undeploy(endpointName, { deployedModelId, trafficSplit });
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
