/** Cloud Monitoring's emulator: what it shows is what the endpoints have answered. */
import Fastify from 'fastify';
import { describe, expect, test } from 'vitest';

import { monitoringRoutes } from '../../../emulator/monitoring/routes.ts';
import { Traffic } from '../../../emulator/monitoring/traffic.ts';
import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { HttpAnswer } from '../../../emulator/vertex/container.ts';
import { createWorld, deploy, endpointName, prepare } from '../vertex/world.ts';
import type { LightContainer, World } from '../vertex/world.ts';

const prefix = 'aiplatform.googleapis.com/prediction/online';
const ofChurn =
  'resource.type="aiplatform.googleapis.com/Endpoint" AND resource.labels.location="us-central1" AND resource.labels.endpoint_id="churn"';

const counts = {
  filter: `metric.type="${prefix}/response_count" AND ${ofChurn}`,
  'aggregation.perSeriesAligner': 'ALIGN_SUM',
  'aggregation.crossSeriesReducer': 'REDUCE_SUM',
  'aggregation.groupByFields': ['metric.labels.deployed_model_id', 'metric.labels.response_code'],
};
const latencies = {
  filter: `metric.type="${prefix}/prediction_latencies" AND metric.labels.latency_type="total" AND ${ofChurn}`,
  'aggregation.perSeriesAligner': 'ALIGN_PERCENTILE_95',
  'aggregation.crossSeriesReducer': 'REDUCE_MAX',
  'aggregation.groupByFields': ['metric.labels.deployed_model_id'],
};

async function ask(world: World, query: object, project = 'p1') {
  const app = Fastify();
  const { clock, vertex } = world;
  await app.register(
    monitoringRoutes({ clock, traffic: vertex.traffic, lagMs: () => vertex.behaviour.metricsLagMs }),
  );
  const parameters: Record<string, string | string[]> = {
    'interval.startTime': new Date(clock.now() - 600_000).toISOString(),
    'interval.endTime': new Date(clock.now()).toISOString(),
    'aggregation.alignmentPeriod': '600s',
    ...query,
  };
  const response = await app.inject({ url: `/v3/projects/${project}/timeSeries`, query: parameters });
  return { status: response.statusCode, body: response.json() };
}

/** `ID CODE` → how many, or `ID` → the percentile. */
async function seen(world: World, query: object): Promise<Record<string, number[]>> {
  const { body } = await ask(world, query);
  const series: { metric: { labels: object }; points: { value: object }[] }[] = body.timeSeries ?? [];
  return Object.fromEntries(
    series.map(({ metric, points }) => [
      Object.values(metric.labels).join(' '),
      points.map(({ value }) => Number(Object.values(value)[0])),
    ]),
  );
}

async function serving(shares: Record<string, number> = { 1: 100 }): Promise<World> {
  const world = createWorld();
  await prepare(world);
  for (const id of Object.keys(shares)) await world.succeed(deploy(world, id));
  world.vertex.endpoints.update(endpointName, { trafficSplit: shares }, 'traffic_split');
  return world;
}

function container(world: World, index = 0): LightContainer {
  const found = world.runtime.started[index];
  if (found === undefined) throw new Error('expected a container');
  return found;
}

async function predict(world: World): Promise<void> {
  await world.vertex.predictions.predict(endpointName, { instances: [1] }).catch(() => {});
}

/** From now on the container answers so, after that time. */
function answers(world: World, answer: Partial<HttpAnswer>, tookMs = 0): void {
  const body = Buffer.from('{"predictions":[1]}');
  container(world).request = async ({ method }) => {
    if (method === 'POST') await world.clock.advance(tookMs);
    return { status: 200, contentType: 'application/json', body, ...answer };
  };
}

