import { status } from '@grpc/grpc-js';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

import { VirtualClock } from '../../emulator/clock.ts';
import { Faults } from '../../emulator/faults.ts';
import type { Fault } from '../../emulator/faults.ts';
import { seededRandom } from '../../emulator/random.ts';
import type { Emulator } from '../../emulator/server.ts';
import { connect, disconnect, parent, startWorld } from '../contract/vertex-world.ts';
import type { Clients } from '../contract/vertex-world.ts';

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

/** Which of a hundred calls the fault strikes. */
function strikes(fault: Fault, seed: number): number[] {
  const faults = new Faults({ clock: new VirtualClock(), random: seededRandom(seed) });
  faults.add(fault);
  return Array.from({ length: 100 }, (_, call) => call).filter(() => faults.strike('A.B').length > 0);
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

  test('starts a new quota every minute', async () => {
    const clock = new VirtualClock();
    const faults = new Faults({ clock, random: seededRandom(1) });
    faults.add({ method: 'A.B', kind: 'quota', perMinute: 1 });
    const hits = (): number => faults.strike('A.B').length;
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
