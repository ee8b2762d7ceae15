/** The messages of docs/messages.md and docs/messages.schema.json: what each carries, and an example that is one. */
import { Compile } from 'typebox/compile';
import {
  ACTIONS,
  ActionMessageSchema,
  PipelineMessageSchema,
  ReleaseMessageSchema,
  SweepMessageSchema,
  TickMessageSchema,
} from '../../functions/intake/messages.ts';
import {
  NoticeMessageSchema,
  OutcomeMessageSchema,
  ParkingMessageSchema,
} from '../../functions/release/publish/event-message.ts';
import { RESULTS, causeOf, type Outcome } from '../../functions/release/publish/outcome.ts';
import type { Message } from './message.ts';
import { BATCH_EVENTS, BATCH_REQUESTS } from './batch-messages.ts';
import { fieldsOf, kindOf, type Field } from './fields.ts';

const JOB = 'projects/my-project/locations/us-central1/pipelineJobs/train-churn-20261123';

const OUTCOME = {
  schema: 1,
  project: 'my-project',
  service: 'churn',
  release: 'r-e73e538070cb',
  artifact: 'gs://my-project-models/churn/v7/model.onnx#1795467173141000',
  askedBy: 'artifact',
  acceptedAt: 1_795_467_175_210,
} as const;

/** How a release can end, for people. */
const MEANING = {
  Live: 'It has all the traffic.',
  Failed: 'It could not be made live. The previous model keeps serving.',
  Refused: 'The artifact itself is wrong. Nothing was spent on it.',
  Superseded: 'A newer release is live, or on its way, in its place.',
  RolledBack: 'It had traffic and gave it back.',
} as const satisfies Record<Outcome['result'], string>;

