/**
 * A service on hold: requests are taken in and wait, nothing is started, shifted, undeployed or repaired, until it
 * is resumed. What has drifted meanwhile is reported and left alone.
 */
import type { Service } from '../../config/config.ts';
import type { Instant } from '../../world.ts';
import type { Action, Observed } from '../decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { driftOf } from '../view/drift.ts';

/** Makes a change that was asked for at `at`; what was asked for before the last that counted comes too late. */
export function operated(ledger: Ledger, at: Instant, change: (ledger: Ledger) => Ledger): Ledger {
  return at < (ledger.operatedAt ?? 0) ? ledger : { ...change(ledger), operatedAt: at };
}

/** `requestedBy`: as the message states it. */
export function withHold(ledger: Ledger, reason: string, since: Instant, requestedBy?: string): Ledger {
  return { ...ledger, hold: { since, reason, ...(requestedBy !== undefined && { requestedBy }) } };
}

/** The time on hold counts neither for the deadline of the release in progress nor for its bake. */
export function withoutHold(ledger: Ledger, at: Instant): Ledger {
  const { hold, ...rest } = withoutHeldTime(ledger, at);
  return hold === undefined ? ledger : rest;
}

/** The same of the time so far, where a person has the release go on while the service stays on hold. */
export function withoutHeldTime(ledger: Ledger, at: Instant): Ledger {
  const { hold, release } = ledger;
  if (hold === undefined || release === null) return ledger;
  const since = Math.max(hold.since, hold.countedUntil ?? 0, release.startedAt);
  const held = Math.max(0, at - since);
  const stepSince = release.stepSince === undefined ? {} : { stepSince: release.stepSince + held };
  return {
    ...ledger,
    hold: { ...hold, countedUntil: Math.max(since, at) },
    release: { ...release, startedAt: release.startedAt + held, ...stepSince },
  };
}

/** Nothing is done; what has drifted is told once the endpoint has been read. */
export function onHold(service: Service, ledger: Ledger, seen: Observed): Action {
  // The traffic of a release that is held half-way is as it should be.
  if (ledger.live === null || ledger.release !== null) return { do: 'stop' };
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const drift = driftOf(service, ledger, seen.endpoints[0]);
  return drift === null ? { do: 'stop' } : { do: 'stop', drift };
}
