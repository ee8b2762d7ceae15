/**
 * The rollout policy of a service: how its traffic is shifted, what a candidate has to prove on the way, and how long
 * the model before it is kept.
 */
import { toMs } from './fields.ts';
import type { RolloutFile } from './schema.ts';

/** The candidate gets `traffic` percent, and keeps it for at least `bakeMs`. */
export interface Step {
  readonly traffic: number;
  readonly bakeMs: number;
}

export interface Gates {
  /** Whether a candidate whose inputs or outputs break the live model's callers is refused. */
  readonly contract: boolean;
  readonly golden: {
    /** Of numbers: times the larger of the two, and of 1. */
    readonly tolerance: number;
    readonly maxRows: number;
  } | null;
  /** What the candidate's server finds in the store for the keys of the golden rows. Null: not looked at. */
  readonly features: {
    /** How much larger the share of missing values may be than in training. */
    readonly missing: number;
    /** The share of values that may be older than their maxAge. */
    readonly stale: number;
    /** The largest distance from training: Jensen–Shannon, or L∞ of texts. */
    readonly skew: number;
    readonly maxRows: number;
  } | null;
  /** Between the answers of the live model and the candidate to the same rows. Null: not looked at. */
  readonly comparison: {
    readonly maxDifference: number | null;
    readonly meanDifference: number | null;
    /** Share of the pairs of rows that both put in the same order. */
    readonly rankAgreement: number | null;
    /** What counts as outside, and the share of numbers that may be. */
    readonly tolerance: number;
    readonly outsideTolerance: number | null;
  } | null;
  readonly metrics: {
    /** How much larger the candidate's share of failed requests may be than the live model's. */
    readonly errorRate: number;
    /** How many times the live model's p95 the candidate's may be. */
    readonly p95Ratio: number;
    /** Requests that each of the two has to have served. */
    readonly minSample: number;
  } | null;
  /** How long a gate may go without a verdict after the bake, and what that then means. */
  readonly patienceMs: number;
  readonly whenUnsure: 'fail' | 'pass';
}

export interface Rollout {
  /** `recreate`: the live model is undeployed before the candidate is deployed, and nothing serves in between. */
  readonly strategy: 'blue-green' | 'canary' | 'recreate';
  /** Rising; the last one is 100 %. */
  readonly steps: readonly Step[];
  /** How long the model before stays deployed after a release has gone live. */
  readonly standbyMs: number;
  /** The replicas of the standby; null: as many as the live model has. */
  readonly standbyReplicas: number | null;
  /** From the start of a release to its end. */
  readonly deadlineMs: number;
  /** Whether models that Slipway did not deploy may lose their traffic to a release. */
  readonly takeOver: boolean;
  readonly gates: Gates;
}

/** `hasFeatures`: the service has a store. */
export function parseRollout(
  service: string,
  file: RolloutFile,
  hasFeatures: boolean,
  problems: string[],
): Rollout {
  const strategy = file.strategy ?? 'blue-green';
  const steps = [
    ...(file.steps ?? []).map(({ traffic, bake }) => ({ traffic, bakeMs: toMs(bake) })),
    { traffic: 100, bakeMs: toMs(file.bake) },
  ];
  const at = `services.${service}.rollout`;
  if (strategy === 'canary' && file.steps === undefined)
    problems.push(`${at}.steps: expected steps for a canary, such as [{ traffic: 5, bake: 5m }]`);
  if (strategy === 'blue-green' && file.steps !== undefined)
    problems.push(`${at}.steps: expected none for blue-green; set strategy: canary`);
  if (strategy === 'recreate') problems.push(...besideNothing(file).map((problem) => `${at}.${problem}`));
  if (steps.some((step, i) => step.traffic <= (steps[i - 1]?.traffic ?? 0)))
    problems.push(`${at}.steps: expected traffic that rises from step to step`);
  const deadlineMs = toMs(file.deadline ?? '3h');
  const bakeMs = steps.reduce((sum, step) => sum + step.bakeMs, 0);
  if (bakeMs >= deadlineMs)
    problems.push(`${at}.deadline: expected more than the ${bakeMs / 60_000} minutes that its steps bake`);
  const gates = parseGates(file.gates ?? {});
  const { comparison } = gates;
  if (gates.features !== null && !hasFeatures)
    problems.push(`${at}.gates.features: expected services.${service}.features, whose store it asks`);
  if (comparison !== null && strategy === 'blue-green')
    problems.push(`${at}.gates.comparison: expected a canary, in which the live model still answers`);
  else if (
    comparison !== null &&
    strategy === 'canary' &&
    Object.values(comparison).filter((limit) => limit !== null).length === 1
  )
    problems.push(`${at}.gates.comparison: expected at least one limit, such as outsideTolerance: 0.05`);
  return {
    strategy,
    steps,
    standbyMs: toMs(file.standby),
    standbyReplicas: file.standbyReplicas ?? null,
    deadlineMs,
    takeOver: file.takeOver ?? false,
    gates,
  };
}

/** What needs two models at once, in a rollout that has one at a time. */
function besideNothing({ steps, standby, standbyReplicas, gates }: RolloutFile): string[] {
  const why = 'for strategy: recreate, which undeploys the live model before the candidate is deployed';
  return [
    ...(steps === undefined ? [] : [`steps: expected none ${why}`]),
    ...(toMs(standby) === 0 ? [] : [`standby: expected none ${why}`]),
    ...(standbyReplicas === undefined ? [] : [`standbyReplicas: expected none ${why}`]),
    ...(gates?.comparison === undefined ? [] : [`gates.comparison: expected none ${why}`]),
  ];
}

function parseGates(file: NonNullable<RolloutFile['gates']>): Gates {
  const { golden, features, comparison, metrics } = file;
  return {
    contract: file.contract !== 'off',
    golden: golden ? { tolerance: golden.tolerance ?? 1e-4, maxRows: golden.maxRows ?? 32 } : null,
    features: features
      ? {
          missing: features.missing ?? 0.05,
          stale: features.stale ?? 0.05,
          skew: features.skew ?? 0.3,
          maxRows: features.maxRows ?? 200,
        }
      : null,
    comparison: comparison
      ? {
          maxDifference: comparison.maxDifference ?? null,
          meanDifference: comparison.meanDifference ?? null,
          rankAgreement: comparison.rankAgreement ?? null,
          tolerance: comparison.tolerance ?? 1e-3,
          outsideTolerance: comparison.outsideTolerance ?? null,
        }
      : null,
    metrics: metrics
      ? {
          errorRate: metrics.errorRate ?? 0.01,
          p95Ratio: metrics.p95Ratio ?? 1.5,
          minSample: metrics.minSample ?? 50,
        }
      : null,
    patienceMs: toMs(file.patience ?? '10m'),
    whenUnsure: file.whenUnsure ?? 'fail',
  };
}
