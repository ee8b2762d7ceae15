/** That nothing serves while a rollout recreates, as `slipway status` shows it. Pure. */
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { durationsOf } from '../../../functions/release/view/estimate.ts';
import { duration, iso } from '../../terminal/words.ts';

export interface StatusOutage {
  /** The release that has caused it. */
  readonly release: string;
  readonly since: string;
  /** What undeploying and deploying take, by the last time or as usual. */
  readonly usualSeconds: number;
}

export function outageIn(ledger: Ledger): StatusOutage | null {
  const { outage } = ledger;
  if (outage?.since === undefined) return null;
  const { undeploy, deploy } = durationsOf(ledger);
  const usualSeconds = Math.round((undeploy + deploy) / 1000);
  return { release: outage.release, since: iso(outage.since), usualSeconds };
}

export function outageText({ release, since, usualSeconds }: StatusOutage, now: number): string {
  const lasted = duration(now - Date.parse(since));
  return `nothing has served for ${lasted}: ${release} recreates, which usually takes ${duration(usualSeconds * 1000)}`;
}
