/** The services of a soak, with short budgets: what takes hours on Google Cloud takes seconds here. */
import { stringify } from 'yaml';
import { built } from '../support/built.ts';

export const PROJECT = 'soak-project';
export const BUCKET = 'soak-project-models';
export const STATE = 'soak-project-state';
const IMAGE = 'us-central1-docker.pkg.dev/soak-project/slipway/predictor';

export interface Budgets {
  /** How long the model before stays deployed, and a step of the canary bakes: durations of slipway.yaml. */
  readonly standby: string;
  readonly bake: string;
  /** Between two sweeps. A sweep ends a standby, and tries again what could not be undeployed. */
  readonly sweepSeconds: number;
}

export const BUDGETS: Budgets = { standby: '20s', bake: '3s', sweepSeconds: 60 };

type Kind = readonly [name: string, settings: (budgets: Budgets) => object];

const KINDS: readonly [Kind, ...Kind[]] = [
  [
    'canary',
    ({ standby, bake }) => ({
      // The gate is to find what is wrong with the golden rows, not the predictor before it is ready.
      serving: { env: { SLIPWAY_GOLDEN: 'off' } },
      rollout: {
        strategy: 'canary',
        steps: [
          { traffic: 20, bake },
          { traffic: 60, bake },
        ],
        standby,
        deadline: '4m',
        gates: {
          golden: {},
          comparison: { maxDifference: 2 },
          metrics: { minSample: 3, p95Ratio: 1000, errorRate: 0.5 },
          // Metrics are asked for again after a minute.
          patience: '100s',
        },
      },
    }),
  ],
  ['blue-green', ({ standby }) => ({ rollout: { strategy: 'blue-green', standby, deadline: '4m' } })],
  ['plain', () => ({ rollout: { deadline: '4m' } })],
];

/** The names of that many services, of the three kinds in turn: canary, blue-green, and without gates and standby. */
export function serviceNames(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${kindOf(i)[0]}-${Math.floor(i / KINDS.length) + 1}`);
}

export function isCanary(service: string): boolean {
  return service.startsWith('canary');
}

/** The text of slipway.yaml. */
export function configuration(names: readonly string[], budgets: Budgets): string {
  const services = names.map((name, i) => [
    name,
    {
      artifacts: `gs://${BUCKET}/${name}/*/model.onnx`,
      image: IMAGE,
      endpoint: name,
      keepVersions: 3,
      ...kindOf(i)[1](budgets),
    },
  ]);
  const config = {
    project: PROJECT,
    region: 'us-central1',
    state: STATE,
    services: Object.fromEntries(services),
    local: { images: { [IMAGE]: ['node', built().predictor] } },
  };
  return stringify(config, { aliasDuplicateObjects: false });
}

function kindOf(index: number): Kind {
  return KINDS[index % KINDS.length] ?? KINDS[0];
}
