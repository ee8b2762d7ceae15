/** What the engine makes of Cloud Logging's answers. The entries have the form that others have published. */
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../functions/config/config.ts';
import { cloudLogging } from '../../../functions/google/logs.ts';
import { answering, refusal, type Prepared } from './answering.ts';

const config = loadConfig({
  SLIPWAY_CONFIG: fileURLToPath(new URL('../../../slipway.yaml', import.meta.url)),
});
const endpoint = 'projects/4711/locations/us-central1/endpoints/churn';
const since = Date.UTC(2026, 4, 20);

function entry(jsonPayload: object): object {
  return {
    insertId: '19a59b2f3qejpf',
    jsonPayload,
    resource: {
      type: 'aiplatform.googleapis.com/Endpoint',
      labels: { endpoint_id: 'churn', location: 'us-central1', resource_container: 'projects/4711' },
    },
    timestamp: '2026-05-20T13:15:44.325085878Z',
    severity: 'ERROR',
    labels: { deployed_model_id: '3106640417', replica_id: 'predictor-resource-pool-1-755b4ddd8-pdnbm' },
    logName: 'projects/my-project/logs/aiplatform.googleapis.com%2Fprediction_container',
    receiveTimestamp: '2026-05-20T13:15:44.698098730Z',
  };
}

async function logging(...answers: Prepared[]) {
  const { rest, asked } = await answering(new Map([['entries:list', answers]]), 5_000);
  const logs = cloudLogging(rest, config);
  return { tail: () => logs.tail(endpoint, '3106640417', since), logs, asked };
}

async function linesOf(...payloads: object[]): Promise<readonly string[]> {
  const { tail } = await logging({ body: { entries: payloads.map(entry) } });
  return tail();
}

describe('the last lines', () => {
  it('come oldest first', async () => {
    expect(await linesOf({ message: 'last' }, { message: 'first' })).toEqual(['first', 'last']);
  });

  it('are none where nothing was written', async () => {
    expect(await (await logging({ body: {} })).tail()).toEqual([]);
    expect(await (await logging({ body: { entries: [] } })).tail()).toEqual([]);
    expect(await linesOf({ message: '' }, { message: ' \n' })).toEqual([]);
  });

  it('are text, the message, or JSON where there is more than that', async () => {
    const { tail } = await logging({ body: { entries: [{ textPayload: 'text' }, { jsonPayload: {} }] } });
    expect(await tail()).toEqual(['{"severity":"DEFAULT"}', 'text']);
    const [line = ''] = await linesOf({ message: 'model refused', causes: ['not ONNX'] });
    expect(JSON.parse(line)).toEqual({ severity: 'ERROR', message: 'model refused', causes: ['not ONNX'] });
    expect(await linesOf({ message: 'long', stack: 'x'.repeat(4_000) })).toEqual(['long']);
  });

  it('are without control characters, and cut where they are long', async () => {
    const lines = await linesOf({ message: '\u001B[31mred\u001B[0m\r\n\n  at\u0000f\u2028(\u202Ex)\r\n' });
    expect(lines).toEqual(['red', '  at f ( x)']);
    const [long = ''] = await linesOf({ message: `${'x'.repeat(3_998)}😀 and more` });
    expect(long).toHaveLength(4_000);
    expect(long.isWellFormed()).toBe(true);
    expect(long.endsWith('…')).toBe(true);
    const many = await linesOf({ message: `${'one\n'.repeat(99)}last` }, { message: 'before' });
    expect([many.length, many[0], many.at(-1)]).toEqual([60, 'one', 'last']);
  });

  it('are sought until the search is over, and sixty at most', async () => {
    const { tail, asked } = await logging(
      { body: { nextPageToken: 'still searching' } },
      {
        body: {
          entries: Array.from({ length: 59 }, (_, n) => entry({ message: `${n}` })),
          nextPageToken: 'b',
        },
      },
      { body: { entries: [entry({ message: '59' }), entry({ message: '60' })], nextPageToken: 'c' } },
    );
    const lines = await tail();
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([60, '59', '0']);
    expect(asked.map(({ body }) => Reflect.get(JSON.parse(body), 'pageToken'))).toEqual([
      undefined,
      'still searching',
      'b',
    ]);
  });

  it('are not sought for ever', async () => {
    const { tail, asked } = await logging({ body: { nextPageToken: 'still searching' } });
    expect(await tail()).toEqual([]);
    expect(asked).toHaveLength(5);
  });
});

describe('the question', () => {
  it('is for the container of one deployed model', async () => {
    const { tail, asked } = await logging({ body: {} });
    await tail();
    expect(asked[0]?.method).toBe('POST');
    expect(JSON.parse(asked[0]?.body ?? '')).toEqual({
      resourceNames: ['projects/my-project'],
      filter:
        'log_id("aiplatform.googleapis.com/prediction_container") AND resource.type="aiplatform.googleapis.com/Endpoint" AND resource.labels.location="us-central1" AND resource.labels.endpoint_id="churn" AND labels.deployed_model_id="3106640417" AND timestamp>="2026-05-20T00:00:00.000Z"',
      orderBy: 'timestamp desc',
      pageSize: 60,
    });
  });

  it.each([
    [endpoint, '1" OR severity="ERROR'],
    [endpoint, ''],
    [`${endpoint}" OR "`, '1'],
  ])('is not asked of %j and %j', async (name, deployedModel) => {
    const { logs, asked } = await logging({ body: {} });
    const tail = logs.tail(name, deployedModel, since);
    await expect(tail).rejects.toMatchObject({ name: 'CallError', status: 'INVALID_ARGUMENT' });
    expect(asked).toEqual([]);
  });
});

it.each<[Prepared, string]>([
  [refusal(403, 'PERMISSION_DENIED', 'Permission denied'), 'PERMISSION_DENIED'],
  [refusal(429, 'RESOURCE_EXHAUSTED', 'Quota exceeded'), 'RESOURCE_EXHAUSTED'],
  [{ status: 503, body: '' }, 'UNAVAILABLE'],
  [{ body: { entries: [{ textPayload: 1 }] } }, 'UNKNOWN'],
])('a call that fails by %j is a CallError', async (answer, status) => {
  const { tail } = await logging(answer);
  await expect(tail()).rejects.toMatchObject({ name: 'CallError', method: 'ListLogEntries', status });
});
