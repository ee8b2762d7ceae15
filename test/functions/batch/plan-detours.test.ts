/** What ends a batch early, what keeps it to one job, and what it does beside others. */
import { describe, expect, it } from 'vitest';
import type { Batch } from '../../../functions/config/batch.ts';
import type { Seen } from '../../../functions/batch/decisions.ts';
import type { BatchLedger, Run } from '../../../functions/batch/ledger.ts';
import { plan } from '../../../functions/batch/plan.ts';
import {
  accepted,
  asked,
  batchOf,
  copied,
  files,
  HOUR,
  job,
  jobsOf,
  ledgerOf,
  MINUTE,
  NOW,
  object,
  outcome,
  over,
  releases,
  running,
} from './samples.ts';

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
