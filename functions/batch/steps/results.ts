/**
 * From the end of the job to the verdict: results are counted against the rows, delivered, published by
 * key where that is wanted, and marked as complete.
 */
import type { Batch } from '../../config/batch.ts';
import type { ProblemCode } from '../../problems.ts';
import type { Action, Seen } from '../decisions.ts';
import type { Run } from '../ledger.ts';
import { tallyOf } from '../tally.ts';
import { causeOfJob } from '../job-cause.ts';

export function deliver(batch: Batch, run: Run, seen: Seen): Action {
  const { end } = run;
  if (end === undefined) throw new Error('the job has ended');
  if (end.state !== 'SUCCEEDED' && end.state !== 'PARTIALLY_SUCCEEDED') {
    const { code, detail } = causeOfJob(end);
    return judged(run, end.state === 'CANCELLED' ? 'Cancelled' : 'Failed', code, detail);
  }
  const isInFiles = end.output?.startsWith('gs://') === true;
  if (isInFiles) {
    const files = seen.files?.get(run.id);
    const needsFiles = run.count?.isWhole !== true || run.isMarked !== true;
    if (needsFiles && files === undefined) return { do: 'look', at: 'files', run };
    if (run.count?.isWhole !== true) return { do: 'count', run, files: files ?? [] };
  } else if (end.output === null) {
    return judged(run, 'Failed', 'BATCH_INCOMPLETE', 'Vertex AI names no output');
  }
  const short = shortfall(batch, run);
  if (short !== null) return judged(run, 'Failed', short.code, short.detail);
  if (!isInFiles) return judged(run, 'Succeeded', null, '');
  if (batch.ordered && run.staged !== undefined && run.merge?.isWhole !== true) return { do: 'merge', run };
  if (batch.publish !== null && run.published === undefined) return publish(run, seen);
  if (run.isMarked !== true) return { do: 'mark', run, files: seen.files?.get(run.id) ?? [] };
  return judged(run, 'Succeeded', null, '');
}

/** Before `_SUCCESS.json`: who waits for that finds the predictions by key. */
function publish(run: Run, { releases, files }: Seen): Action {
  if (releases === undefined) return { do: 'look', at: 'releases' };
  // Nobody knows whether it was rolled back: a sweep looks again.
  if (releases.isUnknown === true) return { do: 'stop' };
  if (releases.rolledBack.includes(run.release?.id ?? ''))
    return { do: 'note', run, change: { note: 'published', as: null } };
  return { do: 'publish', run, files: files?.get(run.id) ?? [] };
}

/** Why the results are too few, or null. */
function shortfall(batch: Batch, run: Run): { code: ProblemCode; detail: string } | null {
  const { rows, succeeded, failed, missing } = tallyOf(run);
  // Vertex AI alone counts the rows of a table: what it does not say is not judged.
  if (rows === null || succeeded === null) return null;
  if (succeeded + (failed ?? 0) > rows + (missing ?? 0) && rows > 0 && succeeded > rows)
    return { code: 'BATCH_INCOMPLETE', detail: `${succeeded} results for ${rows} rows` };
  const bad = rows - succeeded;
  if (rows > 0 && bad / rows <= batch.maxErrorRate) return null;
  const first = run.count?.firstError === undefined ? '' : `; the first error: ${run.count.firstError}`;
  const code = (missing ?? 0) > (failed ?? 0) ? 'BATCH_INCOMPLETE' : 'BATCH_ERRORS';
  return {
    code,
    detail: `${bad} of ${rows} rows have no prediction (${failed ?? 0} failed, ${missing ?? 0} missing), maxErrorRate ${batch.maxErrorRate}${first}`,
  };
}

function judged(
  run: Run,
  result: 'Succeeded' | 'Failed' | 'Cancelled',
  code: ProblemCode | null,
  detail: string,
): Action {
  return { do: 'note', run, change: { note: 'judged', result, code, detail } };
}
