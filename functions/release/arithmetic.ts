/**
 * What a rollout policy costs, reckoned before anything is spent: the minutes to Live, the replica-hours in which
 * two models are deployed, the seconds to go back. Every operation is taken to succeed in the time that it took the
 * last time. Pure.
 */
import type { Service } from '../config/config.ts';
import type { Ledger } from './ledger/ledger.ts';

export interface Arithmetic {
  /** From the start of a release to Live. */
  readonly minutes: number;
  /** Of the smallest number of replicas, on top of the one model that serves anyway. */
  readonly replicaHours: number;
  /** To have the model before back: while it is still deployed, and once it is not. */
  readonly rollbackSeconds: { readonly standby: number; readonly redeploy: number };
}

/** What operations commonly take on Vertex AI, in ms, until a service's own ledger knows better. */
export const TYPICAL_MS = { upload: 60_000, deploy: 600_000, undeploy: 120_000 } as const;

/** One UpdateEndpoint, which takes effect at once. */
const SHIFT_SECONDS = 2;

/** `took` in ms, as the ledger has it; what it lacks is taken to be typical. */
export function arithmetic({ serving, rollout }: Service, took: Ledger['took']): Arithmetic {
  const { upload, deploy, undeploy } = { ...TYPICAL_MS, ...took };
  const bakeMs = rollout.steps.reduce((sum, step) => sum + step.bakeMs, 0);
  const overlapMs = bakeMs + rollout.standbyMs + undeploy;
  return {
    minutes: (upload + deploy + bakeMs) / 60_000,
    replicaHours: (serving.minReplicas * overlapMs) / 3_600_000,
    rollbackSeconds: { standby: SHIFT_SECONDS, redeploy: deploy / 1000 },
  };
}
