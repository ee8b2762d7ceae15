/**
 * The job of a batch: created once, found again by its label, followed to its end.
 *
 * CreateBatchPredictionJob takes no request id, and no name of ours. What keeps it from being made twice: the intent is
 * in the ledger first; jobs are listed by label before one is created; and a job reads a copy that belongs to one call.
 * Where a call may have created a job that does not show, the copy moves to another name before the next call, so that
 * what was frozen, or comes late, creates a job that finds no input, and ends before it costs anything.
 */
import type { BatchJob } from '../../batch-world.ts';
import type { Instant } from '../../world.ts';
import type { Action, Seen } from '../decisions.ts';
import type { BatchLedger, Run } from '../ledger.ts';
import { lookAfter } from './pace.ts';

/** How long a job may take to show in a list. */
export const SHOWS_WITHIN_MS = 120_000;

const OVER: ReadonlySet<string> = new Set([
  'SUCCEEDED',
  'FAILED',
  'CANCELLED',
  'EXPIRED',
  'PARTIALLY_SUCCEEDED',
]);

export function isOver(job: BatchJob): boolean {
  return OVER.has(job.state);
}

export function follow(run: Run, took: BatchLedger['took'], seen: Seen, now: Instant): Action {
  const jobs = seen.jobs?.get(run.id);
  if (jobs === undefined)
    return untilDue(run, took, seen.followedUntil, now) ?? { do: 'look', at: 'jobs', run };
  const job = ownJob(run, jobs);
  const stray = jobs.find((other) => other !== job && !isOver(other) && other.state !== 'CANCELLING');
  if (stray !== undefined && (job !== undefined || isStaged(run))) return { do: 'cancel', run, job: stray };
  if (job === undefined) return missing(run, took, seen.jobsAsOf ?? now, now);
  if (run.job?.name !== job.name) return { do: 'note', run, change: { note: 'found', job } };
  if (isOver(job)) return { do: 'note', run, change: { note: 'jobEnded', job } };
  return untilDue(run, took, now, now) ?? { do: 'look', at: 'jobs', run };
}

/** The pause until the first look that was not due by `followedUntil`. Null: it is due. */
function untilDue(
  { job, scan }: Run,
  took: BatchLedger['took'],
  followedUntil: Instant | undefined,
  now: Instant,
): Action | null {
  const createdAt = job?.createdAt;
  if (createdAt === undefined || followedUntil === undefined) return null;
  const due = createdAt + lookAfter(followedUntil - createdAt, took ?? [], scan?.rows ?? 0);
  return due <= now ? null : { do: 'wait', ms: due - now, isForJob: true };
}

/**
 * Whether no call of before can create a job that reads anything. Of a table nobody can tell: if two jobs read it, the
 * younger one is cancelled as soon as it shows.
 */
function isStaged({ input, job }: Run): boolean {
  return input.format === 'bigquery' || job === undefined || job.input === '';
}

/** The job that the ledger names, or that reads what the ledger says; the oldest has come furthest. */
function ownJob(run: Run, jobs: readonly BatchJob[]): BatchJob | undefined {
  const named = jobs.find(({ name }) => name === run.job?.name);
  if (named !== undefined) return named;
  const { staged, job: asked } = run;
  const uriOf = (name: string) => (staged === undefined ? run.input.uri : `gs://${staged.bucket}/${name}`);
  const own = jobs.findLast((job) => job.input === uriOf(staged?.name ?? ''));
  if (own !== undefined || isStaged(run)) return own;
  // Of a call whose reply was lost. What fails while its input is taken away may have found none.
  return jobs.findLast(
    (job) =>
      job.input === uriOf(asked?.input ?? '') && !(job.state === 'FAILED' && asked?.isBurning === true),
  );
}

/** `asOf`: when the job was looked for. */
function missing(run: Run, took: BatchLedger['took'], asOf: Instant, now: Instant): Action {
  const { job } = run;
  const since = job?.doubtfulSince ?? job?.createdAt;
  const isDoubtful = since !== undefined && asOf < since + SHOWS_WITHIN_MS;
  if (job !== undefined && job.name !== null) {
    // Vertex AI does not forget a job that it has named, but need not list it at once.
    const wait = isDoubtful ? untilDue(run, took, now, now) : null;
    return wait ?? { do: 'note', run, change: { note: 'jobLost' } };
  }
  if (isDoubtful) return { do: 'wait', ms: Math.max(1_000, Math.min(30_000, since + SHOWS_WITHIN_MS - now)) };
  if (isStaged(run)) return { do: 'create', run };
  return { do: job?.input === run.staged?.name ? 'restage' : 'burn', run };
}
