/** Cloud Logging's emulator: what it shows is what the containers have written. */
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';

import { LogBook } from '../../../emulator/logging/log-book.ts';
import { loggingRoutes } from '../../../emulator/logging/routes.ts';
import { createWorld, deploy, endpointName, prepare } from '../vertex/world.ts';
import type { World } from '../vertex/world.ts';

const resourceNames = ['projects/p1'];
const ofChurn = [
  'log_id("aiplatform.googleapis.com/prediction_container")',
  'resource.type="aiplatform.googleapis.com/Endpoint"',
  'resource.labels.location="us-central1"',
  'resource.labels.endpoint_id="churn"',
].join(' AND ');

async function ask(world: World, request: object) {
  const app = Fastify();
  const { clock, vertex } = world;
  await app.register(loggingRoutes({ clock, logs: vertex.logs, lagMs: () => vertex.behaviour.logsLagMs }));
  const response = await app.inject({ method: 'POST', url: '/v2/entries:list', payload: request });
  return { status: response.statusCode, body: response.json() };
}

async function messages(world: World, filter = ofChurn, more: object = {}): Promise<unknown[]> {
  const { body } = await ask(world, { resourceNames, filter, ...more });
  const entries: { jsonPayload: { message?: string } }[] = body.entries ?? [];
  return entries.map(({ jsonPayload }) => jsonPayload.message);
}

function write(world: World, text: string, stream: 'stdout' | 'stderr' = 'stdout', index = -1): void {
  const timestamp = new Date(world.clock.now()).toISOString();
  world.runtime.started.at(index)?.spec.log({ timestamp, stream, text });
}

async function deployed(): Promise<World> {
  const world = createWorld();
  await prepare(world);
  await world.succeed(deploy(world, '1'));
  return world;
}

describe('a line', () => {
  test('becomes an entry of the deployed model', async () => {
    const world = await deployed();
    write(world, 'cannot read the model', 'stderr');
    const { body } = await ask(world, { resourceNames, filter: ofChurn });
    const timestamp = new Date(world.clock.now()).toISOString();
    expect(body.entries).toEqual([
      {
        insertId: expect.any(String),
        logName: 'projects/p1/logs/aiplatform.googleapis.com%2Fprediction_container',
        resource: {
          type: 'aiplatform.googleapis.com/Endpoint',
          labels: {
            resource_container: expect.stringMatching(/^projects\/\d+$/),
            location: 'us-central1',
            endpoint_id: 'churn',
          },
        },
        labels: { deployed_model_id: '1', replica_id: expect.any(String) },
        timestamp,
        receiveTimestamp: timestamp,
        severity: 'ERROR',
        jsonPayload: { message: 'cannot read the model' },
      },
    ]);
  });

  test('of JSON is taken apart', async () => {
    const world = await deployed();
    write(world, '{"severity":"WARNING","message":"slow","ms":3}');
    write(world, '[1]');
    const { body } = await ask(world, { resourceNames });
    expect(body.entries).toMatchObject([
      { severity: 'WARNING', jsonPayload: { message: 'slow', ms: 3 } },
      { severity: 'INFO', jsonPayload: { message: '[1]' } },
    ]);
  });

  test('shows late where that is asked for', async () => {
    const world = await deployed();
    world.vertex.behaviour = { logsLagMs: 5000 };
    write(world, 'late');
    await world.clock.advance(4999);
    expect(await messages(world)).toEqual([]);
    await world.clock.advance(1);
    expect(await messages(world)).toEqual(['late']);
  });
});