describe('responses', () => {
  test('are counted by deployed model and code, as the callers got them', async () => {
    const world = await serving();
    for (let n = 0; n < 3; n += 1) await predict(world);
    answers(world, { status: 400 });
    await predict(world);
    answers(world, { status: 500 });
    await predict(world);
    await world.vertex.predictions.rawPredict(endpointName, Buffer.from('x'), 'text/plain');
    answers(world, { body: Buffer.from('no JSON') });
    await predict(world);
    expect(await seen(world, counts)).toEqual({ '1 2xx': [3], '1 4xx': [1], '1 5xx': [3] });
  });

  test('follow the split', async () => {
    const world = await serving({ 1: 80, 2: 20 });
    for (let n = 0; n < 100; n += 1) await predict(world);
    const answered = world.runtime.started.map(({ requests }) => [requests]);
    expect(await seen(world, counts)).toEqual({ '1 2xx': answered[0], '2 2xx': answered[1] });
  });

  test('count where a model does not answer, and not where none was asked', async () => {
    const world = await serving();
    container(world).hangs = true;
    await predict(world);
    container(world).end('exited with code 1');
    await world.clock.advance(100);
    await predict(world);
    await world.vertex.predictions.predict(`${endpointName}2`, { instances: [1] }).catch(() => {});
    world.vertex.endpoints.update(endpointName, { trafficSplit: {} }, 'traffic_split');
    await predict(world);
    expect(await seen(world, counts)).toEqual({ '1 5xx': [2] });
  });

  test('stay when the model is gone', async () => {
    const world = await serving({ 1: 100, 2: 0 });
    await predict(world);
    world.vertex.endpoints.update(endpointName, { trafficSplit: { 2: 100 } }, 'traffic_split');
    await world.succeed(world.vertex.deployments.undeploy(endpointName, { deployedModelId: '1' }));
    expect(await seen(world, counts)).toEqual({ '1 2xx': [1] });
  });

  test('are one point for each period, newest first, and none before the interval', async () => {
    const world = await serving();
    const start = world.clock.now() + 1000;
    await predict(world);
    await world.clock.advance(1000);
    await predict(world);
    await world.clock.advance(90_000);
    await predict(world);
    await predict(world);
    const interval = {
      'interval.startTime': new Date(start).toISOString(),
      'interval.endTime': new Date(start + 120_000).toISOString(),
    };
    const minutes = await ask(world, { ...counts, ...interval, 'aggregation.alignmentPeriod': '60s' });
    expect(minutes.body.timeSeries[0].points).toMatchObject([
      { interval: { endTime: interval['interval.endTime'] }, value: { int64Value: '2' } },
      { interval: { startTime: interval['interval.startTime'] }, value: { int64Value: '1' } },
    ]);
    const long = { ...counts, ...interval, 'aggregation.alignmentPeriod': '3600s' };
    expect(await seen(world, long)).toEqual({ '1 2xx': [3] });
  });

  test('show late where that is asked for', async () => {
    const world = await serving();
    world.vertex.behaviour = { metricsLagMs: 180_000 };
    await predict(world);
    await world.clock.advance(179_000);
    expect(await seen(world, counts)).toEqual({});
    await world.clock.advance(1000);
    expect(await seen(world, counts)).toEqual({ '1 2xx': [1] });
  });

  test('of other endpoints, places and projects are not shown', async () => {
    const world = await serving();
    await predict(world);
    const elsewhere = (from: string, to: string) => ({ ...counts, filter: counts.filter.replace(from, to) });
    expect(await seen(world, elsewhere('"churn"', '"fraud"'))).toEqual({});
    expect(await seen(world, elsewhere('us-central1', 'europe-west4'))).toEqual({});
    expect((await ask(world, counts, 'p2')).body).toEqual({ unit: '1' });
  });

  test('come in pages', async () => {
    const world = await serving();
    await predict(world);
    answers(world, { status: 500 });
    await predict(world);
    const first = await ask(world, { ...counts, pageSize: '1' });
    expect(first.body.timeSeries).toHaveLength(1);
    const { body } = await ask(world, { ...counts, pageSize: '1', pageToken: first.body.nextPageToken });
    expect(body.timeSeries[0].metric.labels).toEqual({ deployed_model_id: '1', response_code: '5xx' });
    expect(body.nextPageToken).toBeUndefined();
  });
});

describe('latencies', () => {
  test('are measured on the clock; the percentile is right to a twentieth', async () => {
    const world = await serving();
    for (const ms of Array.from({ length: 100 }, (_, n) => n + 1)) {
      answers(world, {}, ms);
      await predict(world);
    }
    const { 1: [p95 = 0] = [] } = await seen(world, latencies);
    expect(p95).toBeGreaterThan(95 / 1.05);
    expect(p95).toBeLessThan(95 * 1.05);
    expect(await seen(world, { ...latencies, filter: latencies.filter.replace('total', 'model') })).toEqual(
      {},
    );
  });
});

describe('what is not served', () => {
  test.each([
    ['another metric', { filter: counts.filter.replace('response_count', 'replicas') }, 'response_count and'],
    ['no metric', { filter: ofChurn }, 'response_count and'],
    [
      'another field',
      { filter: `${counts.filter} AND metric.labels.spot="True"` },
      'resource.labels.endpoint_id=',
    ],
    ['another comparison', { filter: counts.filter.replace('location=', 'location!=') }, 'joined by AND'],
    ['OR', { filter: counts.filter.replace(' AND', ' OR') }, 'joined by AND'],
    [
      'a filter by code',
      { filter: `${counts.filter} AND metric.labels.response_code="5xx"` },
      'no filter by',
    ],
    ['another aligner', { 'aggregation.perSeriesAligner': 'ALIGN_RATE' }, 'ALIGN_SUM'],
    ['another reducer', { 'aggregation.crossSeriesReducer': '' }, 'REDUCE_SUM'],
    ['other groups', { 'aggregation.groupByFields': [] }, 'metric.labels.response_code'],
    ['a short period', { 'aggregation.alignmentPeriod': '59s' }, 'at least 60 seconds'],
    ['no start', { 'interval.startTime': '' }, 'interval.startTime'],
    ['an end before the start', { 'interval.endTime': '2000-01-01T00:00:00Z' }, 'before startTime'],
    ['an unknown page', { pageToken: 'x' }, 'page token'],
  ])('%s is refused', async (_, change, words) => {
    const world = createWorld();
    const { status, body } = await ask(world, { ...counts, ...change });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(words),
    });
  });
});

test('no more than six hours are kept, and no more than 21,600 seconds with traffic', async () => {
  const clock = new VirtualClock();
  const traffic = new Traffic(clock);
  const answered = { endpoint: 'e', deployedModelId: '1', status: 200, latencyMs: 1 };
  traffic.count(answered);
  await clock.advance(7 * 3_600_000);
  traffic.count(answered);
  expect([...traffic.slots()]).toHaveLength(1);
  for (let id = 0; id < 21_601; id += 1) traffic.count({ ...answered, deployedModelId: `${id}` });
  expect([...traffic.slots()]).toHaveLength(21_600);
});