export const MESSAGES: readonly Message[] = [
  {
    name: 'release',
    title: 'Release',
    topic: 'requests',
    about: 'Releases an artifact of a service. Same as `slipway release`.',
    schema: ReleaseMessageSchema,
    examples: [
      { says: 'The newest artifact:', message: { service: 'churn' } },
      {
        says: 'This artifact, also if it is older than the live one; repeated messages with the ID are one request:',
        message: {
          service: 'churn',
          artifact: 'gs://my-project-models/churn/v6/',
          requestId: 'ticket-4711',
          requestedBy: 'ada@example.com',
        },
      },
      {
        says: 'A model whose callers are ready for its new inputs:',
        message: { service: 'churn', overrideContract: true },
      },
    ],
  },
  {
    name: 'pipeline',
    title: 'Pipeline',
    topic: 'requests',
    about:
      'Releases the model that a Vertex AI pipeline job has produced. The service is the one whose `artifacts` pattern the output matches.',
    schema: PipelineMessageSchema,
    examples: [{ says: 'A pipeline announces itself in its last task:', message: { pipelineJob: JOB } }],
  },
  {
    name: 'action',
    title: 'Rollback, promote, abort, hold, resume, rebuild',
    topic: 'requests',
    about:
      'Acts on a service. Same as the commands of these names. An action that finds nothing to do is refused in the log of the function, and changes nothing.',
    schema: ActionMessageSchema,
    examples: Object.entries(ACTIONS).map(([action, says]) => ({
      says: `\`${action}\`: ${says}`,
      message: {
        service: 'churn',
        action,
        ...(['rollback', 'abort', 'hold'].includes(action) && { reason: 'incident 7' }),
      },
    })),
  },
  ...BATCH_REQUESTS,
  {
    name: 'outcome',
    title: 'Outcome',
    topic: 'events',
    about: `Every release ends with one. Attributes, for filters of subscriptions: \`service\`, \`result\`, \`release\`. Results:\n\n${RESULTS.map((result) => `- \`${result}\`: ${MEANING[result]}`).join('\n')}`,
    schema: OutcomeMessageSchema,
    examples: [
      {
        says: 'A release that went live:',
        message: {
          ...OUTCOME,
          result: 'Live',
          cause: null,
          version: '7',
          deployedModel: '2927463226',
          startedAt: 1_795_467_176_002,
          endedAt: 1_795_467_893_417,
          seconds: 718.2,
        },
      },
      {
        says: 'A candidate that a gate has stopped:',
        message: {
          ...OUTCOME,
          result: 'RolledBack',
          cause: causeOf(
            'GATE_METRICS',
            "8.88 % of the candidate's requests failed, 0.0497 % of the live model's",
          ),
          version: '7',
          deployedModel: '2927463226',
          startedAt: 1_795_467_176_002,
          gaveUpAt: 1_795_468_476_118,
          endedAt: 1_795_468_479_840,
          verdicts: [
            {
              gate: 'contract',
              step: 0,
              verdict: 'pass',
              reason: 'The inputs and outputs are those of the live model.',
              at: 1_795_467_178_455,
            },
            {
              gate: 'metrics',
              step: 0,
              verdict: 'fail',
              reason: "8.88 % of the candidate's requests failed, 0.0497 % of the live model's",
              at: 1_795_468_476_118,
            },
          ],
          seconds: 1304.6,
        },
      },
      {
        says: 'An artifact that is refused:',
        message: {
          ...OUTCOME,
          result: 'Refused',
          cause: causeOf('ARTIFACT_EMPTY', 'gs://my-project-models/churn/v7/model.onnx'),
          version: null,
          deployedModel: null,
          endedAt: 1_795_467_175_210,
          seconds: 0,
        },
      },
    ],
  },
  {
    name: 'notice',
    title: 'Notice',
    topic: 'events',
    about:
      'A model that is no longer needed cannot be undeployed, and is billed until it is. Sent once for each. Attributes: `service`, `notice`.',
    schema: NoticeMessageSchema,
    examples: [
      {
        says: 'For example:',
        message: {
          schema: 1,
          project: 'my-project',
          service: 'churn',
          notice: 'LeftDeployed',
          deployedModel: '1372841992',
          cause: causeOf('UNDEPLOY_FAILED', 'PERMISSION_DENIED: aiplatform.endpoints.undeploy denied'),
          since: 1_795_467_893_417,
          models: 2,
          replicas: 2,
        },
      },
    ],
  },
  {
    name: 'parking',
    title: 'Parked, woken',
    topic: 'events',
    about:
      'A park or a wake has taken effect. There is none for a park that is taken back before. Attributes: `service`, `notice`.',
    schema: ParkingMessageSchema,
    examples: [
      {
        says: 'By a message:',
        message: {
          schema: 1,
          project: 'my-project',
          service: 'churn',
          notice: 'Parked',
          at: 1_795_467_893_417,
          by: 'request',
          reason: 'no callers before Monday',
          requestedBy: 'ada@example.com',
        },
      },
      {
        says: 'By its hours:',
        message: {
          schema: 1,
          project: 'my-project',
          service: 'churn',
          notice: 'Woken',
          at: 1_795_499_893_417,
          by: 'schedule',
          reason: '',
        },
      },
    ],
  },
  ...BATCH_EVENTS,
  {
    name: 'tick',
    title: 'Tick',
    topic: 'ticks',
    about: 'Works on one service. Slipway publishes it to itself until nothing is left to do.',
    schema: TickMessageSchema,
    examples: [{ says: 'For example:', message: { service: 'churn' } }],
  },
  {
    name: 'sweep',
    title: 'Sweep',
    topic: 'ticks',
    about: 'Looks after every service. Cloud Scheduler publishes it.',
    schema: SweepMessageSchema,
    examples: [{ says: 'For example:', message: { sweep: true } }],
  },
];

/** The sections of one topic. Throws if an example is not such a message. */
export function messageSections(topic: Message['topic']): string {
  return MESSAGES.filter((message) => message.topic === topic)
    .map((message) => sectionOf(message))
    .join('\n');
}

function sectionOf({ title, about, schema, examples }: Message): string {
  const check = Compile(schema);
  const shown = examples.map(({ says, message }) => {
    if (!check.Check(message)) throw new Error(`${title}: ${JSON.stringify(check.Errors(message))}`);
    return `${says}\n\n\`\`\`json\n${JSON.stringify(message, null, 2)}\n\`\`\`\n`;
  });
  const fields = Object.keys(schema.properties).flatMap((name) =>
    fieldsOf(schema).filter((field) => field.path === name),
  );
  return `### ${title}\n\n${about}\n\n${shown.join('\n')}\n${fields.map((field) => lineOf(field)).join('\n')}\n`;
}

function lineOf({ name, schema, isRequired }: Field): string {
  const presence = isRequired ? 'required' : `default: ${schema.absent}`;
  return `- \`${name}\`: ${kindOf(schema)}; ${presence}. ${schema.description}`;
}

/** JSON Schema of every message by its name. Messages on the events topic may get more fields. */
export function messagesJsonSchema(): object {
  const own = new Set(['expected', 'absent']);
  const entries = MESSAGES.map(({ name, topic, schema }) => {
    const text = JSON.stringify(schema, (key, value: unknown) => (own.has(key) ? undefined : value));
    const { additionalProperties, ...open } = JSON.parse(text);
    return [name, topic === 'events' ? open : { ...open, additionalProperties }];
  });
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Messages of Slipway',
    description: 'Generated by "npm run docs"; docs/messages.md explains them.',
    $defs: Object.fromEntries(entries),
  };
}
