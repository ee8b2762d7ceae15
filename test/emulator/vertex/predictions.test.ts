import { describe, expect, test } from 'vitest';

import { createWorld, deploy, endpointName, modelName, prepare } from './world.ts';
import type { World } from './world.ts';

function predict(world: World, body: object = { instances: [1] }) {
  return world.vertex.predictions.predict(endpointName, JSON.parse(JSON.stringify(body)));
}

async function deployed(shares: Record<string, number>): Promise<World> {
  const world = createWorld();
  await prepare(world);
  for (const id of Object.keys(shares)) await world.succeed(deploy(world, id));
  world.vertex.endpoints.update(endpointName, { trafficSplit: shares }, 'traffic_split');
  return world;
}

/** How many of 500 requests each deployed model got. */
async function countRequests(): Promise<Record<string, number>> {
  const world = await deployed({ 1: 80, 2: 20, 3: 0 });
  for (let n = 0; n < 500; n += 1) await predict(world);
  return Object.fromEntries(
    world.runtime.started.map(({ spec, requests }) => [spec.env.AIP_DEPLOYED_MODEL_ID, requests]),
  );
}

describe('traffic', () => {
  test('follows the split, the same way in every run', async () => {
    const counts = await countRequests();
    expect(counts[1]).toBeGreaterThan(360);
    expect(counts[2]).toBeGreaterThan(60);
    expect(counts[3]).toBe(0);
    expect(await countRequests()).toEqual(counts);
  });

  test('says who answered', async () => {
    const world = await deployed({ 1: 100 });
    expect(await predict(world)).toEqual({
      predictions: ['1'],
      deployedModelId: '1',
      model: world.vertex.models.get(modelName).name,
      modelDisplayName: 'churn',
      modelVersionId: '1',
    });
  });

  test('needs a split', async () => {
    const world = createWorld();
    await prepare(world);
    await world.succeed(deploy(world, '1'));
    const { name } = world.vertex.endpoints.find(endpointName);
    await expect(predict(world)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: `Endpoint ${name} doesn't have traffic_split.`,
    });
  });

  test('is kept from a server that fails four checks in a row, until one succeeds', async () => {
    const world = await deployed({ 1: 100 });
    const [container] = world.runtime.started;
    if (container === undefined) throw new Error('expected a container');
    container.healthy = false;
    await world.clock.advance(29_000);
    await expect(predict(world)).resolves.toBeDefined();
    await world.clock.advance(11_000);
    await expect(predict(world)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    container.healthy = true;
    await world.clock.advance(10_000);
    await expect(predict(world)).resolves.toBeDefined();
    expect(world.runtime.started).toHaveLength(1);
  });

  test('comes back when a server that ended has been started again', async () => {
    const world = await deployed({ 1: 100 });
    world.runtime.started[0]?.end('exited with code 1');
    await world.clock.advance(100);
    await expect(predict(world)).rejects.toMatchObject({ status: 'UNAVAILABLE' });
    await world.clock.advance(2000);
    await expect(predict(world)).resolves.toMatchObject({ deployedModelId: '1' });
    expect(world.vertex.logsOf('1').map(({ text }) => text)).toEqual(['model server exited with code 1']);
  });
});

describe('requests', () => {
  test('above the size limit are refused', async () => {
    const world = await deployed({ 1: 100 });
    await expect(predict(world, { instances: ['x'.repeat(1_572_864)] })).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
    });
    await expect(predict(world, { instances: ['x'.repeat(1_500_000)] })).resolves.toBeDefined();
  });

  test('must have an array of instances', async () => {
    const world = await deployed({ 1: 100 });
    await expect(predict(world, { instances: 1 })).rejects.toMatchObject({ status: 'INVALID_ARGUMENT' });
  });

  test('that get no answer end as such', async () => {
    const world = await deployed({ 1: 100 });
    const [container] = world.runtime.started;
    if (container === undefined) throw new Error('expected a container');
    container.hangs = true;
    await expect(predict(world)).rejects.toMatchObject({ status: 'DEADLINE_EXCEEDED' });
  });

  test('to an endpoint that does not exist', async () => {
    const world = createWorld();
    await expect(predict(world)).rejects.toMatchObject({
      status: 'NOT_FOUND',
      message: `Endpoint \`${endpointName}\` not found.`,
    });
  });
});
