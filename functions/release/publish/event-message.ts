/**
 * The messages on the events topic, which others consume: names and meanings stay, fields may be added. Times are
 * milliseconds since the epoch. docs/messages.md derives from these schemas.
 */
import { Type, type TSchema } from 'typebox';
import { CauseSchema, OutcomeSchema } from './outcome.ts';

const strict = { additionalProperties: false } as const;
const { properties } = OutcomeSchema;

/** The same schema with words of its own. */
function described<T extends TSchema>(schema: T, words: { description: string; absent?: string }): T {
  // Whether a field is optional is in a property that no spread copies.
  const copy = Object.defineProperties({ ...schema }, Object.getOwnPropertyDescriptors(schema));
  return Object.assign(copy, words);
}

const common = {
  schema: Type.Literal(1, { description: 'The version of the message.' }),
  project: Type.String({ description: 'The project of slipway.yaml.' }),
  service: Type.String({ description: 'The service that the release is of.' }),
};

const CLAIM = 'An e-mail address, as the `requestedBy` of the message claims it.';

/** One for every release, however it ends. */
export const OutcomeMessageSchema = Type.Object(
  {
    ...common,
    release: described(properties.release, { description: 'The ID of the release.' }),
    result: described(properties.result, { description: 'How it ended: one of the results above.' }),
    cause: described(properties.cause, {
      description:
        'Why it did not go live: a `code` of [errors.md](errors.md), its sentence as `text`, and the particulars as `detail`. `null` for Live.',
    }),
    artifact: described(properties.artifact, {
      description:
        'The marker with its generation, `gs://BUCKET/OBJECT#GENERATION`; of a model that was in the registry already `projects/PROJECT/locations/REGION/models/ID@VERSION`.',
    }),
    version: described(properties.version, {
      description: 'The version of the model on Vertex AI. `null`: nothing was uploaded.',
    }),
    deployedModel: described(properties.deployedModel, {
      description: 'The ID of the deployed model on the endpoint. `null`: nothing was deployed.',
    }),
    askedBy: described(properties.askedBy, {
      description: 'What asked for it: `artifact` (an upload), `request` (a message) or `pipeline`.',
    }),
    requestedBy: described(properties.requestedBy, {
      description: `Who asked for it. ${CLAIM}`,
      absent: 'no message stated it',
    }),
    promotedBy: described(properties.promotedBy, {
      description: `Who had it promoted. ${CLAIM}`,
      absent: 'it was not promoted, or no message stated it',
    }),
    endRequestedBy: described(properties.endRequestedBy, {
      description: `Who asked for its end, by an abort or a rollback. ${CLAIM}`,
      absent: 'no message ended it, or none stated it',
    }),
    acceptedAt: described(properties.acceptedAt, {
      description: 'When its request was written into the ledger.',
    }),
    startedAt: described(properties.startedAt, {
      description: 'When it started.',
      absent: 'it never started',
    }),
    gaveUpAt: described(properties.gaveUpAt, {
      description: 'When it was decided that it ends without going live.',
      absent: 'this was not decided before its end',
    }),
    endedBy: described(properties.endedBy, {
      description: 'The ID of the request that ended it.',
      absent: 'no request ended it',
    }),
    endedAt: described(properties.endedAt, { description: 'When it ended.' }),
    verdicts: described(properties.verdicts, {
      description:
        'The last verdict of each gate: `gate`, `step` (from 0), `verdict` (`pass`, `fail`, `hold`: too little evidence), `reason`, `at`.',
      absent: 'no gate was asked',
    }),
    downtimeMs: described(properties.downtimeMs, {
      description:
        'How long nothing served, in ms, with `strategy: recreate`: from the moment the model that served lost its traffic until one has it again.',
      absent: 'something served all the time',
    }),
    downSince: described(properties.downSince, {
      description:
        'Since when nothing serves: half an hour after its end the previous model is not back yet.',
      absent: 'something serves',
    }),
    seconds: Type.Number({
      description: 'From `acceptedAt` to `endedAt`, with one decimal.',
    }),
  },
  strict,
);

/** One for a model that cannot be undeployed, and is billed meanwhile. */
export const NoticeMessageSchema = Type.Object(
  {
    ...common,
    notice: Type.Literal('LeftDeployed', { description: 'What is reported.' }),
    deployedModel: Type.String({ description: 'The ID of the deployed model.' }),
    cause: described(CauseSchema, { description: 'Code `UNDEPLOY_FAILED`, with the words of Vertex AI.' }),
    since: Type.Integer({ description: 'When undeploying it failed first.' }),
    models: Type.Integer({
      description: 'How many models of the service are left deployed, this one included.',
    }),
    replicas: Type.Integer({ description: 'How many replicas they have at least, which are billed.' }),
  },
  strict,
);

/** One for each park and each wake, once it has taken effect. */
export const ParkingMessageSchema = Type.Object(
  {
    ...common,
    notice: Type.Enum(['Parked', 'Woken'] as const, {
      description:
        '`Parked`: nothing of the service is deployed any more. `Woken`: a model serves again, the live one or that of a release.',
    }),
    at: Type.Integer({ description: 'When that was so.' }),
    by: Type.String({
      description:
        'What asked for it: `request` (a message), `schedule` (`serving.hours`), or of `Woken` a `release`.',
    }),
    reason: Type.String({
      description: 'The `reason` of the message; the ID of the release; empty where there is none.',
    }),
    requestedBy: described(properties.requestedBy, {
      description: `Who asked for it. ${CLAIM}`,
      absent: 'no message stated it',
    }),
  },
  strict,
);

export type ParkingMessage = Type.Static<typeof ParkingMessageSchema>;
export type OutcomeMessage = Type.Static<typeof OutcomeMessageSchema>;
export type NoticeMessage = Type.Static<typeof NoticeMessageSchema>;
