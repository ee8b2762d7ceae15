/** What the engine makes of Cloud Monitoring's answers, in the forms that Google documents. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../functions/config/config.ts';
import { cloudMonitoring } from '../../../functions/google/monitoring.ts';
import { restApi } from '../../../functions/google/rest.ts';
import { answering, refusal, type Prepared } from './answering.ts';

const config = loadConfig({
  SLIPWAY_CONFIG: fileURLToPath(new URL('../../../slipway.yaml', import.meta.url)),
});
const endpoint = 'projects/4711/locations/us-central1/endpoints/717406799';
const from = Date.UTC(2026, 0, 1, 12);
const to = from + 10 * 60_000;

function counted(deployed_model_id: string, response_code: string, ...counts: (number | string)[]): object {
  return {
    metric: {
      type: 'aiplatform.googleapis.com/prediction/online/response_count',
      labels: { deployed_model_id, response_code },
    },
    resource: { type: 'aiplatform.googleapis.com/Endpoint', labels: { project_id: 'my-project' } },
    metricKind: 'DELTA',
    valueType: 'INT64',
    points: counts.map((int64Value) => ({
      interval: { startTime: '2026-01-01T12:00:00Z', endTime: '2026-01-01T12:10:00Z' },
      value: { int64Value },
    })),
  };
}

function slow(deployed_model_id: string, ...values: number[]): object {
  return {
    metric: { labels: { deployed_model_id } },
    points: values.map((doubleValue) => ({ value: { doubleValue } })),
  };
}

async function monitoring(counts: readonly Prepared[], latencies: readonly Prepared[] = [{ body: {} }]) {
  const { rest, asked } = await answering(
    new Map([
      ['response_count', counts],
      ['prediction_latencies', latencies],
    ]),
    5_000,
  );
  const port = cloudMonitoring(rest, config);
  const served = (...asking: Parameters<typeof port.served>) => port.served(...asking);
  return { served, asked };
}

describe('what has been served', () => {
  it('is counted by deployed model: 5xx are errors, 4xx are not', async () => {
    const { served } = await monitoring(
      [
        {
          body: {
            timeSeries: [
              counted('1', '2xx', '90', '5'),
              counted('1', '4xx', '7'),
              counted('1', '5xx', '3'),
              counted('2', '200', '8'),
              counted('2', '503', 2),
            ],
            unit: '1',
          },
        },
      ],
      [{ body: { timeSeries: [slow('1', 12.5, 40)] } }],
    );
    expect(await served(endpoint, from, to)).toEqual(
      new Map([
        ['1', { requests: 105, errors: 3, p95Ms: 40 }],
        ['2', { requests: 10, errors: 2, p95Ms: null }],
      ]),
    );
  });

  it('is nothing where there are no series, no points and no model', async () => {
    const { served } = await monitoring([{ body: {} }], [{ body: { timeSeries: [slow('1', 3)] } }]);
    expect(await served(endpoint, from, to)).toEqual(new Map());
    const empty = await monitoring([
      { body: { timeSeries: [counted('1', '2xx'), counted('', '5xx', '9')] } },
    ]);
    expect(await empty.served(endpoint, from, to)).toEqual(new Map());
  });

  it('is read in all its pages', async () => {
    const { served, asked } = await monitoring([
      { body: { timeSeries: [counted('1', '2xx', '1')], nextPageToken: 'more' } },
      { body: { nextPageToken: 'and more' } },
      { body: { timeSeries: [counted('1', '5xx', '2')] } },
    ]);
    expect(await served(endpoint, from, to)).toEqual(
      new Map([['1', { requests: 3, errors: 2, p95Ms: null }]]),
    );
    expect(asked.map(({ url }) => url.searchParams.get('pageToken'))).toEqual(
      expect.arrayContaining(['more', 'and more']),
    );
  });

  it('is not known where the pages do not end', async () => {
    const { served } = await monitoring([{ body: { nextPageToken: 'again' } }]);
    await expect(served(endpoint, from, to)).rejects.toMatchObject({
      name: 'CallError',
      status: 'OUT_OF_RANGE',
    });
  });
});

describe('the question', () => {
  it('is one aggregated point for the stretch, of one endpoint', async () => {
    const { served, asked } = await monitoring([{ body: {} }]);
    await served(endpoint, from, to);
    expect(asked).toHaveLength(2);
    const count = asked.find(({ url }) => url.href.includes('response_count'))?.url;
    expect(count?.pathname).toBe('/v3/projects/my-project/timeSeries');
    expect(count?.searchParams.get('filter')).toBe(
      'metric.type="aiplatform.googleapis.com/prediction/online/response_count" AND resource.type="aiplatform.googleapis.com/Endpoint" AND resource.labels.location="us-central1" AND resource.labels.endpoint_id="717406799"',
    );
    expect(count?.searchParams.get('aggregation.alignmentPeriod')).toBe('600s');
    expect(count?.searchParams.get('interval.startTime')).toBe('2026-01-01T12:00:00.000Z');
    expect(count?.searchParams.getAll('aggregation.groupByFields')).toEqual([
      'metric.labels.deployed_model_id',
      'metric.labels.response_code',
    ]);
  });

  it('has a period of a minute at least, and is not asked of no time at all', async () => {
    const { served, asked } = await monitoring([{ body: {} }]);
    expect(await served(endpoint, from, from)).toEqual(new Map());
    expect(asked).toEqual([]);
    await served(endpoint, from, from + 1);
    expect(asked[0]?.url.searchParams.get('aggregation.alignmentPeriod')).toBe('60s');
  });

  it.each([
    'projects/p/locations/us-central1/endpoints/1" OR resource.labels.endpoint_id!="1',
    'projects/p/locations/us-central1/endpoints/',
    'projects/p/locations/"/endpoints/1',
    '',
  ])('is not asked of %j', async (name) => {
    const { served, asked } = await monitoring([{ body: {} }]);
    await expect(served(name, from, to)).rejects.toMatchObject({
      name: 'CallError',
      status: 'INVALID_ARGUMENT',
      method: 'ListTimeSeries',
    });
    expect(asked).toEqual([]);
  });
});

describe('a call that fails', () => {
  it.each<[string, Prepared, string, string]>([
    [
      'permission',
      refusal(403, 'PERMISSION_DENIED', 'Permission monitoring.timeSeries.list denied'),
      'PERMISSION_DENIED',
      'HTTP 403: Permission monitoring.timeSeries.list denied',
    ],
    ['quota', refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'), 'RESOURCE_EXHAUSTED', 'Quota exceeded'],
    ['a status beyond HTTP', refusal(400, 'FAILED_PRECONDITION', 'x'), 'FAILED_PRECONDITION', 'x'],
    ['a status that is none', refusal(500, 'NO_SUCH_STATUS', 'x'), 'INTERNAL', 'x'],
    ["a proxy's page", { status: 502, body: '<html>Bad Gateway</html>' }, 'UNAVAILABLE', 'HTTP 502: <html>'],
    ['something else than JSON', { body: 'Hello' }, 'UNKNOWN', 'not valid JSON'],
    ['another form', { body: { timeSeries: 'many' } }, 'UNKNOWN', '/timeSeries'],
    ['a list', { body: [] }, 'UNKNOWN', 'not in the documented form'],
  ])('by %s', async (_, answer, status, message) => {
    const { served } = await monitoring([answer]);
    await expect(served(endpoint, from, to)).rejects.toMatchObject({
      name: 'CallError',
      method: 'ListTimeSeries',
      status,
      message: expect.stringContaining(message),
    });
  });

  it('by a time that is over', async () => {
    const { rest } = await answering(new Map([['', ['silence' as const]]]), 50);
    await expect(cloudMonitoring(rest, config).served(endpoint, from, to)).rejects.toMatchObject({
      name: 'CallError',
      status: 'DEADLINE_EXCEEDED',
    });
  });

  it('by a server that is not there', async () => {
    const served = cloudMonitoring(restApi('nowhere.invalid', '127.0.0.1:1'), config).served(
      endpoint,
      from,
      to,
    );
    await expect(served).rejects.toMatchObject({ name: 'CallError', status: 'UNAVAILABLE' });
  });
});
