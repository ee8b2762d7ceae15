/**
 * A service on hold: requests are taken in and wait, nothing is started, shifted, undeployed or repaired, until it
 * is resumed. What has drifted meanwhile is reported and left alone.
 */
import type { Endpoint, Instant } from '../../world.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** Makes a change that was asked for at `at`; what was asked for before the last that counted comes too late. */
export function operated(ledger: Ledger, at: Instant, change: (ledger: Ledger) => Ledger): Ledger {
  return at < (ledger.operatedAt ?? 0) ? ledger : { ...change(ledger), operatedAt: at };
}

export function withHold(ledger: Ledger, reason: string, since: Instant): Ledger {
  return { ...ledger, hold: { since, reason } };
}

/** The time on hold counts neither for the deadline of what was under way nor for its bake. */
export function withoutHold(ledger: Ledger, at: Instant): Ledger {
  if (ledger.hold === undefined) return ledger;
  const { hold, ...rest } = ledger;
  const { release } = rest;
  if (release === null) return rest;
  const held = Math.max(0, at - hold.since);
  const stepSince = release.stepSince === undefined ? {} : { stepSince: release.stepSince + held };
  return { ...rest, release: { ...release, startedAt: release.startedAt + held, ...stepSince } };
}

/** How the endpoint differs from what the ledger says is live, in a sentence; null if it does not. */
export function driftOf(ledger: Ledger, endpoint: Endpoint | undefined): string | null {
  const { live } = ledger;
  if (live === null) return null;
  if (endpoint === undefined) return 'the endpoint is gone';
  if (!endpoint.deployedModels.some((model) => model.id === live.deployedModel)) {
    return `the live model ${live.deployedModel} is not deployed any more`;
  }
  const others = [...endpoint.traffic].filter(([id, percent]) => id !== live.deployedModel && percent > 0);
  if (others.length === 0 && (endpoint.traffic.get(live.deployedModel) ?? 0) === 100) return null;
  const split = [...endpoint.traffic].map(([id, percent]) => `${id}: ${percent} %`).join(', ');
  return `the live model ${live.deployedModel} should have the traffic, but the split is ${split || 'empty'}`;
}
