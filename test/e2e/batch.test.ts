/** A file of 2,000 rows on the whole local stack: it lands, the live model answers it, and every row is checked. */
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { goldenRows } from '../support/artifacts.ts';
import { LOCATION, startLocalStack, type LocalStack } from '../support/local-stack.ts';

vi.setConfig({ testTimeout: 120_000 });

const BUCKET = 'e2e-project-batch';
const ROWS = 2_000;

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({
    scored: {
      batch: {
        inputs: `gs://${BUCKET}/in/*.jsonl`,
        outputs: `gs://${BUCKET}/out/`,
        key: 'id',
        ordered: true,
        replicas: 2,
      },
    },
  });
}, 60_000);

afterAll(() => local.close());

interface Row {
  readonly key?: number;
  readonly prediction?: { readonly label: number; readonly probabilities: readonly number[] };
  readonly error?: unknown;
}

it('answers each row with the live version, in the order of the input, and says so once', async () => {
  const storage = new Storage({ projectId: 'e2e-project', apiEndpoint: local.stack.url });
  const bucket = storage.bucket(BUCKET);
  const events: Record<string, unknown>[] = [];
  const [subscription] = await local.pubsub.topic('slipway-events').createSubscription('e2e-batches');
  subscription.on('message', (message: { data: Buffer; ack(): void }) => {
    message.ack();
    const event: Record<string, unknown> = JSON.parse(message.data.toString('utf8'));
    if ('batch' in event) events.push(event);
  });

  // It lands before anything is live, and waits.
  const expected = await goldenRows();
  const rows = Array.from({ length: ROWS }, (_, id) => {
    const { instance } = expected[id % expected.length] ?? {};
    return JSON.stringify({ id, features: instance });
  });
  await bucket.file('in/november.jsonl').save(`${rows.join('\n')}\n`);
  await local.land('scored', 'v1');
  const [live] = await local.outcomes('scored', 1);

  const told = await vi.waitFor(
    () => {
      if (events.length === 0) throw new Error('no batch has ended yet');
      return events[0] ?? {};
    },
    { timeout: 100_000, interval: 200 },
  );
  expect(told).toMatchObject({
    service: 'scored',
    result: 'Succeeded',
    cause: null,
    release: live?.release,
    version: live?.version,
    rows: ROWS,
    succeeded: ROWS,
    failed: 0,
    askedBy: 'object',
  });

  const folder = String(told['output']).slice(`gs://${BUCKET}/`.length);
  const [text] = await bucket.file(`${folder}/results.jsonl`).download();
  const answers = String(text)
    .trim()
    .split('\n')
    .map((line): Row => JSON.parse(line));
  expect(answers).toHaveLength(ROWS);
  const wrong = answers.filter(({ key, prediction }, id) => {
    const right = expected[id % expected.length]?.prediction;
    const off = prediction?.probabilities.map((p, i) => Math.abs(p - (right?.probabilities[i] ?? NaN)));
    return key !== id || prediction?.label !== right?.label || !off?.every((d) => d < 1e-6);
  });
  expect(wrong).toEqual([]);

  const [success] = await bucket.file(`${folder}/_SUCCESS.json`).download();
  expect(JSON.parse(String(success))).toMatchObject({
    release: live?.release,
    ordered: 'results.jsonl',
    rows: ROWS,
  });
  // The copy of the input is gone, and there was one job.
  const [left] = await bucket.getFiles({ prefix: 'out/_staging/' });
  expect(left).toEqual([]);
  const jobs = await fetch(`${local.stack.url}/v1/${LOCATION}/batchPredictionJobs`);
  expect(await jobs.json()).toMatchObject({ batchPredictionJobs: [{ name: told['job'] }] });
  expect(events).toHaveLength(1);
  await subscription.close();
});
