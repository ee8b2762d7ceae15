/** The outcomes that a ledger remembers. Pure. */
import type { Instant } from '../../world.ts';
import { GATES, type Outcome } from '../publish/outcome.ts';
import type { Ledger, Release, Request } from './ledger.ts';
import { uriOf } from '../../../common/artifact/uri.ts';

/** Outcomes remembered, newest first; those not yet announced are kept beyond it, up to a bound. */
const OUTCOMES_KEPT = 20;
const UNTOLD_MAX = 32;
/** Outcomes that keep the numbers behind their verdicts, which are the largest part of them. */
const EVIDENCE_KEPT = 5;
/** For a rollback: a person waits for it, even while other outcomes cannot be published. */
const UNTOLD_FOR_ROLLBACKS_MAX = 40;

/**
 * The ledger with one more outcome, and without the oldest ones that were announced. One that was not is never left
 * out: intake takes nothing in while there are many of them (`isFull`).
 */
export function withOutcome(ledger: Ledger, outcome: Outcome): Ledger {
  const outcomes = [outcome, ...ledger.outcomes];
  const kept = outcomes.filter((o, i) => i < OUTCOMES_KEPT || !o.announced);
  return { ...ledger, outcomes: kept.map((o, i) => (i < EVIDENCE_KEPT ? o : withoutEvidence(o))) };
}

function withoutEvidence(outcome: Outcome): Outcome {
  if (outcome.evidence === undefined) return outcome;
  const { evidence: _, ...rest } = outcome;
  return rest;
}

/** Whether so many outcomes wait to be announced that there is no room for more but those of the queue. */
export function isFull(ledger: Ledger, isRollback = false): boolean {
  const most = isRollback ? UNTOLD_FOR_ROLLBACKS_MAX : UNTOLD_MAX;
  return ledger.outcomes.filter((outcome) => !outcome.announced).length >= most;
}

export function outcomeOf(
  request: Request,
  now: Instant,
  end: Pick<Outcome, 'result' | 'cause' | 'downtimeMs' | 'downSince' | 'endRequestedBy'> & {
    deployedModel?: string;
    release?: Release;
  },
): Outcome {
  const { downtimeMs, downSince } = end;
  const { startedAt, goingBackAt, goingBackBy, verdicts: all, evidence, reached } = end.release ?? {};
  const { promotedBy, goingBackRequestedBy } = end.release ?? {};
  const endRequestedBy = end.endRequestedBy ?? goingBackRequestedBy;
  const { requestedBy } = request;
  const verdicts = GATES.flatMap((gate) => all?.findLast((v) => v.gate === gate) ?? []);
  return {
    release: request.id,
    result: end.result,
    cause: end.cause,
    artifact: uriOf(request),
    version: request.version,
    deployedModel: end.deployedModel ?? null,
    askedBy: request.askedBy,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(promotedBy !== undefined && { promotedBy }),
    ...(endRequestedBy !== undefined && { endRequestedBy }),
    acceptedAt: request.acceptedAt,
    ...(startedAt !== undefined && { startedAt }),
    ...(goingBackAt !== undefined && { gaveUpAt: goingBackAt }),
    ...(goingBackBy !== undefined && { endedBy: goingBackBy }),
    endedAt: now,
    announced: false,
    ...(verdicts.length > 0 && { verdicts }),
    ...(downtimeMs !== undefined && { downtimeMs }),
    ...(downSince !== undefined && { downSince }),
    ...(evidence !== undefined && { evidence }),
    ...(reached !== undefined && { reached }),
  };
}
