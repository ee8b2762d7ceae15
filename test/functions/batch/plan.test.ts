/** The story of a batch: each line of plan() decides once, in this order. */
import { describe, expect, it } from 'vitest';
import type { Seen } from '../../../functions/batch/decisions.ts';
import type { Run } from '../../../functions/batch/ledger.ts';
import { plan } from '../../../functions/batch/plan.ts';
import {
  accepted,
  asked,
  batchOf,
  copied,
  counted,
  end,
  files,
  job,
  jobsOf,
  judged,
  ledgerOf,
  live,
  NOW,
  over,
  releases,
  running,
  scan,
  scanned,
} from './samples.ts';

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
