/** How far a candidate is on the way from its first percent to the last. Pure. */
import type { Service } from '../../functions/config/config.ts';
import type { Ledger, Release } from '../../functions/release/ledger/ledger.ts';
import { positionOf, standbyFor } from '../../functions/release/view/position.ts';
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

/** Null: there is nothing yet that could have traffic. */
export function rolloutOf(
  service: Service,
  ledger: Ledger,
  release: Release,
  now: number,
): RolloutProgress | null {
  if (!release.deployed && standbyFor(ledger, release.request) === null) return null;
  const { steps } = service.rollout;
  const { step, isDirect } = positionOf(service, ledger, release, 'unread');
  const { traffic, bakeMs } = steps[step] ?? { traffic: 100, bakeMs: 0 };
  const since = isDirect ? undefined : release.stepSince;
  // The time on hold does not count.
  const until = Math.min(now, ledger.hold?.since ?? now);
  return {
    step: step + 1,
    steps: steps.length,
    traffic,
    bakingSince: since === undefined ? null : iso(since),
    bakeSeconds: isDirect ? 0 : inSeconds(bakeMs),
    bakeLeftSeconds: since === undefined ? null : inSeconds(Math.max(0, since + bakeMs - until)),
  };
}
