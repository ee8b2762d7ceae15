/** Where in its rollout a release stands. Pure; the engine decides by it, and the CLI shows it. */
import type { Service } from '../../config/config.ts';
import type { Endpoint } from '../../world.ts';
import type { Ledger, Live, Release, Request } from '../ledger/ledger.ts';
import { isRepair } from '../ledger/queries.ts';
import { isDeployed } from '../traffic/traffic.ts';

/** The gates that ask for answers, and the one that looks at what was served while the candidate baked. */
export type Gate = 'golden' | 'features' | 'comparison' | 'metrics';

/** Where a release stands. */
export interface RolloutPosition {
  /** Index of the rollout's step. */
  readonly step: number;
  /** It shares the traffic with the live model, as a canary does. */
  readonly isShared: boolean;
  /** A repair, a rollback or a promoted release: all the traffic at once, and no questions. */
  readonly isDirect: boolean;
}

export function isDirect(ledger: Ledger, { request, promoted }: Release): boolean {
  return isRepair(ledger, request) || request.rollback !== undefined || promoted === true;
}

/** The model that a rollback takes while it is deployed: nobody has begun to undeploy it. */
export function standbyFor({ previous }: Ledger, { rollback }: Request): Live | null {
  if (rollback === undefined || previous === undefined || previous.retired) return null;
  return previous.live.deployedModel === rollback.deployedModel ? previous.live : null;
}

/** `unread`: who has not looked at the endpoint takes the live model to be there. */

export function positionOf(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint | 'unread' | undefined,
): RolloutPosition {
  const { live } = ledger;
  const { steps } = service.rollout;
  const last = steps.length - 1;
  const isWhole = isDirect(ledger, release);
  // With nobody to share it with there is nothing to do in steps.
  const isThere = (model: Live) =>
    endpoint === 'unread' ? model.retired !== true : isDeployed(endpoint, model);
  const hasPartner = live !== null && isThere(live);
  const step = isWhole || !hasPartner ? last : Math.min(release.step ?? 0, last);
  return { step, isShared: hasPartner && (steps[step]?.traffic ?? 100) < 100, isDirect: isWhole };
}
