/** The messages of batches in docs/messages.md. */
import {
  BatchMessageSchema as BatchOutcomeMessageSchema,
  StaleMessageSchema,
} from '../../functions/batch/publish.ts';
import { BATCH_RESULTS, type BatchResult } from '../../functions/batch/outcome.ts';
import { BatchMessageSchema, CancelBatchMessageSchema } from '../../functions/intake/messages.ts';
import { causeOf } from '../../functions/release/publish/outcome.ts';
import type { Message } from './message.ts';

/** How a batch can end, for people. */
const MEANING = {
  Succeeded: 'Every row has a prediction, but for the share that `maxErrorRate` allows.',
  Failed: 'There are no results, or too few.',
  Refused: 'The input is wrong, or no model may answer it. Nothing was spent on it.',
  Cancelled: 'On request, at its deadline, or at its limit of costs.',
} as const satisfies Record<BatchResult, string>;

const INPUT = 'gs://my-project-batch/churn/in/november.jsonl';

const OUTCOME = {
  schema: 1,
  project: 'my-project',
  service: 'churn',
  batch: 'b-5f0c2f0a9e1d',
  input: `${INPUT}#1795467173141000`,
  askedBy: 'object',
  acceptedAt: 1_795_467_175_210,
} as const;

const ANSWERED = {
  release: 'r-e73e538070cb',
  version: '7',
  job: 'projects/4711/locations/us-central1/batchPredictionJobs/5071830945423867904',
  output: 'gs://my-project-batch-results/churn/prediction-slipway-churn-2026-11-23T20:13:31.871Z',
} as const;

export const BATCH_REQUESTS: readonly Message[] = [
  {
    name: 'batch',
    title: 'Batch',
    topic: 'requests',
    about: 'Has the live model answer an object or a table. Same as `slipway batch`.',
    schema: BatchMessageSchema,
    examples: [
      { says: 'An object:', message: { service: 'churn', action: 'batch', input: INPUT } },
      {
        says: 'A table; repeated messages with the ID are one request:',
        message: {
          service: 'churn',
          action: 'batch',
          input: 'bq://my-project.churn.customers',
          requestId: 'november',
        },
      },
    ],
  },
  {
    name: 'cancelBatch',
    title: 'Cancel a batch',
    topic: 'requests',
    about: 'Ends batches, and cancels their jobs. What a job has written stays.',
    schema: CancelBatchMessageSchema,
    examples: [
      {
        says: 'One:',
        message: { service: 'churn', action: 'cancelBatch', batch: OUTCOME.batch, reason: 'wrong file' },
      },
      { says: 'All of the service:', message: { service: 'churn', action: 'cancelBatch' } },
    ],
  },
];

export const BATCH_EVENTS: readonly Message[] = [
  {
    name: 'batchOutcome',
    title: 'Outcome of a batch',
    topic: 'events',
    about: `Every batch ends with one. Attributes: \`service\`, \`result\`, \`batch\`. Results:\n\n${BATCH_RESULTS.map((result) => `- \`${result}\`: ${MEANING[result]}`).join('\n')}`,
    schema: BatchOutcomeMessageSchema,
    examples: [
      {
        says: 'A batch with a result for each row:',
        message: {
          ...OUTCOME,
          ...ANSWERED,
          result: 'Succeeded',
          cause: null,
          rows: 2_000_000,
          succeeded: 2_000_000,
          failed: 0,
          replicaHours: 1.5,
          endedAt: 1_795_468_893_417,
          seconds: 1718.2,
        },
      },
      {
        says: 'An input that is refused:',
        message: {
          ...OUTCOME,
          result: 'Refused',
          cause: causeOf('BATCH_INPUT_INVALID', 'line 3: expected JSON'),
          release: null,
          version: null,
          job: null,
          output: null,
          rows: null,
          succeeded: null,
          failed: null,
          replicaHours: null,
          endedAt: 1_795_467_178_210,
          seconds: 3,
        },
      },
    ],
  },
  {
    name: 'batchStale',
    title: 'Stale results',
    topic: 'events',
    about:
      'The release that answered a batch was rolled back afterwards. Sent once for each of its batches that has results; publish the batch again for new ones. Attributes: `service`, `notice`, `batch`.',
    schema: StaleMessageSchema,
    examples: [
      {
        says: 'For example:',
        message: {
          schema: 1,
          project: 'my-project',
          service: 'churn',
          notice: 'BatchStale',
          batch: OUTCOME.batch,
          input: OUTCOME.input,
          output: ANSWERED.output,
          release: ANSWERED.release,
          version: ANSWERED.version,
          endedAt: 1_795_468_893_417,
        },
      },
    ],
  },
];