describe('lines stay', () => {
  test('of a deployment that failed, with what Vertex AI says of it', async () => {
    const world = createWorld();
    await prepare(world);
    world.runtime.next = 'ends';
    const operation = deploy(world, '7');
    await world.clock.advance(0);
    write(world, 'out of memory', 'stderr');
    await world.fail(operation);
    expect(await messages(world, `${ofChurn} AND labels.deployed_model_id="7"`)).toEqual(
      expect.arrayContaining(['out of memory', 'model server exited with code 1']),
    );
  });

  test('of a model that is gone, and of the same id before', async () => {
    const world = await deployed();
    write(world, 'first');
    await world.succeed(world.vertex.deployments.undeploy(endpointName, { deployedModelId: '1' }));
    await world.succeed(deploy(world, '1'));
    write(world, 'second');
    expect(await messages(world)).toEqual(['first', 'model server stopped', 'second']);
    expect(world.vertex.logsOf('1').map(({ text }) => text)).toEqual(['second']);
  });

  test('the last thousand of a hundred models, each cut', () => {
    const logs = new LogBook();
    const line = { timestamp: '2026-01-01T00:00:00Z', stream: 'stdout', text: 'x' } as const;
    const first = logs.open('e', '0');
    for (let n = 0; n < 1001; n += 1) first({ ...line, text: `${n}` });
    expect(logs.linesOf('0').map(({ text }) => text)).toEqual(
      Array.from({ length: 1000 }, (_, n) => `${n + 1}`),
    );
    for (let id = 1; id <= 100; id += 1) logs.open('e', `${id}`)({ ...line, text: 'x'.repeat(100_000) });
    expect(logs.linesOf('0')).toEqual([]);
    expect(logs.entries()).toHaveLength(100);
    expect(logs.linesOf('100')[0]?.text).toHaveLength(16_384);
  });
});

describe('the list', () => {
  test('is sorted by time, and in pages', async () => {
    const world = await deployed();
    for (const text of ['one', 'two', 'three']) {
      write(world, text);
      await world.clock.advance(1000);
    }
    expect(await messages(world)).toEqual(['one', 'two', 'three']);
    const newestFirst = { resourceNames, orderBy: 'timestamp desc', pageSize: 2 };
    const first = await ask(world, newestFirst);
    expect(first.body.entries).toMatchObject([
      { jsonPayload: { message: 'three' } },
      { jsonPayload: { message: 'two' } },
    ]);
    const last = await ask(world, { ...newestFirst, pageToken: first.body.nextPageToken });
    expect(last.body).toMatchObject({ entries: [{ jsonPayload: { message: 'one' } }] });
    expect(last.body.nextPageToken).toBeUndefined();
  });

  test('holds what the filter asks for', async () => {
    const world = await deployed();
    write(world, 'old');
    await world.clock.advance(1000);
    const now = new Date(world.clock.now()).toISOString();
    write(world, 'new');
    await world.succeed(deploy(world, '2'));
    write(world, 'other');
    expect(await messages(world, `${ofChurn} AND labels.deployed_model_id="1"`)).toEqual(['old', 'new']);
    expect(await messages(world, `labels.deployed_model_id="1" timestamp>="${now}"`)).toEqual(['new']);
    expect(await messages(world, 'log_id("cloudaudit.googleapis.com/activity")')).toEqual([]);
    expect(await messages(world, ofChurn.replace('churn', 'fraud'))).toEqual([]);
    expect(await messages(world, ofChurn, { resourceNames: ['projects/p2'] })).toEqual([]);
  });

  test.each([
    ['another field', { filter: 'severity="ERROR"' }, 'labels.deployed_model_id='],
    ['text alone', { filter: 'boom' }, 'joined by AND'],
    ['OR', { filter: 'resource.type="a" OR resource.type="b"' }, 'joined by AND'],
    ['a time that is none', { filter: 'timestamp>="yesterday"' }, 'yesterday'],
    ['another order', { orderBy: 'severity' }, 'order_by'],
    ['no project', { resourceNames: [] }, 'projects/PROJECT'],
    ['a folder', { resourceNames: ['folders/1'] }, 'projects/PROJECT'],
    ['an unknown field', { colour: 'red' }, 'colour'],
    ['an unknown page', { pageToken: 'x' }, 'page token'],
  ])('%s is refused', async (_, change, words) => {
    const { status, body } = await ask(createWorld(), { resourceNames, ...change });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({ status: 'INVALID_ARGUMENT', message: expect.stringContaining(words) });
  });
});
