/** The one service of the simulation, as slipway.yaml would describe it. */
import type { Scale } from '../../functions/config/deployment.ts';
import type { Rollout } from '../../functions/config/rollout.ts';
import { parseConfig, type Config } from '../../functions/config/config.ts';
import { parseHours, type Hours } from '../../functions/config/hours.ts';
import { endpointId } from '../../functions/release/ids.ts';
import type { ScaleChange, Scenario } from './scenario.ts';

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

/** One replica, and all else as Vertex AI has it. */
export const SCALE: Scale = {
  minReplicas: 1,
  maxReplicas: 1,
  requiredReplicas: null,
  autoscaling: { cpu: null, accelerator: null, requestsPerMinute: null },
  containerLogging: true,
};

/** A model that somebody else deployed. */
export const FOREIGN = {
  id: '42',
  model: 'projects/1/locations/us-central1/models/by-hand',
  version: '1',
  displayName: 'by hand',
  scale: SCALE,
} as const;

const configs = new WeakMap<Scenario, Map<string, Config>>();

/** `other`: that of another build, with another budget. `since`: what slipway.yaml says then, in ms since the beginning. */
export function configFor(scenario: Scenario, other: boolean, since: number): Config {
  const scale = scenario.scales?.findLast(({ at }) => at <= since);
  const name = `${other} ${scale?.at}`;
  const known = configs.get(scenario) ?? new Map<string, Config>();
  configs.set(scenario, known);
  const made = known.get(name) ?? make(scenario, other, scale);
  known.set(name, made);
  return made;
}

function rolloutOf({ deadlineMs, rollout, recreate }: Scenario): Partial<Rollout> {
  if (rollout === undefined) return { deadlineMs };
  const { gates, steps, standbyMs, whenUnsure } = rollout;
  const isCanary = steps.length > 1;
  return {
    strategy: isCanary ? 'canary' : recreate === true ? 'recreate' : 'blue-green',
    deadlineMs,
    steps,
    standbyMs,
    takeOver: rollout.takeOver === true,
    gates: {
      contract: gates.includes('contract'),
      golden: gates.includes('golden') ? { tolerance: 1e-4, maxRows: 32 } : null,
      features: null,
      comparison: gates.includes('comparison') && isCanary ? COMPARISON : null,
      metrics: gates.includes('metrics') ? { errorRate: 0.01, p95Ratio: 1.5, minSample: 20 } : null,
      patienceMs: 600_000,
      whenUnsure,
    },
  };
}

const COMPARISON = {
  maxDifference: 0.5,
  meanDifference: null,
  rankAgreement: null,
  tolerance: 1e-3,
  outsideTolerance: null,
};

function hoursOf({ openings }: Scenario): Hours | null {
  const time = (minute: number) => {
    const [hours, minutes] = [Math.floor(minute / 60), minute % 60];
    return `${String(hours).padStart(2, '0')}:${String(minutes).padStart(2, '0')}`;
  };
  const file = openings?.map(({ from, to }) => ({ from: time(from), to: time(to), timeZone: 'UTC' }));
  return file === undefined ? null : parseHours(file, 'hours', []);
}

function make(scenario: Scenario, other: boolean, scale: ScaleChange | undefined): Config {
  const { minReplicas, maxReplicas } = scale ?? SCALE;
  const standbyReplicas = scenario.standbyReplicas ?? null;
  const services = new Map(
    [...BASE.services].map(([name, service]) => [
      name,
      {
        ...service,
        keepVersions: scenario.keepVersions,
        parking: { hours: hoursOf(scenario), artifactsWait: scenario.artifactsWait === true },
        serving: { ...service.serving, minReplicas, maxReplicas },
        rollout: { ...service.rollout, ...rolloutOf(scenario), standbyReplicas },
      },
    ]),
  );
  return { ...BASE, services, tickBudgetMs: other ? 120_000 : BASE.tickBudgetMs };
}
