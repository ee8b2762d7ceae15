/**
 * The schema of slipway.yaml. Its types, defaults and messages derive from here; Terraform reads the same file.
 */
import { Type } from 'typebox';

const strict = { additionalProperties: false } as const;

const SERVICE_NAME = '^[a-z][a-z0-9-]{0,39}$';
// https://cloud.google.com/storage/docs/buckets#naming
const BUCKET = '^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$';
/**
 * https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones may belong to a domain, as
 * `example.com:my-project`.
 */
export const PROJECT = '^(?:[a-z0-9][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$';
const TOPIC = '^(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}$';
const ROUTE = '^/[A-Za-z0-9._~/:-]*$';
const DURATION = '^[1-9][0-9]{0,5}(s|m|h)$';

export const ServingSchema = Type.Object(
  {
    machineType: Type.Optional(Type.String({ pattern: '^[a-z0-9]+-[a-z0-9-]+$' })),
    minReplicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    maxReplicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    accelerator: Type.Optional(
      Type.Object(
        {
          type: Type.String({ pattern: '^[A-Z][A-Z0-9_]+$' }),
          count: Type.Integer({ minimum: 1, maximum: 16 }),
        },
        strict,
      ),
    ),
    serviceAccount: Type.Optional(
      Type.String({ pattern: '^[a-z0-9-]+@[a-z0-9.-]+\\.gserviceaccount\\.com$' }),
    ),
    predictRoute: Type.Optional(Type.String({ pattern: ROUTE })),
    healthRoute: Type.Optional(Type.String({ pattern: ROUTE })),
    // AIP_* is Vertex's own (google.cloud.aiplatform.v1.ModelContainerSpec.env).
    env: Type.Optional(
      Type.Record(Type.String({ pattern: '^(?!AIP_)[A-Za-z_][A-Za-z0-9_]*$' }), Type.String(), strict),
    ),
  },
  strict,
);

const Duration = Type.String({ pattern: DURATION });
const Share = Type.Number({ minimum: 0, maximum: 1 });
const Difference = Type.Number({ minimum: 0 });

export const GatesSchema = Type.Object(
  {
    contract: Type.Optional(Type.Enum(['enforce', 'off'] as const)),
    golden: Type.Optional(
      Type.Object(
        {
          tolerance: Type.Optional(Difference),
          maxRows: Type.Optional(Type.Integer({ minimum: 1, maximum: 200 })),
        },
        strict,
      ),
    ),
    comparison: Type.Optional(
      Type.Object(
        {
          maxDifference: Type.Optional(Difference),
          meanDifference: Type.Optional(Difference),
          rankAgreement: Type.Optional(Share),
          tolerance: Type.Optional(Difference),
          outsideTolerance: Type.Optional(Share),
        },
        strict,
      ),
    ),
    metrics: Type.Optional(
      Type.Object(
        {
          errorRate: Type.Optional(Share),
          p95Ratio: Type.Optional(Type.Number({ minimum: 1 })),
          minSample: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
        },
        strict,
      ),
    ),
    patience: Type.Optional(Duration),
    whenUnsure: Type.Optional(Type.Enum(['fail', 'pass'] as const)),
  },
  strict,
);

export const RolloutSchema = Type.Object(
  {
    strategy: Type.Optional(Type.Enum(['blue-green', 'canary'] as const)),
    steps: Type.Optional(
      Type.Array(
        Type.Object(
          { traffic: Type.Integer({ minimum: 1, maximum: 99 }), bake: Type.Optional(Duration) },
          strict,
        ),
        { minItems: 1, maxItems: 20 },
      ),
    ),
    bake: Type.Optional(Duration),
    standby: Type.Optional(Duration),
    deadline: Type.Optional(Duration),
    takeOver: Type.Optional(Type.Boolean()),
    gates: Type.Optional(GatesSchema),
  },
  strict,
);

export const ServiceSchema = Type.Object(
  {
    artifacts: Type.String({ pattern: '^gs://[^/]+/.+' }),
    image: Type.String({ pattern: '^(?!.*//)[a-z0-9][a-z0-9._/:@-]{0,511}$' }),
    endpoint: Type.String({ minLength: 1, maxLength: 128 }),
    serving: Type.Optional(ServingSchema),
    rollout: Type.Optional(RolloutSchema),
    keepVersions: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  strict,
);

export const ConfigSchema = Type.Object(
  {
    project: Type.String({ pattern: PROJECT }),
    region: Type.String({ pattern: '^[a-z]+-[a-z]+[0-9]+$' }),
    state: Type.String({ pattern: BUCKET }),
    topics: Type.Optional(
      Type.Object(
        {
          requests: Type.Optional(Type.String({ pattern: TOPIC })),
          ticks: Type.Optional(Type.String({ pattern: TOPIC })),
          events: Type.Optional(Type.String({ pattern: TOPIC })),
          artifacts: Type.Optional(Type.String({ pattern: TOPIC })),
        },
        strict,
      ),
    ),
    services: Type.Record(Type.String({ pattern: SERVICE_NAME }), ServiceSchema, {
      ...strict,
      minProperties: 1,
    }),
    local: Type.Optional(
      Type.Object(
        {
          images: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String(), { minItems: 1 }))),
        },
        strict,
      ),
    ),
  },
  strict,
);

export type ServiceFile = Type.Static<typeof ServiceSchema>;
export type RolloutFile = Type.Static<typeof RolloutSchema>;
