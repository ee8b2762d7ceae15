/**
 * The schema of slipway.yaml. Its types, defaults and messages derive from here; Terraform reads the same file.
 */
import { Type } from 'typebox';
import { BUCKET } from './release/pattern.ts';

const strict = { additionalProperties: false } as const;

/** Text of a form that no one reads from a pattern: `words` say what is expected. */
function text(pattern: string, words: string) {
  return Type.String({ pattern, description: words });
}

const SERVICE_NAME = '^[a-z][a-z0-9-]{0,39}$';
/**
 * https://cloud.google.com/resource-manager/docs/creating-managing-projects; older ones may belong to a domain, as
 * `example.com:my-project`.
 */
export const PROJECT = '^(?:[a-z0-9][a-z0-9.-]{1,60}:)?[a-z][a-z0-9-]{4,28}[a-z0-9]$';
const TOPIC = '^(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}$';
const ROUTE = '^/[A-Za-z0-9._~/:-]*$';
/**
 * HOST[:PORT]/PATH[:TAG][@DIGEST], as https://github.com/distribution/reference has it: hosts and tags may have capitals,
 * paths may not. Whether a digest is whole, only the registry can say.
 */
const IMAGE =
  '^(?=.{1,512}$)(?:(?=[^/]*[.:]|localhost)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?' +
  '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*' +
  '(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{1,64})?$';
const DURATION = '^[1-9][0-9]{0,5}(s|m|h)$';

export const ServingSchema = Type.Object(
  {
    machineType: Type.Optional(text('^[a-z0-9]+-[a-z0-9-]+$', 'a machine type such as n1-standard-2')),
    minReplicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    maxReplicas: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
    accelerator: Type.Optional(
      Type.Object(
        {
          // Checked against the list of accelerators.ts.
          type: Type.String({ description: 'an accelerator such as NVIDIA_TESLA_T4' }),
          count: Type.Integer({ minimum: 1, maximum: 16 }),
        },
        strict,
      ),
    ),
    serviceAccount: Type.Optional(
      // Also those of Compute Engine and App Engine, and of projects of a domain.
      text(
        '^[a-z0-9][a-z0-9.-]*@[a-z0-9.-]+\\.gserviceaccount\\.com$',
        'the address of a service account, NAME@PROJECT.iam.gserviceaccount.com',
      ),
    ),
    predictRoute: Type.Optional(text(ROUTE, 'a path such as /predict')),
    healthRoute: Type.Optional(text(ROUTE, 'a path such as /health')),
    // AIP_* is Vertex's own (google.cloud.aiplatform.v1.ModelContainerSpec.env).
    env: Type.Optional(
      Type.Record(
        Type.String({ pattern: '^(?!AIP_)[A-Za-z_][A-Za-z0-9_]*$' }),
        Type.String({ description: 'text; put numbers and true or false in quotes' }),
        {
          ...strict,
          names:
            'a name of letters, digits and "_" that does not begin with AIP_, which are Vertex AI\'s own',
        },
      ),
    ),
  },
  strict,
);

const Topic = text(TOPIC, 'the name of a topic, without projects/…/topics/');
const Duration = text(DURATION, 'a duration such as 30s, 5m or 3h');
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
    artifacts: text('^gs://[^/]+/.+', 'gs://BUCKET/PREFIX/*/MARKER'),
    image: text(IMAGE, 'an image, HOST/PATH in lower case with a :TAG or @sha256:DIGEST after it if any'),
    endpoint: Type.String({
      minLength: 1,
      maxLength: 128,
      description: 'a display name of 1 to 128 characters',
    }),
    serving: Type.Optional(ServingSchema),
    rollout: Type.Optional(RolloutSchema),
    keepVersions: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000 })),
  },
  strict,
);

export const ConfigSchema = Type.Object(
  {
    project: text(PROJECT, 'the id of a project, such as my-project or example.com:my-project'),
    region: text('^[a-z]+-[a-z]+[0-9]+$', 'a region such as us-central1'),
    state: text(BUCKET, 'the name of a bucket, without gs://'),
    topics: Type.Optional(
      Type.Object(
        {
          requests: Type.Optional(Topic),
          ticks: Type.Optional(Topic),
          events: Type.Optional(Topic),
          artifacts: Type.Optional(Topic),
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
