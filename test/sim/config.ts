/** The one service of the simulation, as slipway.yaml would describe it. */
import { parseConfig, type Config } from '../../functions/config.ts';
import { endpointId } from '../../functions/release/ids.ts';
import type { Scenario } from './scenario.ts';

export const SERVICE = 'churn';
export const BUCKET = 'sim-models';
export const FOLDERS = 'churn/';

const BASE = parseConfig(`
project: sim-project
region: us-central1
state: sim-state
services:
  ${SERVICE}:
    artifacts: gs://${BUCKET}/${FOLDERS}*/model.onnx
    image: us-docker.pkg.dev/sim/predictor@sha256:0
    endpoint: churn
`);

export const ENDPOINT = {
  name: `projects/1/locations/us-central1/endpoints/${endpointId('churn')}`,
  displayName: 'churn',
} as const;

/** A model that somebody else deployed. */
export const FOREIGN = {
  id: '42',
  model: 'projects/1/locations/us-central1/models/by-hand',
  version: '1',
  displayName: 'by hand',
} as const;

const configs = new WeakMap<Scenario, Map<boolean, Config>>();

/** `other`: that of another build, with another budget. */
export function configFor(scenario: Scenario, other: boolean): Config {
  const known = configs.get(scenario) ?? new Map<boolean, Config>();
  configs.set(scenario, known);
  const made = known.get(other) ?? make(scenario, other);
  known.set(other, made);
  return made;
}

function make(scenario: Scenario, other: boolean): Config {
  const services = new Map(
    [...BASE.services].map(([name, service]) => [
      name,
      {
        ...service,
        keepVersions: scenario.keepVersions,
        rollout: { ...service.rollout, deadlineMs: scenario.deadlineMs },
      },
    ]),
  );
  return { ...BASE, services, tickBudgetMs: other ? 120_000 : BASE.tickBudgetMs };
}
