import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import { Faults } from '../../../emulator/core/faults.ts';
import type { Fault } from '../../../emulator/core/faults.ts';
import { seededRandom } from '../../../emulator/core/random.ts';
import type { Emulator } from '../../../emulator/server.ts';
import { connect, disconnect, parent, startWorld } from '../../contract/vertex-world.ts';
import type { Clients } from '../../contract/vertex-world.ts';
import { createWorld } from '../vertex/world.ts';
import type { World } from '../vertex/world.ts';

describe('a call', () => {
  let emulator: Emulator;
  let clients: Clients;

  beforeEach(async () => {
    emulator = await startWorld();
    clients = connect(emulator, 'grpc');
  });

  afterEach(async () => {
    await disconnect(clients);
    await emulator.close();
  });

  async function create(endpointId: string) {
    const [operation] = await clients.endpoints.createEndpoint({
      parent,
      endpointId,
      endpoint: { displayName: endpointId },
    });
    const [endpoint] = await operation.promise();
    return endpoint;
  }

  async function endpointIds() {
    const [endpoints] = await clients.endpoints.listEndpoints({ parent });
    return endpoints.map(({ displayName }) => displayName);
  }

  test('fails before it has an effect: the second of its method only', async () => {
    emulator.faults.add({
      method: 'EndpointService.CreateEndpoint',
      call: 2,
      kind: 'error',
      status: 'UNAVAILABLE',
    });
    await create('one');
    await expect(create('two')).rejects.toMatchObject({ code: status.UNAVAILABLE });
    await create('three');
    expect(await endpointIds()).toEqual(['one', 'three']);
  });

  test('starts an operation that never ends, of one endpoint alone', async () => {
    emulator.faults.add({ method: '*.CreateEndpoint', path: 'endpointId=stuck', kind: 'stuck-operation' });
    const start = (endpointId: string) =>
      clients.endpoints.createEndpoint({ parent, endpointId, endpoint: { displayName: endpointId } });
    const [stuck] = await start('stuck');
    const [other] = await start('other');
    await other.promise();
    expect(emulator.operations.get(stuck.name ?? '').done).toBeUndefined();
    expect(await endpointIds()).toEqual(['other']);
  });

  test.each([
    ['closed', status.UNAVAILABLE],
    ['timeout', status.DEADLINE_EXCEEDED],
  ] as const)('has its effect, but its reply is lost (%s)', async (as, code) => {
    emulator.faults.add({ method: '*.CreateEndpoint', kind: 'lost-reply', as });
    await expect(create('one')).rejects.toMatchObject({ code });
    emulator.faults.clear();
    await expect.poll(endpointIds).toEqual(['one']);
  });

  test('over HTTP, a lost reply is a connection that closes', async () => {
    emulator.faults.add({ method: 'EndpointService.*', kind: 'lost-reply', as: 'closed' });
    await expect(fetch(`${emulator.url}/v1/${parent}/endpoints`)).rejects.toThrow('fetch failed');
  });

  test.each([
    ['none', []],
    ['kept', ['one']],
  ] as const)('starts an operation that fails, its effect %s', async (effect, left) => {
    const fault = { kind: 'operation', status: 'INTERNAL', message: 'it broke', effect } as const;
    emulator.faults.add({ method: 'EndpointService.CreateEndpoint', ...fault });
    await expect(create('one')).rejects.toMatchObject({
      code: status.INTERNAL,
      message: expect.stringContaining('it broke'),
    });
    expect(await endpointIds()).toEqual(left);
  });

  test('is refused beyond the quota of a minute', async () => {
    emulator.faults.add({ method: 'EndpointService.ListEndpoints', kind: 'quota', perMinute: 2 });
    await endpointIds();
    await endpointIds();
    await expect(endpointIds()).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
  });

  test('fails the same way in the other services', async () => {
    emulator.faults.add({ method: 'storage.buckets.list', kind: 'error', status: 'UNAVAILABLE' });
    const buckets = await fetch(`${emulator.url}/storage/v1/b?project=p1`);
    expect(buckets.status).toBe(503);
    expect(await buckets.json()).toMatchObject({ error: { code: 503, status: 'UNAVAILABLE' } });
    emulator.faults.add({
      method: 'PUT /v1/projects/:project/topics/*',
      kind: 'error',
      status: 'PERMISSION_DENIED',
    });
    const topic = await fetch(`${emulator.url}/v1/projects/p1/topics/news`, {
      method: 'PUT',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    expect(topic.status).toBe(403);
    expect(emulator.broker.listTopics('p1')).toEqual([]);
  });
});

test('faults are set, listed and cleared over HTTP', async () => {
  const emulator = await startWorld();
  const faults = `${emulator.url}/emulator/faults`;
  const headers = { 'content-type': 'application/json' };
  const fault = { method: 'ModelService.*', kind: 'delay', of: 'effect', ms: 1 };
  await fetch(faults, { method: 'POST', headers, body: JSON.stringify(fault) });
  await fetch(`${emulator.url}/v1/${parent}/models`);
  expect(await (await fetch(faults)).json()).toEqual({ faults: [{ fault, calls: 1 }] });
  const wrong = await fetch(faults, {
    method: 'POST',
    headers,
    body: JSON.stringify({ ...fault, kind: 'error', status: 'BROKEN' }),
  });
  expect(wrong.status).toBe(400);
  await fetch(faults, { method: 'DELETE' });
  expect(emulator.faults.list()).toEqual([]);
  await emulator.close();
});

describe('an operation', () => {
  test.each([
    [
      'EndpointService.CreateEndpoint',
      (world: World) => world.vertex.endpoints.create(parent, 'x', { displayName: 'x' }),
    ],
  ])('of %s never ends, or late, and may be cancelled', async (_, start) => {
    const world = createWorld();
    const stuck = start(world);
    world.vertex.operations.hold(stuck.name);
    await world.clock.advance(1e8);
    expect(world.vertex.operations.get(stuck.name).done).toBeUndefined();
    expect(() => world.vertex.endpoints.get(`${parent}/endpoints/x`)).toThrow('not found');
    world.vertex.operations.cancel(stuck.name);
    expect(world.vertex.operations.get(stuck.name)).toMatchObject({ done: true, error: { code: 1 } });
    const late = start(world);
    world.vertex.operations.hold(late.name, 3_600_000);
    await world.clock.advance(3_599_000);
    expect(world.vertex.operations.get(late.name).done).toBeUndefined();
    await world.clock.advance(2_000);
    expect(world.vertex.operations.get(late.name)).toMatchObject({
      done: true,
      response: { displayName: 'x' },
    });
  });
});

test('an endpoint takes 64 labels, and no more', async () => {
  const world = createWorld();
  const { vertex } = world;
  await world.succeed(vertex.endpoints.create(parent, 'full', { displayName: 'full' }));
  const labels = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, index) => [`label-${index}`, 'x']));
  const update = (count: number) =>
    vertex.endpoints.update(`${parent}/endpoints/full`, { labels: labels(count) }, 'labels');
  update(64);
  expect(() => update(65)).toThrow(expect.objectContaining({ status: 'INVALID_ARGUMENT' }));
  expect(Object.keys(Object(vertex.endpoints.get(`${parent}/endpoints/full`).labels))).toHaveLength(64);
});

