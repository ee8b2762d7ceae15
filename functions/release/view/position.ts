/** Where in its rollout a release stands. Pure; the engine decides by it, and the CLI shows it. */
import type { Service } from '../../config/config.ts';
import type { Endpoint } from '../../world.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { isRepair } from '../ledger/queries.ts';
import { isDeployed } from '../traffic/traffic.ts';

/** The gates that ask for answers, and the one that looks at what was served while the candidate baked. */
export type Gate = 'golden' | 'comparison' | 'metrics';

/** Where a release stands. */
export interface Stage {
  /** Index of the rollout's step. */
  readonly step: number;
  /** It shares the traffic with the live model, as a canary does. */
  readonly isShared: boolean;
  /** A repair, a rollback or a promoted release: all the traffic at once, and no questions. */
  readonly isDirect: boolean;
}

export function stageOf(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint | undefined,
): Stage {
  const { live } = ledger;
  const { steps } = service.rollout;
  const last = steps.length - 1;
  const { request } = release;
  const isDirect = isRepair(ledger, request) || request.rollback !== undefined || release.promoted === true;
  // With nobody to share it with there is nothing to do in steps.
  const hasPartner = live !== null && isDeployed(endpoint, live);
  const step = isDirect || !hasPartner ? last : Math.min(release.step ?? 0, last);
  return { step, isShared: hasPartner && (steps[step]?.traffic ?? 100) < 100, isDirect };
}
