/**
 * What a rollout policy costs, reckoned before anything is spent: the minutes to Live, the replica-hours in which
 * two models are deployed, the seconds to go back. Every operation is taken to succeed in the time that it took the
 * last time. Pure.
 */
import type { Service } from '../../config/config.ts';
import type { Ledger, Pending } from '../ledger/ledger.ts';

export interface Estimate {
  /** From the start of a release to Live. */
  readonly minutes: number;
  /** In which nothing serves: of `recreate` alone, with a model to replace. */
  readonly downtimeSeconds: number;
  /** Of the smallest number of replicas, on top of the one model that serves anyway. */
  readonly replicaHours: number;
  /** To have the model before back: while it is still deployed, and once it is not. */
  readonly rollbackSeconds: { readonly standby: number; readonly redeploy: number };
}

/** What operations commonly take on Vertex AI, in ms, until a service's own ledger knows better. */
export const TYPICAL_MS: Readonly<Record<Pending['kind'], number>> = {
  createEndpoint: 10_000,
  upload: 60_000,
  deploy: 600_000,
  undeploy: 120_000,
  deleteVersion: 10_000,
};

/** Before that, in ms, an operation is hardly ever done: it is looked at less often (google-cloud-aiplatform #3329). */
export const SOONEST_MS: Readonly<Record<Pending['kind'], number>> = {
  createEndpoint: 0,
  upload: 0,
  deploy: 300_000,
  undeploy: 60_000,
  deleteVersion: 0,
};

/** How long an operation takes: as the last one of its kind in this service, in ms. */
export function durationsOf({ took }: Pick<Ledger, 'took'>): Record<Pending['kind'], number> {
  return { ...TYPICAL_MS, ...took };
}

/** One UpdateEndpoint, which takes effect at once. */
const SHIFT_SECONDS = 2;

/** `took` in ms, as the ledger has it; what it lacks is taken to be typical. */
export function estimate({ serving, rollout }: Service, took: Ledger['took']): Estimate {
  const { upload, deploy, undeploy } = durationsOf(took === undefined ? {} : { took });
  const bakeMs = rollout.steps.reduce((sum, step) => sum + step.bakeMs, 0);
  const downtimeMs = rollout.strategy === 'recreate' ? undeploy + deploy : 0;
  const overlapMs = rollout.strategy === 'recreate' ? 0 : bakeMs + rollout.standbyMs + undeploy;
  return {
    minutes: (upload + (downtimeMs || deploy) + bakeMs) / 60_000,
    downtimeSeconds: downtimeMs / 1000,
    replicaHours: (serving.minReplicas * overlapMs) / 3_600_000,
    rollbackSeconds: { standby: SHIFT_SECONDS, redeploy: (downtimeMs || deploy) / 1000 },
  };
}