/** Which of a hundred calls the fault strikes. */
function strikes(fault: Fault, seed: number): number[] {
  const faults = new Faults({ clock: new VirtualClock(), random: seededRandom(seed) });
  faults.add(fault);
  return Array.from({ length: 100 }, (_, call) => call).filter(() => faults.faultsFor('A.B').length > 0);
}

describe('a plan', () => {
  test('with a probability follows from the seed', () => {
    const fault = { method: 'A.B', probability: 0.2, kind: 'error', status: 'INTERNAL' } as const;
    const struck = strikes(fault, 1);
    expect(struck.length).toBeGreaterThan(8);
    expect(struck.length).toBeLessThan(40);
    expect(strikes(fault, 1)).toEqual(struck);
    expect(strikes(fault, 2)).not.toEqual(struck);
  });

  test('lasts for a time, for so many calls, or until it is cleared', async () => {
    const clock = new VirtualClock();
    const faults = new Faults({ clock, random: seededRandom(1) });
    const error = { method: 'A.B', kind: 'error', status: 'PERMISSION_DENIED' } as const;
    const hits = () => faults.faultsFor('A.B', '/v1/p/endpoints/7:undeployModel').length;
    faults.add({ ...error, forMs: 1000 });
    expect([hits(), hits()]).toEqual([1, 1]);
    await clock.advance(1000);
    expect(hits()).toBe(0);
    faults.add({ ...error, times: 2 });
    expect([hits(), hits(), hits()]).toEqual([1, 1, 0]);
    faults.add(error);
    await clock.advance(1e9);
    expect(hits()).toBe(1);
    faults.clear();
    expect(hits()).toBe(0);
  });

  test('strikes the calls of one path', () => {
    const faults = new Faults({ clock: new VirtualClock(), random: seededRandom(1) });
    faults.add({ method: '*', path: '/endpoints/7:', kind: 'error', status: 'ABORTED' });
    expect(faults.faultsFor('A.B', '/v1/p/endpoints/7:undeployModel')).toHaveLength(1);
    expect(faults.faultsFor('A.B', '/v1/p/endpoints/77:undeployModel')).toEqual([]);
  });

  test('starts a new quota every minute', async () => {
    const clock = new VirtualClock();
    const faults = new Faults({ clock, random: seededRandom(1) });
    faults.add({ method: 'A.B', kind: 'quota', perMinute: 1 });
    const hits = (): number => faults.faultsFor('A.B').length;
    expect([hits(), hits(), hits()]).toEqual([0, 1, 1]);
    await clock.advance(60_000);
    expect([hits(), hits()]).toEqual([0, 1]);
  });

  test.each([
    [{ method: 'A.B' }],
    [{ method: 'A.B', kind: 'error' }],
    [{ method: 'A.B', kind: 'error', status: 'BROKEN' }],
    [{ method: '', kind: 'quota', perMinute: 1 }],
    [{ method: 'A.B', kind: 'quota', perMinute: -1 }],
    [{ method: 'A.B', kind: 'delay', ms: 5, of: 'nothing' }],
    ['broken'],
  ])('refuses %o', (fault) => {
    const faults = new Faults({ clock: new VirtualClock(), random: seededRandom(1) });
    expect(() => faults.add(fault)).toThrow(expect.objectContaining({ status: 'INVALID_ARGUMENT' }));
    expect(faults.list()).toEqual([]);
  });
});
