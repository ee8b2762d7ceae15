import { describe, expect, it } from 'vitest';
import { runBatch, runBatches } from '../../../../cli/commands.ts';
import type { Session } from '../../../../cli/session.ts';
import { withBatch, runFor } from '../../../../functions/batch/accept.ts';
import { BATCHES, type BatchLedger } from '../../../../functions/batch/ledger.ts';
import { noted } from '../../../../functions/batch/notes.ts';
import { parseBatchInput } from '../../../../functions/config/batch-input.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { batchId } from '../../../../functions/release/ids.ts';
import type { World } from '../../../../functions/world.ts';
import { artifactsOf, fastClock, NOW, noUploads, recorder } from '../../fixtures.ts';

const INPUT = 'gs://batch/in/a.jsonl';
const config = parseConfig(`
project: my-project
region: us-central1
state: my-state
services:
  churn: { artifacts: "gs://models/churn/*/model.onnx", image: "registry/churn", endpoint: churn, batch: { inputs: "gs://batch/in/*.jsonl", outputs: gs://batch/out/ } }
  spam: { artifacts: "gs://models/spam/*/model.onnx", image: "registry/spam", endpoint: spam }
`);

const id = batchId('churn', INPUT, '11', 'mine');

function accepted(): BatchLedger {
  const input = parseBatchInput(INPUT);
  if (typeof input === 'string') throw new Error(input);
  const run = runFor('churn', input, '11', { by: 'request', id: 'mine', at: NOW - 60_000 });
  return withBatch(BATCHES.empty('churn', NOW), run);
}

const judged = (ledger: BatchLedger) =>
  noted(
    ledger,
    id,
    { note: 'judged', result: 'Refused', code: 'BATCH_INPUT_INVALID', detail: 'line 3: expected JSON' },
    NOW,
  );
const ended = (ledger: BatchLedger) => noted(ledger, id, { note: 'ended' }, NOW);

/** Each reading of the ledger is one further. */
function session(...looks: readonly (BatchLedger | null)[]) {
  const published: unknown[] = [];
  let reading = 0;
  const world = {
    clock: fastClock(),
    ledgers: {
      read: () => {
        const ledger = looks[Math.min(reading, looks.length - 1)] ?? null;
        reading += 1;
        return Promise.resolve(ledger && { text: BATCHES.format(ledger), generation: '1', updatedAt: 0 });
      },
    },
    bus: {
      publish: (topic: string, data: unknown) => {
        published.push([topic, data]);
        return Promise.resolve();
      },
    },
    artifacts: artifactsOf([
      {
        bucket: 'batch',
        name: 'in/a.jsonl',
        generation: '11',
        createdAt: 0,
        size: 9,
        checksum: null,
        contentEncoding: null,
      },
    ]),
  };
  const opened: Session = {
    config,
    world: world as unknown as World,
    uploads: noUploads,
    env: {},
    versionDetails: () => Promise.resolve(null),
  };
  return { opened, published };
}

describe('slipway batch', () => {
  it('publishes the request, and names the batch as the functions will', async () => {
    const { opened, published } = session(null);
    const screen = recorder();
    const run = { session: opened, screen, form: 'text' as const };
    expect(await runBatch(run, 'churn', INPUT, { requestId: 'mine' })).toBe(0);
    expect(published).toEqual([
      ['requests', { schema: 1, service: 'churn', action: 'batch', input: INPUT, requestId: 'mine' }],
    ]);
    expect(screen.lines).toEqual([`asked churn to answer ${INPUT}#11`, `batch ${id}, request mine`]);
  });

  it('follows it to its end, and exits with 1 if it did not succeed', async () => {
    const { opened } = session(null, accepted(), judged(accepted()), ended(judged(accepted())));
    const screen = recorder();
    const run = { session: opened, screen, form: 'text' as const };
    expect(await runBatch(run, 'churn', INPUT, { requestId: 'mine', watch: true })).toBe(1);
    expect(screen.lines.join('\n')).toContain(`${id}  waiting for 1 m`);
    expect(screen.lines.join('\n')).toContain(`${id}  Refused after 1 m`);
    expect(screen.lines.join('\n')).toContain('line 3: expected JSON');
  });

  it('exits with 3, as slipway watch does, if nothing accepts it within a minute', async () => {
    const { opened } = session(null);
    const run = { session: opened, screen: recorder(), form: 'text' as const };
    await expect(runBatch(run, 'churn', INPUT, { requestId: 'mine', watch: true })).rejects.toMatchObject({
      exitCode: 3,
    });
  });

  it('is refused for a service without batch, and for an object that is not there', async () => {
    const { opened, published } = session(null);
    const run = { session: opened, screen: recorder(), form: 'json' as const };
    await expect(runBatch(run, 'spam', INPUT, {})).rejects.toThrow('Add batch.outputs');
    await expect(runBatch(run, 'churn', 'gs://batch/in/b.jsonl', {})).rejects.toThrow('does not exist');
    expect(published).toEqual([]);
  });
});

describe('slipway batches', () => {
  it('lists what waits, and what has ended', async () => {
    const { opened } = session(ended(judged(accepted())));
    const screen = recorder();
    expect(await runBatches({ session: opened, screen, form: 'json' }, 'churn')).toBe(0);
    expect(screen.values[0]).toMatchObject({
      service: 'churn',
      batches: [{ batch: id, state: 'Refused', input: `${INPUT}#11`, elapsedSeconds: 60, job: null }],
    });
  });

  it('says that there is none yet', async () => {
    const { opened } = session(null);
    const screen = recorder();
    await runBatches({ session: opened, screen, form: 'text' }, 'churn');
    expect(screen.lines).toEqual(['churn: no batch yet']);
  });
});
