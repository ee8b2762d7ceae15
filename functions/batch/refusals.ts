/**
 * Calls that Google refuses while a batch needs them. What passes by itself is repeated until the deadline of the batch;
 * what a person or Google has to change is waited out for as long as the same of a release is; what is wrong for good
 * ends the batch.
 */
import { type CallError, isTransient } from '../errors.ts';
import type { ProblemCode } from '../problems.ts';
import { causeOfWords } from '../release/diagnosis/causes.ts';
import { withoutSecrets } from '../release/diagnosis/secrets.ts';
import { withoutControls } from '../release/publish/outcome.ts';
import { backOff } from '../release/refusals/back-off.ts';
import { WAITED_OUT } from '../release/refusals/lasting.ts';
import type { Patience } from '../release/refusals/refusal.ts';
import type { Instant } from '../world.ts';
import type { RunAction } from './decisions.ts';
import type { BatchLedger, Run } from './ledger.ts';
import { noted, withRun } from './notes.ts';

const PAUSE_MS_MAX = 600_000;
/** What cannot be removed is left to the lifecycle of its bucket. */
const TIDIED_WITHIN_MS = 1_800_000;

/** The ledger after that action was refused. */
export function refused(
  ledger: BatchLedger,
  { run: { id }, do: step }: Pick<RunAction, 'run'> & { readonly do: string },
  error: CallError,
  now: Instant,
  random: () => number,
): BatchLedger {
  const run = ledger.runs.find((r) => r.id === id);
  if (run === undefined) return ledger;
  const { code, patience } = causeOfCall(error);
  const since = run.refusal?.since ?? now;
  const count = (run.refusal?.count ?? 0) + 1;
  const detail = withoutSecrets(withoutControls(`${error.method} ${error.status}: ${error.message}`)).slice(
    0,
    600,
  );
  const isOver = now - since >= WAITED_OUT[patience];
  if (run.verdict === undefined && isOver && step !== 'cancel')
    return noted(ledger, id, { note: 'judged', result: 'Failed', code, detail }, now);
  if (step === 'tidy' && now - since >= TIDIED_WITHIN_MS) return noted(ledger, id, { note: 'tidied' }, now);
  const pause = error.retryAfterMs ?? backOff(count, 2_000, PAUSE_MS_MAX, random);
  return withRun(ledger, {
    ...run,
    refusal: { since, count, notBefore: Math.ceil(now + pause), code, detail },
  });
}

export function causeOfCall({ status, message }: CallError): { code: ProblemCode; patience: Patience } {
  const known = causeOfWords(status, message);
  if (known !== null) return known;
  if (isTransient(status)) return { code: 'GOOGLE_UNAVAILABLE', patience: 'deadline' };
  if (status === 'PERMISSION_DENIED' || status === 'UNAUTHENTICATED')
    return { code: 'GOOGLE_DENIED', patience: 'minutes' };
  // A grant that has not arrived, a bucket that is being made.
  if (status === 'NOT_FOUND' || status === 'FAILED_PRECONDITION')
    return { code: 'BATCH_JOB_FAILED', patience: 'minutes' };
  return { code: 'BATCH_JOB_FAILED', patience: 'none' };
}

/** What of a run shows that a call was made for it. */
export function withoutRefusal(ledger: BatchLedger, { id }: Run): BatchLedger {
  const run = ledger.runs.find((r) => r.id === id);
  if (run?.refusal === undefined) return ledger;
  const { refusal: _, ...rest } = run;
  return withRun(ledger, rest);
}
