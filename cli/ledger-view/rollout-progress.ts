/** How far a candidate is on the way from its first percent to the last. Pure. */
import type { Service } from '../../functions/config/config.ts';
import type { Ledger, Release } from '../../functions/release/ledger/ledger.ts';
import { inSeconds, iso } from '../terminal/words.ts';

/** The shape is documented in docs/cli.md. */
export interface RolloutProgress {
  /** The step that it is at, from 1, of how many. */
  readonly step: number;
  readonly steps: number;
  /** Percent of the traffic that it is to have in this step. */
  readonly traffic: number;
  /** Since when it has that; null: not yet, or it is not watched for any time. */
  readonly bakingSince: string | null;
  readonly bakeSeconds: number;
  readonly bakeLeftSeconds: number | null;
}

/** All the traffic at once, and no questions: repairs, rollbacks, and what somebody has promoted. */
export function isDirect(ledger: Ledger, { request, promoted }: Release): boolean {
  return request.rollback !== undefined || promoted === true || ledger.live?.request.id === request.id;
}

/** A rollback whose model is still deployed: nobody has begun to undeploy it. */
export function isStandby({ previous }: Ledger, { request }: Release): boolean {
  return previous?.retired === false && previous.live.deployedModel === request.rollback?.deployedModel;
}

/** Null: there is nothing yet that could have traffic. */
export function rolloutOf(
  { rollout }: Service,
  ledger: Ledger,
  release: Release,
  now: number,
): RolloutProgress | null {
  if (!release.deployed && !isStandby(ledger, release)) return null;
  const direct = isDirect(ledger, release);
  const last = rollout.steps.length - 1;
  // With nobody to share the traffic with there is nothing to do in steps.
  const at = direct || ledger.live === null ? last : Math.min(release.step ?? 0, last);
  const { traffic, bakeMs } = rollout.steps[at] ?? { traffic: 100, bakeMs: 0 };
  const since = direct ? undefined : release.stepSince;
  // The time on hold does not count.
  const until = Math.min(now, ledger.hold?.since ?? now);
  return {
    step: at + 1,
    steps: last + 1,
    traffic,
    bakingSince: since === undefined ? null : iso(since),
    bakeSeconds: direct ? 0 : inSeconds(bakeMs),
    bakeLeftSeconds: since === undefined ? null : inSeconds(Math.max(0, since + bakeMs - until)),
  };
}
