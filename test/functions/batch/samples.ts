/** Batches at each point of their way, for the tests of plan(). */
import { parseConfig } from '../../../functions/config/config.ts';
import type { Batch } from '../../../functions/config/batch.ts';
import type { BatchJob } from '../../../functions/batch-world.ts';
import type { Seen } from '../../../functions/batch/decisions.ts';
import { BATCHES, type BatchLedger, type Run } from '../../../functions/batch/ledger.ts';
import type { BatchOutcome } from '../../../functions/batch/outcome.ts';

export const NOW = Date.UTC(2026, 0, 1, 12);
export const MINUTE = 60_000;
export const HOUR = 60 * MINUTE;

export function batchOf(more = ''): Batch {
  const config = parseConfig(`
project: my-project
region: us-central1
state: my-state
services:
  churn:
    artifacts: gs://my-models/churn/*/model.onnx
    image: us-docker.pkg.dev/p/predictor
    endpoint: churn
    batch: { inputs: "gs://my-in/*.jsonl", outputs: gs://my-out/, deadline: 6h, maxErrorRate: 0.1${more} }
`);
  const batch = config.services.get('churn')?.batch;
  if (batch === undefined || batch === null) throw new Error('it has a batch');
  return batch;
}

export const object = { bucket: 'out', name: '_staging/b-1/input-1.jsonl', generation: '2', size: 20 };
export const accepted: Run = {
  id: 'b-1',
  input: { uri: 'gs://in/1.jsonl', format: 'jsonl', generation: '1' },
  askedBy: 'object',
  acceptedAt: NOW - MINUTE,
};
export const copied: Run = { ...accepted, copy: object, staged: object };
export const scan = { offset: 20, rows: 10, largest: 2, parts: 0, isWhole: true };
export const scanned: Run = { ...copied, release: { id: 'r-1', version: '1' }, scan };
export const asked: Run = {
  ...scanned,
  job: { intendedAt: NOW - 1_000, doubtfulSince: NOW - 1_000, input: object.name, name: null },
};
export const running: Run = {
  ...scanned,
  job: { intendedAt: NOW, name: 'jobs/1', createdAt: NOW - 20 * MINUTE },
};
export const end = {
  state: 'SUCCEEDED',
  output: 'gs://out/f',
  error: null,
  successful: 10,
  failed: 0,
  replicaHours: 1,
};
export const over: Run = { ...running, end };
export const counted = (succeeded: number, failed = 0): Run => ({
  ...over,
  count: { file: 1, offset: 0, succeeded, failed, pieces: 0, isWhole: true },
});
export const judged: Run = {
  ...counted(10),
  isMarked: true,
  verdict: { result: 'Succeeded', cause: null, at: NOW },
};

export const job: BatchJob = {
  name: 'jobs/1',
  state: 'RUNNING',
  input: `gs://out/${object.name}`,
  model: 'models/churn@1',
  createdAt: NOW - 20 * MINUTE,
  endedAt: null,
  error: null,
  output: null,
  successful: null,
  failed: null,
  replicaHours: null,
};
export const jobsOf = (...jobs: BatchJob[]): Seen => ({ jobs: new Map([['b-1', jobs]]) });
export const live = { release: 'r-1', version: '1', signature: null };
export const releases = { live, isOnHold: false, rolledBack: [] as string[] };
export const files: Seen = { files: new Map([['b-1', []]]) };

export function ledgerOf(run: Run | readonly Run[], more: Partial<BatchLedger> = {}): BatchLedger {
  const runs = Array.isArray(run) ? [...run] : [run as Run];
  return { ...BATCHES.empty('churn', NOW), runs, known: runs.map(({ id }) => id), ...more };
}

export const outcome: BatchOutcome = {
  batch: 'b-0',
  result: 'Succeeded',
  cause: null,
  input: 'gs://in/0.jsonl#1',
  askedBy: 'object',
  release: 'r-0',
  version: '1',
  job: 'jobs/0',
  output: 'gs://out/e',
  rows: 1,
  succeeded: 1,
  failed: 0,
  replicaHours: 1,
  acceptedAt: NOW,
  endedAt: NOW,
  announced: true,
};
