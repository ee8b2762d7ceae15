/**
 * The messages that people, pipelines and Slipway itself send: what the topics of requests and ticks take. The types
 * of the functions and docs/messages.md derive from these schemas.
 */
import { Type } from 'typebox';
import { MODEL_VERSION } from '../../common/artifact/model-name.ts';
import { REQUESTED_BY_MAX } from '../release/publish/outcome.ts';

const strict = { additionalProperties: false } as const;

const schema = Type.Optional(Type.Literal(1, { description: 'The version of the message.', absent: '`1`' }));

/** Two messages with the same requestId are one request, however often they are published. */
const requestId = Type.Optional(
  Type.String({
    pattern: '^[A-Za-z0-9_-]{1,40}$',
    expected: '1 to 40 letters, digits, `-` or `_`',
    description:
      'The idempotency key: messages with the same ID are one request, however often they are published.',
    absent: 'the ID of the Pub/Sub message',
  }),
);

/** Its form and no more is checked: a message proves nothing of who has written it. */
const REQUESTED_BY = {
  pattern: "^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9.-]{1,189}$",
  maxLength: REQUESTED_BY_MAX,
} as const;

/** Whether the functions take it as `requestedBy`. */
export function isEmail(text: string): boolean {
  return text.length <= REQUESTED_BY.maxLength && new RegExp(REQUESTED_BY.pattern).test(text);
}

const requestedBy = Type.Optional(
  Type.String({
    ...REQUESTED_BY,
    expected: `an e-mail address of up to ${REQUESTED_BY_MAX} ASCII characters`,
    description:
      'The e-mail address of the person who asks. It is a claim: everyone who may publish can state any address.',
    absent: 'the ledger does not say who asked',
  }),
);

const service = Type.String({
  minLength: 1,
  maxLength: 40,
  description: 'A service of slipway.yaml.',
});

export const ReleaseMessageSchema = Type.Object(
  {
    schema,
    service,
    artifact: Type.Optional(
      Type.String({
        minLength: 1,
        maxLength: 1200,
        pattern: '^gs://',
        expected: 'a `gs://` URI of up to 1200 characters',
        description: 'The folder of the artifact, or its marker. It may be older than the live one.',
        absent: 'the newest artifact of the service',
      }),
    ),
    model: Type.Optional(
      Type.String({
        maxLength: 300,
        pattern: MODEL_VERSION,
        expected: '`projects/PROJECT/locations/REGION/models/ID@VERSION`, with the number of a version',
        description:
          'A model that is in the Vertex AI registry already, of the project of slipway.yaml or one of `registry`. Nothing is uploaded; a version of another region is copied into that of the service, which Vertex AI does within one project. Not beside `artifact`.',
        absent: 'an artifact is released',
      }),
    ),
    requestId,
    overrideContract: Type.Optional(
      Type.Boolean({
        description: 'Releases also a model that breaks the contract with the callers of the live one.',
        absent: '`false`',
      }),
    ),
    requestedBy,
  },
  strict,
);

export const PipelineMessageSchema = Type.Object(
  {
    schema,
    pipelineJob: Type.String({
      maxLength: 300,
      pattern: '^projects/[a-z0-9][a-z0-9:.-]*/locations/[a-z0-9-]+/pipelineJobs/[a-z0-9-]+$',
      expected: '`projects/PROJECT/locations/REGION/pipelineJobs/JOB`',
      description:
        'A Vertex AI pipeline job of the same project, in the region of slipway.yaml or of one of its services. Its output model is released.',
    }),
  },
  strict,
);

/** What each action does, for people. */
export const ACTIONS = {
  rollback:
    'Aborts the current release. Without one, rolls back to the model that was live before: seconds during standby, minutes afterwards.',
  abort: 'Aborts the current release; the live model gets all the traffic again.',
  promote: 'Gives the current release all the traffic now, without more steps, bakes and gates.',
  hold: 'Leaves the service as it is: requests wait and nothing is repaired, until `resume`.',
  resume: 'Ends a hold: what waited is released, and what has drifted is repaired.',
  park: 'Undeploys all models of the service, so that it costs nothing, once nothing is being released. Endpoint, order and versions stay; a release that is asked for later wakes it.',
  wake: 'Deploys the live model of a parked service again.',
  rebuild:
    'Replaces a ledger that cannot be read by one that is rebuilt from Vertex AI. The history and the waiting requests are lost.',
} as const;

export const ActionMessageSchema = Type.Object(
  {
    schema,
    service,
    action: Type.Enum(
      ['rollback', 'abort', 'promote', 'hold', 'resume', 'park', 'wake', 'rebuild'] as const,
      {
        description: 'Which of the actions above.',
      },
    ),
    reason: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Why, for people: `slipway status` and the outcome of the release quote it.',
        absent: 'no reason',
      }),
    ),
    requestId,
    requestedBy,
  },
  strict,
);

export const BatchMessageSchema = Type.Object(
  {
    schema,
    service,
    action: Type.Literal('batch', { description: '`batch`.' }),
    input: Type.String({
      minLength: 1,
      maxLength: 2_000,
      pattern: '^(?:gs|bq)://',
      expected: 'a `gs://` or `bq://` URI of up to 2000 characters',
      description:
        'What is answered: an object that `batch.inputs` matches, the input of `batch.schedule`, or a table `bq://PROJECT.DATASET.TABLE`.',
    }),
    requestId,
  },
  strict,
);

export const CancelBatchMessageSchema = Type.Object(
  {
    schema,
    service,
    action: Type.Literal('cancelBatch', { description: '`cancelBatch`.' }),
    batch: Type.Optional(
      Type.String({
        pattern: '^b-[0-9a-f]{12}$',
        expected: 'the ID of a batch, such as b-0123456789ab',
        description: 'The batch that is cancelled, with its job.',
        absent: 'every batch of the service that was accepted before the message and has not ended',
      }),
    ),
    reason: Type.Optional(
      Type.String({
        maxLength: 200,
        description: 'Why, for people: the outcome of the batch quotes it.',
        absent: 'no reason',
      }),
    ),
  },
  strict,
);

export const TickMessageSchema = Type.Object(
  {
    service: Type.String({ maxLength: 40, description: 'A service of slipway.yaml.' }),
    rebuild: Type.Optional(
      Type.Literal(true, { description: 'Rebuilds its ledger first.', absent: 'nothing is rebuilt' }),
    ),
    batch: Type.Optional(
      Type.Literal(true, {
        description: 'Works on the batches of the service.',
        absent: 'works on its releases',
      }),
    ),
    sweep: Type.Optional(
      Type.Literal(true, {
        description: 'Published by a sweep: another one comes, so this one need not be repeated.',
        absent: 'published for a release',
      }),
    ),
  },
  strict,
);

export const SweepMessageSchema = Type.Object(
  { sweep: Type.Literal(true, { description: 'Publishes a tick of every service.' }) },
  strict,
);
