/**
 * What to do next for the batches of a service. The first line that applies wins; read top to bottom, `advance` is the
 * story of a batch: its input is pinned, its first rows are compared with the contract of the live model, and only then
 * is a job created; its results are counted before they count.
 *
 * `plan` is a pure function of the ledger, of what has been seen since the last change, and of the time.
 */
import type { Batch } from '../config/batch.ts';
import type { Action, Note, Seen } from './decisions.ts';
import { dueRun } from './schedule.ts';
import type { BatchLedger, Run } from './ledger.ts';
import { ended } from './steps/end.ts';
import { follow } from './steps/job.ts';
import { deliver } from './steps/results.ts';
import { overdue } from './steps/limits.ts';

/** What is due later is left to a sweep. */
const LEFT_TO_SWEEPS: Action = { do: 'stop' };

export function plan(batch: Batch, ledger: BatchLedger, seen: Seen, now: number): Action {
  const untold = ledger.outcomes.filter(({ announced }) => !announced);
  if (untold.length > 0) return { do: 'announce', outcomes: untold.toReversed() };
  const stale = staleOutcomes(ledger, seen);
  if (stale.length > 0) return { do: 'announceStale', outcomes: stale };
  const due = dueRun(batch.schedule, ledger.scheduledAt ?? null, now);
  if (due !== null && ledger.runs.length === 0) return { do: 'schedule', at: due };
  if (due !== null && !ledger.runs.some(({ askedBy }) => askedBy === 'schedule'))
    return { do: 'schedule', at: due };
  if (mayBeStale(ledger, seen)) return { do: 'look', at: 'releases' };
  let wait: Action = LEFT_TO_SWEEPS;
  let running = ledger.runs.filter(isRunning).length;
  for (const run of ledger.runs) {
    const mayStart = running < batch.maxConcurrent;
    const action = next(batch, run, { mayStart, took: ledger.took }, seen, now);
    if (!isRunning(run) && mayStart && run.verdict === undefined) running += 1;
    if (action.do === 'stop') continue;
    if (action.do !== 'wait') return action;
    if (wait.do !== 'wait' || action.ms < wait.ms) wait = action;
  }
  return wait;
}

/** It has a place among those that run at once: from the reading of its rows to the end of its job. */
export function isRunning(run: Run): boolean {
  return run.release !== undefined && run.end === undefined && run.verdict === undefined;
}

/** What a batch has to know of the others. */
interface Beside {
  readonly mayStart: boolean;
  readonly took: BatchLedger['took'];
}

function next(batch: Batch, run: Run, beside: Beside, seen: Seen, now: number): Action {
  const notBefore = run.refusal?.notBefore ?? 0;
  if (run.verdict !== undefined)
    return notBefore > now ? { do: 'wait', ms: notBefore - now } : ended(run, seen, now);
  const late = overdue(batch, run, now);
  if (late !== null) return late;
  if (notBefore > now) return { do: 'wait', ms: notBefore - now };
  return advance(batch, run, beside, seen, now);
}

/** Brings a batch one step further. */
function advance(batch: Batch, run: Run, { mayStart, took }: Beside, seen: Seen, now: number): Action {
  const isObject = run.input.format !== 'bigquery';
  if (isObject && run.copy === undefined) return { do: 'copy', run };
  if (run.release === undefined) {
    if (!mayStart) return { do: 'stop' };
    if (seen.releases === undefined) return { do: 'look', at: 'releases' };
    const { live, isOnHold, isUnknown } = seen.releases;
    if (isUnknown === true) return { do: 'stop' };
    if (isOnHold || live === null) return unanswerable(batch, run, isOnHold);
    return { do: 'scan', run, live };
  }
  if (run.end === undefined) {
    if (isObject && run.scan?.isWhole !== true) return { do: 'scan', run, live: null };
    if (run.scan?.rows === 0) return judged(run, 'Refused', 'BATCH_INPUT_INVALID', 'it has no rows');
    return follow(run, took, seen, now);
  }
  return deliver(batch, run, seen);
}

function unanswerable(batch: Batch, run: Run, isOnHold: boolean): Action {
  // A sweep looks again; the deadline bounds the wait.
  if (batch.onHold === 'wait') return { do: 'stop' };
  return isOnHold
    ? judged(run, 'Refused', 'BATCH_ON_HOLD', 'batch.onHold is refuse')
    : judged(run, 'Refused', 'BATCH_NOTHING_LIVE', 'batch.onHold is refuse');
}

function judged(
  run: Run,
  result: Extract<Note, { note: 'judged' }>['result'],
  code: Extract<Note, { note: 'judged' }>['code'],
  detail: string,
): Action {
  return { do: 'note', run, change: { note: 'judged', result, code, detail } };
}

/** Outcomes whose release was rolled back since, and of which no message has said that. */
function staleOutcomes({ outcomes }: BatchLedger, { releases }: Seen) {
  if (releases === undefined) return [];
  return outcomes.filter(
    ({ isStale, release, output }) =>
      isStale !== true && output !== null && release !== null && releases.rolledBack.includes(release),
  );
}

/** Whether the ledger of the releases has to be read for it: once in a tick. */
function mayBeStale({ outcomes }: BatchLedger, { releases, isCompared }: Seen): boolean {
  if (releases !== undefined || isCompared === true) return false;
  return outcomes.some(({ isStale, output }) => isStale !== true && output !== null);
}
