/**
 * The schema of slipway.yaml. Its types, messages, slipway.schema.json and docs/configuration.md derive from here;
 * Terraform reads the same file.
 */
import { Type } from 'typebox';
import { documented, strict, text } from './fields.ts';
import { BatchSchema } from './schema-batch.ts';
import { EndpointSchema } from './schema-endpoint.ts';
import { FeaturesSchema } from './schema-features.ts';
import { InterfaceSchema } from './schema-interface.ts';
import { RolloutSchema } from './schema-rollout.ts';
import { ServingSchema } from './schema-serving.ts';
import { BUCKET, PROJECT } from './pattern.ts';

const SERVICE_NAME = '^[a-z][a-z0-9-]{0,39}$';
const ARTIFACTS = { pattern: '^gs://[^/]+/.+', expected: 'gs://BUCKET/PREFIX/*/MARKER' };
const REGION = '^[a-z]+-[a-z]+[0-9]+$';
const TOPIC = '^(?!goog)[A-Za-z][A-Za-z0-9._~%+-]{2,254}$';
/**
 * HOST[:PORT]/PATH[:TAG][@DIGEST], as https://github.com/distribution/reference has it: hosts and tags may have capitals,
 * paths may not. Whether a digest is whole, only the registry can say.
 */
const IMAGE =
  '^(?=.{1,512}$)(?:(?=[^/]*[.:]|localhost)[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?(?::[0-9]{1,5})?/)?' +
  '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*)*' +
  '(?::[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(?:@sha256:[0-9a-f]{1,64})?$';

function topic(name: string, description: string) {
  return Type.Optional(
    text(TOPIC, 'the name of a topic, without projects/…/topics/', {
      description,
      default: `slipway-${name}`,
      examples: [`models-${name}`],
    }),
  );
}

/** model.proto, Model.labels; as in marks.ts. */
const LabelsSchema = Type.Record(
  Type.String({ pattern: '^(?!goog|slipway-)[a-z][a-z0-9_-]{0,62}$' }),
  text('^[a-z0-9_-]{0,63}$', 'text of lower-case letters, digits, "_" and "-", up to 63', {
    description: 'The value of the label.',
    examples: ['search'],
  }),
  {
    ...strict,
    maxProperties: 24,
    names:
      'a label of lower-case letters, digits, "_" and "-", up to 63, a letter first, and none of Slipway\'s or Google\'s own',
    description:
      'Labels of the models and of the endpoint of this service, for the bill by team or cost centre. Deployed models have no labels on Vertex AI: they are billed with their endpoint. Beside `SLIPWAY_LABELS`, and before it where both have a name.',
    absent: 'none',
    examples: [{ team: 'search' }],
  },
);

