/** The schema of `rollout` in slipway.yaml: the steps of the traffic, and the gates that a candidate has to pass. */
import { Type } from 'typebox';
import { documented, duration, strict } from './fields.ts';
import { STANDBY_FIELDS } from './schema-standby.ts';

const share = { minimum: 0, maximum: 1, unit: 'share, 1 is 100 %' } as const;

const GoldenSchema = Type.Object(
  {
    tolerance: Type.Optional(
      Type.Number({
        minimum: 0,
        description:
          'How far a number of an answer may be from the expected one: this times the larger of the two, and of 1.',
        default: 1e-4,
        examples: [0.001],
      }),
    ),
    maxRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 200,
        description: 'How many rows of `golden.jsonl` are sent, from the first.',
        default: 32,
        unit: 'rows',
        examples: [100],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'Sends the rows of `golden.jsonl` to the endpoint and compares the answers of the candidate with those expected there. `golden: {}` takes the defaults.',
      'the gate is off',
    ),
  },
);

const FeaturesGateSchema = Type.Object(
  {
    missing: Type.Optional(
      Type.Number({
        ...share,
        description:
          'How much larger the share of missing values of a feature may be than in training (`nullShare`, or 0).',
        default: 0.05,
        examples: [0.01],
      }),
    ),
    stale: Type.Optional(
      Type.Number({
        ...share,
        description: 'The largest share of the values of a feature that may be older than its `maxAge`.',
        default: 0.05,
        examples: [0],
      }),
    ),
    skew: Type.Optional(
      Type.Number({
        ...share,
        description:
          'The largest distance of the values of a feature from training: Jensen–Shannon divergence of numbers, L∞ of texts, as in Vertex AI Model Monitoring. Only features with `training` are compared, from 30 values on.',
        default: 0.3,
        examples: [0.2],
      }),
    ),
    maxRows: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 500,
        description: 'How many rows of `golden.jsonl` give their keys, from the first.',
        default: 200,
        unit: 'rows',
        examples: [500],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'Has the model server of the candidate look up the features of the golden rows, and compares what it finds with training. Needs `features` of the service. `features: {}` takes the defaults.',
      'the gate is off',
    ),
  },
);

const ComparisonSchema = Type.Object(
  {
    maxDifference: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'The largest difference between two numbers at the same place.',
        absent: 'no limit',
        examples: [0.2],
      }),
    ),
    meanDifference: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'The mean difference between the numbers at the same places.',
        absent: 'no limit',
        examples: [0.05],
      }),
    ),
    rankAgreement: Type.Optional(
      Type.Number({
        ...share,
        description: 'The smallest share of the pairs of rows that both models put in the same order.',
        absent: 'no limit',
        examples: [0.9],
      }),
    ),
    tolerance: Type.Optional(
      Type.Number({
        minimum: 0,
        description: 'The difference from which on a number counts for `outsideTolerance`.',
        default: 1e-3,
        examples: [0.05],
      }),
    ),
    outsideTolerance: Type.Optional(
      Type.Number({
        ...share,
        description: 'The largest share of the numbers that may differ by more than `tolerance`.',
        absent: 'no limit',
        examples: [0.05],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'In a canary, compares the answers of the candidate with those of the live model to the same golden rows. At least one limit is required.',
      'the gate is off',
    ),
  },
);

const MetricsSchema = Type.Object(
  {
    errorRate: Type.Optional(
      Type.Number({
        ...share,
        description:
          "How much larger the candidate's share of failed requests (5xx) may be than the live model's.",
        default: 0.01,
        examples: [0.005],
      }),
    ),
    p95Ratio: Type.Optional(
      Type.Number({
        minimum: 1,
        description: "How many times the live model's 95th percentile of latency the candidate's may be.",
        default: 1.5,
        unit: 'times',
        examples: [2],
      }),
    ),
    minSample: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'How many requests each of the two models has to have served before the gate decides.',
        default: 50,
        unit: 'requests',
        examples: [500],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'After each bake, compares errors and latency of the candidate with those of the live model in Cloud Monitoring. `metrics: {}` takes the defaults.',
      'the gate is off',
    ),
  },
);

const GatesSchema = Type.Object(
  {
    contract: Type.Optional(
      Type.Enum(['enforce', 'off'] as const, {
        description:
          'Whether a model is refused whose inputs or outputs break the callers of the live one. A request with `overrideContract` passes.',
        default: 'enforce',
        examples: ['off'],
      }),
    ),
    golden: Type.Optional(GoldenSchema),
    features: Type.Optional(FeaturesGateSchema),
    comparison: Type.Optional(ComparisonSchema),
    metrics: Type.Optional(MetricsSchema),
    patience: Type.Optional(
      duration({
        description: 'How long after the bake a gate may keep collecting evidence.',
        default: '10m',
        examples: ['30m'],
      }),
    ),
    whenUnsure: Type.Optional(
      Type.Enum(['fail', 'pass'] as const, {
        description: 'The verdict if there is still too little evidence when `patience` is over.',
        default: 'fail',
        examples: ['pass'],
      }),
    ),
  },
  {
    ...strict,
    ...documented('What a candidate has to prove on its way.', 'the contract gate alone'),
  },
);

const StepSchema = Type.Object(
  {
    traffic: Type.Integer({
      minimum: 1,
      maximum: 99,
      description:
        'The share of the traffic that the candidate gets in this step. It rises from step to step.',
      unit: 'percent',
      examples: [5],
    }),
    bake: Type.Optional(
      duration({
        description: 'How long the candidate keeps this share at least, before the gates decide.',
        absent: 'no bake',
        examples: ['5m'],
      }),
    ),
  },
  strict,
);

export const RolloutSchema = Type.Object(
  {
    strategy: Type.Optional(
      Type.Enum(['blue-green', 'canary', 'recreate'] as const, {
        description:
          '`blue-green` deploys a candidate with no traffic and then gives it all at once; `canary` raises its share in `steps`; `recreate` undeploys the live model before it deploys the candidate: for a quota of one accelerator, or an endpoint that takes one model. Nothing serves in between, usually for ten minutes and more; `slipway plan` has the figure. Refused with `steps`, `standby` and `gates.comparison`, which need two models at once.',
        default: 'blue-green',
        examples: ['canary'],
      }),
    ),
    steps: Type.Optional(
      Type.Array(StepSchema, {
        minItems: 1,
        maxItems: 20,
        description: 'The steps of a canary before 100 %. Required for `canary`, refused for the others.',
        absent: 'none',
        examples: [[{ traffic: 5, bake: '5m' }]],
      }),
    ),
    bake: Type.Optional(
      duration({
        description: 'How long the candidate serves 100 % before the release is Live.',
        absent: 'no bake',
        examples: ['5m'],
      }),
    ),
    ...STANDBY_FIELDS,
    deadline: Type.Optional(
      duration({
        description:
          'How long a release may take from its start to Live. Longer than all bakes together; a release past its deadline ends, and its traffic returns to the live model.',
        default: '3h',
        examples: ['6h'],
      }),
    ),
    takeOver: Type.Optional(
      Type.Boolean({
        description:
          'Whether a release may take traffic from models on the endpoint that Slipway did not deploy.',
        default: false,
        examples: [true],
      }),
    ),
    gates: Type.Optional(GatesSchema),
  },
  {
    ...strict,
    ...documented(
      'How a candidate gets its traffic. [rollout.md](rollout.md) explains it with examples.',
      'all the traffic at once',
    ),
  },
);
