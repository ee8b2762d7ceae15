/** What nobody outside of Google knows about deployments is a switch. */
import { describe, expect, test } from 'vitest';

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