export const ServiceSchema = Type.Object(
  {
    artifacts: Type.Union(
      [
        Type.String(ARTIFACTS),
        Type.Array(Type.String(ARTIFACTS), { minItems: 1, maxItems: 10, expected: 'a list of 1 to 10' }),
      ],
      {
        expected: `${ARTIFACTS.expected}, or a list of 1 to 10 of them`,
        description:
          'Where trained models land. Each `*` stands for one whole folder name; the last segment is the marker, the object that completes an artifact. A list where several teams or projects train one model, each into a bucket of its own: the newest artifact of all counts. Services share no artifacts, and none are in the `state` bucket.',
        examples: [
          'gs://my-project-models/churn/*/model.onnx',
          ['gs://my-project-models/churn/*/model.onnx', 'gs://research-models/churn/*/*/model.onnx'],
        ],
      },
    ),
    marker: Type.Optional(
      Type.Enum(['signal', 'content'] as const, {
        expected: 'signal or content',
        description:
          'What the marker is, where its name does not tell. `signal`: it says that the folder is whole, may be empty, and is no part of it, as `_SUCCESS` does. `content`: a file of the model, which is still being written while it is empty.',
        absent: 'told by its name ([artifacts.md](artifacts.md#the-marker))',
        examples: ['signal'],
      }),
    ),
    image: text(IMAGE, 'an image, HOST/PATH in lower case with a :TAG or @sha256:DIGEST after it if any', {
      description:
        'The container image that serves the model. Terraform pins it by digest; `SLIPWAY_IMAGES` carries the pinned references.',
      examples: ['us-central1-docker.pkg.dev/my-project/slipway/predictor'],
    }),
    registry: Type.Optional(
      Type.Array(
        text(`${PROJECT}|^[1-9][0-9]{0,18}$`, 'the ID or the number of a project', {
          description: 'A project, as the names of its models have it.',
          examples: ['ml-research'],
        }),
        {
          maxItems: 20,
          uniqueItems: true,
          description:
            'Further projects whose models this service may release without an upload: `slipway release SERVICE --model projects/PROJECT/locations/REGION/models/ID@VERSION`. They are in the region of the service; only models of the own `project` are copied from another one. Those who may write models there decide what such a release serves.',
          absent: 'models of the own `project` alone',
          examples: [['ml-research']],
        },
      ),
    ),
    endpoint: EndpointSchema,
    region: Type.Optional(
      text(REGION, 'a region such as us-central1', {
        description:
          'The region of this service: its endpoint, its models and its batch jobs, near its callers or where there are machines for it. Functions and ledgers stay where they are. The image is in the region too, and the buckets of artifacts and batches are in the region or in a multi-region that has it. A service that has an endpoint does not move: to serve somewhere else too, add a service there.',
        absent: '`region` at the top',
        examples: ['europe-west4'],
      }),
    ),
    labels: Type.Optional(LabelsSchema),
    interface: Type.Optional(InterfaceSchema),
    features: Type.Optional(FeaturesSchema),
    serving: Type.Optional(ServingSchema),
    rollout: Type.Optional(RolloutSchema),
    batch: Type.Optional(BatchSchema),
    keepVersions: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description:
          'How many versions of the model Slipway keeps on Vertex AI, the newest first. The live, the candidate and the standby version are never deleted, nor one that a batch answers with.',
        default: 5,
        unit: 'versions',
        examples: [10],
      }),
    ),
  },
  strict,
);

const TopicsSchema = Type.Object(
  {
    requests: topic('requests', 'Where people and pipelines ask for releases.'),
    ticks: topic('ticks', 'Where Slipway wakes itself, and Cloud Scheduler starts a sweep.'),
    events: topic('events', 'Where Slipway publishes how each release ends.'),
    artifacts: topic('artifacts', 'Where the buckets announce finished objects.'),
  },
  { ...strict, ...documented('The Pub/Sub topics, by name.', 'every default below') },
);

const LocalSchema = Type.Object(
  {
    images: Type.Optional(
      Type.Record(Type.String(), Type.Array(Type.String(), { minItems: 1 }), {
        description:
          'The command that stands in for each image. It runs in the folder of slipway.yaml, with the environment that Vertex AI would give the container.',
        absent: 'none: a deployment of the image fails on the local stack',
        examples: [
          { 'us-central1-docker.pkg.dev/my-project/slipway/predictor': ['node', 'predictor/main.ts'] },
        ],
      }),
    ),
  },
  { ...strict, ...documented('What only the local stack reads.', 'nothing is served locally') },
);

export const ConfigSchema = Type.Object(
  {
    project: text(PROJECT, 'the id of a project, such as my-project or example.com:my-project', {
      description: 'The ID of the Google Cloud project that everything runs in.',
      examples: ['my-project'],
    }),
    region: text(REGION, 'a region such as us-central1', {
      description: 'The region of the endpoints, the models and the functions. A service may have its own.',
      examples: ['us-central1'],
    }),
    state: text(BUCKET, 'the name of a bucket, without gs://', {
      description: 'The bucket of the ledgers. Artifacts never land in it.',
      examples: ['my-project-slipway-state'],
    }),
    topics: Type.Optional(TopicsSchema),
    services: Type.Record(Type.String({ pattern: SERVICE_NAME }), ServiceSchema, {
      ...strict,
      minProperties: 1,
      ...documented(
        'The prediction APIs, by name: a lower-case letter, then up to 39 lower-case letters, digits and hyphens.',
      ),
    }),
    local: Type.Optional(LocalSchema),
  },
  strict,
);

export type ServiceFile = Type.Static<typeof ServiceSchema>;
export type RolloutFile = NonNullable<ServiceFile['rollout']>;
