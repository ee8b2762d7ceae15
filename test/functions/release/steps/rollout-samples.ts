/** Services with a rollout policy, and a canary half-way, for tests to vary. */
import { parseConfig, type Service } from '../../../../functions/config/config.ts';
import type { RolloutFile } from '../../../../functions/config/schema.ts';
import type { Ledger, Release } from '../../../../functions/release/ledger/ledger.ts';
import type { Verdict } from '../../../../functions/release/publish/outcome.ts';
import type { Action } from '../../../../functions/release/decisions.ts';
import { plan } from '../../../../functions/release/plan.ts';
import type { DeployedModel, Endpoint } from '../../../../functions/world.ts';
import { YAML } from '../../../support/test-app.ts';
import { deployedOf, endpointWith, liveOf, NOW, releasing } from '../../../support/samples.ts';

export const MINUTE = 60_000;

/** 10 % for five minutes, half for ten, then everything for twenty. */
export const CANARY: RolloutFile = {
  strategy: 'canary',
  steps: [
    { traffic: 10, bake: '5m' },
    { traffic: 50, bake: '10m' },
  ],
  bake: '20m',
  standby: '1h',
};

export const ALL_GATES: NonNullable<RolloutFile['gates']> = {
  golden: {},
  comparison: { outsideTolerance: 0.05 },
  metrics: {},
  patience: '10m',
};

/** The sample configuration with this policy for the service churn. */
export function yamlWith(rollout: RolloutFile): string {
  return YAML.replace('endpoint: churn\n', `endpoint: churn\n    rollout: ${JSON.stringify(rollout)}\n`);
}

export function serviceWith(rollout: RolloutFile): Service {
  const service = parseConfig(yamlWith(rollout)).services.get('churn');
  if (service === undefined) throw new Error('the sample has no service churn');
  return service;
}

export const before = deployedOf(0);
export const candidate = deployedOf(1);

/** Artifact 0 is live, artifact 1 deployed beside it and in that step since NOW. */
export function baking(
  step: number,
  more: Partial<Release> = {},
  change: Partial<Ledger> = {},
): Ledger & { release: Release } {
  const ledger = releasing(
    { live: liveOf(0), ...change },
    { deployed: true, served: true, step, stepSince: NOW, ...more },
  );
  if (ledger.release === null) throw new Error('the sample has no release');
  return { ...ledger, release: ledger.release };
}

/** Both are deployed, and the candidate has that share. */
export function split(percent: number, ...others: readonly DeployedModel[]): Endpoint {
  const traffic = { [candidate.id]: percent, [before.id]: 100 - percent };
  return endpointWith([before, candidate, ...others], traffic);
}

export function verdictOf(
  gate: Verdict['gate'],
  verdict: Verdict['verdict'],
  step = 0,
  reason = `${gate} says ${verdict}`,
): Verdict {
  return { gate, step, verdict, reason, at: NOW };
}

/** What is decided on an endpoint that looks like this, so long after the beginning. */
export function decide(service: Service, ledger: Ledger, endpoint: Endpoint, minutes: number): Action {
  return plan(service, ledger, { endpoints: [endpoint] }, NOW + minutes * MINUTE);
}

/** The split of a shift. */
export function shares(action: Action): Record<string, number> {
  if (action.do !== 'shift') throw new Error(`expected a shift, got ${JSON.stringify(action)}`);
  return Object.fromEntries(action.traffic);
}
