/** The story of a batch: each line of plan() decides once, in this order. */
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../functions/config/config.ts';
import type { Batch } from '../../../functions/config/batch.ts';
import type { BatchJob } from '../../../functions/batch-world.ts';
import type { Seen } from '../../../functions/batch/decisions.ts';
import { BATCHES, type BatchLedger, type Run } from '../../../functions/batch/ledger.ts';
import type { BatchOutcome } from '../../../functions/batch/outcome.ts';
import { plan } from '../../../functions/batch/plan.ts';

const NOW = Date.UTC(2026, 0, 1, 12);
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function batchOf(more = ''): Batch {
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

const object = { bucket: 'out', name: '_staging/b-1/input-1.jsonl', generation: '2', size: 20 };
const accepted: Run = {
  id: 'b-1',
  input: { uri: 'gs://in/1.jsonl', format: 'jsonl', generation: '1' },
  askedBy: 'object',
  acceptedAt: NOW - MINUTE,
};
const copied: Run = { ...accepted, copy: object, staged: object };
const scan = { offset: 20, rows: 10, largest: 2, parts: 0, isWhole: true };
const scanned: Run = { ...copied, release: { id: 'r-1', version: '1' }, scan };
const asked: Run = {
  ...scanned,
  job: { intendedAt: NOW - 1_000, doubtfulSince: NOW - 1_000, input: object.name, name: null },
};
const running: Run = { ...scanned, job: { intendedAt: NOW, name: 'jobs/1', createdAt: NOW - 20 * MINUTE } };
const end = {
  state: 'SUCCEEDED',
  output: 'gs://out/f',
  error: null,
  successful: 10,
  failed: 0,
  replicaHours: 1,
};
const over: Run = { ...running, end };
const counted = (succeeded: number, failed = 0): Run => ({
  ...over,
  count: { file: 1, offset: 0, succeeded, failed, pieces: 0, isWhole: true },
});
const judged: Run = {
  ...counted(10),
  isMarked: true,
  verdict: { result: 'Succeeded', cause: null, at: NOW },
};

const job: BatchJob = {
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
const jobsOf = (...jobs: BatchJob[]): Seen => ({ jobs: new Map([['b-1', jobs]]) });
const live = { release: 'r-1', version: '1', signature: null };
const releases = { live, isOnHold: false, rolledBack: [] as string[] };
const files: Seen = { files: new Map([['b-1', []]]) };

function ledgerOf(run: Run | readonly Run[], more: Partial<BatchLedger> = {}): BatchLedger {
  const runs = Array.isArray(run) ? [...run] : [run as Run];
  return { ...BATCHES.empty('churn', NOW), runs, known: runs.map(({ id }) => id), ...more };
}

const outcome: BatchOutcome = {
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

describe('a batch, from its arrival to its end', () => {
  it.each<[string, Run, Seen, object]>([
    ['the input is pinned', accepted, {}, { do: 'copy' }],
    ['the live release is looked for', copied, {}, { do: 'look', at: 'releases' }],
    ['its rows are compared with the contract of the live model', copied, { releases }, { do: 'scan', live }],
    ['on hold it waits', copied, { releases: { ...releases, isOnHold: true } }, { do: 'stop' }],
    ['with nothing live it waits', copied, { releases: { ...releases, live: null } }, { do: 'stop' }],
    [
      'a ledger of releases that cannot be read is waited for',
      copied,
      { releases: { ...releases, isUnknown: true } },
      { do: 'stop' },
    ],
    [
      'the rest of its rows is read',
      { ...scanned, scan: { ...scan, isWhole: false } },
      {},
      { do: 'scan', live: null },
    ],
    [
      'without rows it is refused',
      { ...scanned, scan: { ...scan, rows: 0 } },
      {},
      { change: { note: 'judged', result: 'Refused', code: 'BATCH_INPUT_INVALID' } },
    ],
    ['a job is looked for before one is created', scanned, {}, { do: 'look', at: 'jobs' }],
    ['there is none: it is created', scanned, jobsOf(), { do: 'create' }],
    ['a reply was lost: the job may yet show', asked, jobsOf(), { do: 'wait', ms: 30_000 }],
    ['a job of that call shows', asked, jobsOf(job), { change: { note: 'found', job } }],
    [
      'also one that has succeeded in part',
      asked,
      jobsOf({ ...job, state: 'PARTIALLY_SUCCEEDED' }),
      { change: { note: 'found' } },
    ],
    ['a job runs: it is waited for without the lease', running, jobsOf(job), { do: 'wait', isForJob: true }],
    [
      'a second job is cancelled',
      running,
      jobsOf({ ...job, name: 'jobs/2', input: 'gs://out/other' }, job),
      { do: 'cancel', job: { name: 'jobs/2' } },
    ],
    [
      'a job ends',
      running,
      jobsOf({ ...job, state: 'SUCCEEDED' }),
      { change: { note: 'jobEnded', job: { state: 'SUCCEEDED' } } },
    ],
    ['a job was deleted', running, jobsOf(), { change: { note: 'jobLost' } }],
    [
      'a job that was created just now need not be listed yet',
      { ...running, job: { intendedAt: NOW, name: 'jobs/1', createdAt: NOW - 3_000 } },
      jobsOf(),
      { do: 'wait', ms: 15_000, isForJob: true },
    ],
    [
      'a job has failed',
      { ...over, end: { ...end, state: 'FAILED', error: { status: 'INTERNAL', message: 'x' } } },
      {},
      { change: { note: 'judged', result: 'Failed', code: 'BATCH_JOB_FAILED' } },
    ],
    ['the files of its results are looked for', over, {}, { do: 'look', at: 'files' }],
    ['its results are counted', over, files, { do: 'count' }],
    [
      'too many rows have an error',
      counted(8, 2),
      files,
      { change: { note: 'judged', result: 'Failed', code: 'BATCH_ERRORS' } },
    ],
    [
      'rows are missing',
      counted(5),
      files,
      { change: { note: 'judged', result: 'Failed', code: 'BATCH_INCOMPLETE' } },
    ],
    ['as many errors as are allowed: results are marked as complete', counted(9, 1), files, { do: 'mark' }],
    [
      'it has succeeded',
      { ...counted(10), isMarked: true },
      {},
      { change: { note: 'judged', result: 'Succeeded' } },
    ],
    ['its copies are removed', judged, {}, { do: 'tidy' }],
    ['it ends', { ...judged, isTidy: true }, {}, { change: { note: 'ended' } }],
  ])('%s', (_, run, seen, expected) => {
    expect(plan(batchOf(), ledgerOf(run), seen, NOW)).toMatchObject(expected);
  });
});

describe('what ends a batch early', () => {
  const refusing = ', onHold: refuse';
  const cancelled = { ...running, verdict: { result: 'Cancelled' as const, cause: null, at: NOW } };

  it.each<[string, Batch, Run, Seen, object]>([
    [
      'on hold',
      batchOf(refusing),
      copied,
      { releases: { ...releases, isOnHold: true } },
      { change: { code: 'BATCH_ON_HOLD' } },
    ],
    [
      'nothing live',
      batchOf(refusing),
      copied,
      { releases: { ...releases, live: null } },
      { change: { code: 'BATCH_NOTHING_LIVE' } },
    ],
    [
      'it waits for too long',
      batchOf(),
      { ...copied, acceptedAt: NOW - 6 * HOUR },
      {},
      { change: { result: 'Cancelled', code: 'BATCH_DEADLINE' } },
    ],
    [
      'its job runs for too long',
      batchOf(),
      { ...running, job: { intendedAt: NOW, name: 'jobs/1', createdAt: NOW - 6 * HOUR } },
      {},
      { change: { result: 'Cancelled', code: 'BATCH_DEADLINE' } },
    ],
    [
      'its job costs too much',
      batchOf(', replicas: 4, maxReplicaHours: 1'),
      running,
      {},
      { change: { code: 'BATCH_TOO_DEAR' } },
    ],
    ['a job that was cancelled is looked for', batchOf(), cancelled, {}, { do: 'look', at: 'jobs' }],
    ['it is cancelled', batchOf(), cancelled, jobsOf(job), { do: 'cancel', job }],
    ['its end is waited for', batchOf(), cancelled, jobsOf({ ...job, state: 'CANCELLING' }), { do: 'wait' }],
    [
      'its end is noted, not that of another one',
      batchOf(),
      cancelled,
      jobsOf({ ...job, name: 'jobs/2', state: 'FAILED' }, { ...job, state: 'CANCELLED' }),
      { change: { note: 'jobEnded', job: { name: 'jobs/1' } } },
    ],
  ])('%s', (_, batch, run, seen, expected) => {
    expect(plan(batch, ledgerOf(run), seen, NOW)).toMatchObject(expected);
  });

  it('is not its deadline, once its job has ended', () => {
    const late = { ...over, job: { intendedAt: NOW, name: 'jobs/1', createdAt: NOW - 7 * HOUR } };
    expect(plan(batchOf(), ledgerOf(late), files, NOW)).toMatchObject({ do: 'count' });
  });
});

describe('an input that moves away from a call without a reply', () => {
  const old = {
    ...asked,
    job: { ...asked.job, intendedAt: 0, name: null, doubtfulSince: NOW - 3 * MINUTE, input: object.name },
  };
  const moved: Run = { ...old, staged: { ...object, name: '_staging/b-1/input-2.jsonl' } };

  it.each<[string, Run, Seen, object]>([
    ['its job does not show: the input is copied', old, jobsOf(), { do: 'restage' }],
    ['the first copy is removed', moved, jobsOf(), { do: 'burn' }],
    [
      'a job that has read it shows',
      moved,
      jobsOf({ ...job, state: 'FAILED' }),
      { change: { note: 'found' } },
    ],
    [
      'what has failed meanwhile may have found none',
      { ...moved, job: { ...old.job, isBurning: true } },
      jobsOf({ ...job, state: 'FAILED' }),
      { do: 'burn' },
    ],
    ['the next call is made', { ...moved, job: { ...old.job, input: '' } }, jobsOf(), { do: 'create' }],
    [
      'a job of the first call that shows is cancelled',
      { ...moved, job: { ...old.job, input: '' } },
      jobsOf(job),
      { do: 'cancel' },
    ],
  ])('%s', (_, run, seen, expected) => {
    expect(plan(batchOf(), ledgerOf(run), seen, NOW)).toMatchObject(expected);
  });
});

describe('looks at running jobs', () => {
  const took = [{ rows: 10, ms: 30 * MINUTE }];
  const at = (minutes: number): Seen => ({ followedUntil: NOW - minutes * MINUTE });

  it.each<[string, Seen, object]>([
    ['are made where nobody follows them', {}, { do: 'look', at: 'jobs' }],
    ['that were due since the last sweep are made', at(5), { do: 'look', at: 'jobs' }],
    ['that are not due are waited for', at(0), { do: 'wait', ms: 10 * MINUTE, isForJob: true }],
  ])('%s', (_, seen, expected) => {
    expect(plan(batchOf(), ledgerOf(running, { took }), seen, NOW)).toMatchObject(expected);
  });
});

describe('batches beside each other', () => {
  const second: Run = { ...copied, id: 'b-2' };

  it.each<[string, Batch, BatchLedger, Seen, object]>([
    [
      'one waits for its place',
      batchOf(', maxConcurrent: 1'),
      ledgerOf([running, second]),
      { ...jobsOf(job), releases },
      { do: 'wait' },
    ],
    [
      'two run at once',
      batchOf(', maxConcurrent: 2'),
      ledgerOf([running, second]),
      { ...jobsOf(job), releases },
      { do: 'scan', run: second },
    ],
    [
      'an end that was not published comes first',
      batchOf(),
      ledgerOf(accepted, { outcomes: [{ ...outcome, announced: false }] }),
      {},
      { do: 'announce' },
    ],
    [
      'outcomes are compared with the releases',
      batchOf(),
      ledgerOf([], { outcomes: [outcome] }),
      {},
      { do: 'look', at: 'releases' },
    ],
    [
      'once in a tick',
      batchOf(),
      ledgerOf([], { outcomes: [outcome] }),
      { isCompared: true },
      { do: 'stop' },
    ],
    [
      'what a rolled back release answered is stale',
      batchOf(),
      ledgerOf([], { outcomes: [outcome] }),
      { releases: { ...releases, rolledBack: ['r-0'] } },
      { do: 'announceStale', outcomes: [outcome] },
    ],
    [
      'its schedule is due',
      batchOf(', schedule: { every: 1h, input: gs://my-daily/1.jsonl }'),
      ledgerOf([]),
      {},
      { do: 'schedule', at: NOW },
    ],
    [
      'one at a time',
      batchOf(', schedule: { every: 1h, input: gs://my-daily/1.jsonl }'),
      ledgerOf({ ...running, askedBy: 'schedule' }),
      jobsOf(job),
      { do: 'wait' },
    ],
  ])('%s', (_, batch, ledger, seen, expected) => {
    expect(plan(batch, ledger, seen, NOW)).toMatchObject(expected);
  });
});
