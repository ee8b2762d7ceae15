/**
 * The time in which nothing serves because the rollout recreates: from the intent to take the traffic of the live model
 * away until something of the service has it again. It is counted for the release that caused it. Pure.
 */
import type { Instant } from '../../world.ts';
import type { Ledger } from './ledger.ts';
import { isDown, isRepair } from './queries.ts';

/** Whether the release has taken the live model away, and can make room for it again. */
export function isRecreating(ledger: Ledger): boolean {
  return isDown(ledger) && ledger.release !== null && !isRepair(ledger, ledger.release.request);
}

/** The same release may cause a second one, with a candidate that served until its gates failed. */
export function withOutage(ledger: Ledger, now: Instant): Ledger {
  const { outage, release } = ledger;
  const id = release?.request.id;
  if (outage?.since !== undefined || id === undefined) return ledger;
  const ms = outage?.release === id ? outage.ms : 0;
  return { ...ledger, outage: { release: id, since: now, ms } };
}

/** Something serves: the outcome of what has caused the outage, if it has ended, has its length. */
export function withoutOutage(ledger: Ledger, now: Instant): Ledger {
  const { outage, release, outcomes } = ledger;
  if (outage?.since === undefined) return ledger;
  const ms = outage.ms + Math.max(0, now - outage.since);
  if (release?.request.id === outage.release) return { ...ledger, outage: { release: outage.release, ms } };
  const { outage: _, ...rest } = ledger;
  const found = outcomes.find((o) => o.release === outage.release);
  if (found === undefined) return rest;
  const { downSince: _since, ...ended } = found;
  return { ...rest, outcomes: outcomes.map((o) => (o === found ? { ...ended, downtimeMs: ms } : o)) };
}

/** What the outcome of that release says of the outage that it has caused; an outage that is over is forgotten with it. */
export function settleOutage(
  ledger: Ledger,
  release: string,
): { ledger: Ledger; told: { downtimeMs?: number; downSince?: Instant } } {
  const { outage } = ledger;
  if (outage?.release !== release) return { ledger, told: {} };
  const { since, ms } = outage;
  if (since !== undefined) return { ledger, told: { downSince: since, ...(ms > 0 && { downtimeMs: ms }) } };
  const { outage: _, ...rest } = ledger;
  return { ledger: rest, told: { downtimeMs: ms } };
}

/**
 * Undeploying the model has failed. Refused each time for certain, the live model is there, and serves again; where what
 * became of one call is unknown it gets no traffic again, whatever becomes of the next one.
 */
export function withUndeployFailed(ledger: Ledger, deployedModel: string, isUncertain: boolean): Ledger {
  if (isUncertain) return withDoubt(ledger, deployedModel);
  const { outage, live } = ledger;
  if (outage === undefined || outage.isUnsure === true || live?.deployedModel !== deployedModel)
    return ledger;
  const { retired: _, ...kept } = live;
  return { ...ledger, live: kept };
}

export function withDoubt(ledger: Ledger, deployedModel: string): Ledger {
  const { outage, live } = ledger;
  if (outage === undefined || live?.deployedModel !== deployedModel) return ledger;
  return { ...ledger, outage: { ...outage, isUnsure: true } };
}
