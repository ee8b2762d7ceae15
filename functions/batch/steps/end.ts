/** The end of a batch: no job of it runs on, and no copy stays. */
import type { Action, Seen } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { isOver, SHOWS_WITHIN_MS } from './job.ts';

/** How long a job that was cancelled is waited for. What runs on then is Vertex AI's, and is reported as cancelled. */
const CANCELLED_WITHIN_MS = 3_600_000;
const LOOKED_AT_MS = 20_000;

export function ended(run: Run, seen: Seen, now: number): Action {
  const atJob = withoutJob(run, seen, now);
  if (atJob !== null) return atJob;
  if (run.isTidy !== true && run.copy !== undefined) return { do: 'tidy', run };
  return { do: 'note', run, change: { note: 'ended' } };
}

/** Null: no job of the batch runs any more. */
function withoutJob(run: Run, seen: Seen, now: number): Action | null {
  if (run.job === undefined || run.end !== undefined || run.verdict === undefined) return null;
  if (now - run.verdict.at >= CANCELLED_WITHIN_MS) return null;
  const jobs = seen.jobs?.get(run.id);
  if (jobs === undefined) return { do: 'look', at: 'jobs', run };
  const running = jobs.filter((job) => !isOver(job));
  const unasked = running.find(({ state }) => state !== 'CANCELLING');
  if (unasked !== undefined && !isAsked(run, now)) return { do: 'cancel', run, job: unasked };
  if (running.length > 0) return { do: 'wait', ms: LOOKED_AT_MS };
  const job = jobs.find(({ name }) => name === run.job?.name) ?? jobs[0];
  if (job !== undefined) return { do: 'note', run, change: { note: 'jobEnded', job } };
  const since = run.job.doubtfulSince ?? run.job.createdAt;
  const isDoubtful = since !== undefined && (seen.jobsAsOf ?? now) < since + SHOWS_WITHIN_MS;
  return isDoubtful ? { do: 'wait', ms: LOOKED_AT_MS } : null;
}

/** A request to cancel is best effort: it is repeated once a minute. */
function isAsked(run: Run, now: number): boolean {
  return run.job?.cancelledAt !== undefined && now < run.job.cancelledAt + 60_000;
}
