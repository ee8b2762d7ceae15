/** What is asked of the batches of a service by an object that lands, a message or its schedule. Pure. */
import { Problem } from '../errors.ts';
import type { BatchInput } from '../config/batch-input.ts';
import { batchId } from '../release/ids.ts';
import { causeOf } from '../release/publish/outcome.ts';
import type { Instant } from '../world.ts';
import { KNOWN_MAX, RUNS_MAX, type BatchLedger, type Run } from './ledger.ts';

/** `asked`: the request, '' for an object that landed: its generation alone names the batch. */
export function runFor(
  service: string,
  input: BatchInput,
  generation: string | null,
  asked: { readonly by: Run['askedBy']; readonly id: string; readonly at: Instant },
): Run {
  return {
    id: batchId(service, input.uri, generation ?? '', asked.id),
    input: { uri: input.uri, format: input.format, generation },
    askedBy: asked.by,
    acceptedAt: asked.at,
  };
}

/** The same ledger if the batch is known. Throws a Problem BATCH_QUEUE_FULL. */
export function withBatch(ledger: BatchLedger, run: Run): BatchLedger {
  if (ledger.known.includes(run.id)) return ledger;
  const untold = ledger.outcomes.filter(({ announced }) => !announced).length;
  if (ledger.runs.length + untold >= RUNS_MAX)
    throw new Problem('BATCH_QUEUE_FULL', `${ledger.runs.length} batches wait or run`);
  return {
    ...ledger,
    runs: [...ledger.runs, run],
    known: [...ledger.known, run.id].slice(-KNOWN_MAX),
  };
}

/**
 * Ends that batch, or all that have not ended; what was accepted after the message was published goes on. Throws a Problem
 * BATCH_UNKNOWN.
 */
export function withCancel(
  ledger: BatchLedger,
  asked: { readonly batch: string | null; readonly at: Instant; readonly reason: string },
  now: Instant,
): BatchLedger {
  const { batch, at, reason } = asked;
  if (batch !== null && !ledger.known.includes(batch))
    throw new Problem('BATCH_UNKNOWN', `no batch ${batch} of service ${ledger.service}`);
  const isMeant = (run: Run) =>
    run.verdict === undefined && (batch === null ? run.acceptedAt <= at : run.id === batch);
  if (!ledger.runs.some(isMeant)) return ledger;
  const cause = causeOf('BATCH_CANCELLED', reason === '' ? 'on request' : reason);
  const verdict = { result: 'Cancelled', cause, at: now } as const;
  return { ...ledger, runs: ledger.runs.map((run) => (isMeant(run) ? { ...run, verdict } : run)) };
}
