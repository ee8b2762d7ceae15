/** The part of problems.ts that is about batches. */
export const BATCH_PROBLEMS = {
  BATCH_OFF: {
    retry: 'never',
    text: 'The service answers nothing in batch. Add batch.outputs to it in slipway.yaml.',
  },
  BATCH_INPUT_ELSEWHERE: {
    retry: 'never',
    text: "The input is none that the service's batch takes: an object of batch.inputs, the input of batch.schedule, or a BigQuery table.",
  },
  BATCH_INPUT_NOT_FOUND: { retry: 'never', text: 'The input does not exist. Upload it, then ask again.' },
  BATCH_INPUT_GONE: {
    retry: 'never',
    text: 'The input was overwritten or deleted before it was copied. Its new content is answered by a batch of its own.',
  },
  BATCH_INPUT_INVALID: {
    retry: 'never',
    text: 'The rows of the input do not fit the live model, so no job was created. Correct the line named in the detail and upload the file again.',
  },
  BATCH_ON_HOLD: {
    retry: 'never',
    text: 'The service is on hold, and batch.onHold is refuse. Resume it, then ask for the batch again.',
  },
  BATCH_NOTHING_LIVE: {
    retry: 'never',
    text: 'No model is live, and batch.onHold is refuse. Release one, then ask for the batch again.',
  },
  BATCH_JOB_FAILED: {
    retry: 'never',
    text: 'The batch prediction job failed for a reason that Slipway does not know. The detail quotes Vertex AI. Ask for the batch again.',
  },
  BATCH_ERRORS: {
    retry: 'never',
    text: 'More rows have errors than batch.maxErrorRate allows. The results stay where they are, without _SUCCESS.json. Correct the rows named in the error files.',
  },
  BATCH_INCOMPLETE: {
    retry: 'never',
    text: 'The results do not match the rows of the input: some are missing, or there are too many. Ask for the batch again.',
  },
  BATCH_CANCELLED: { retry: 'never', text: 'The batch was cancelled.' },
  BATCH_DEADLINE: {
    retry: 'never',
    text: 'The batch missed its deadline (batch.deadline), and its job was cancelled. Give it more replicas or more time.',
  },
  BATCH_TOO_DEAR: {
    retry: 'never',
    text: 'The job reached batch.maxReplicaHours and was cancelled. Raise the limit, or split the input.',
  },
  BATCH_UNKNOWN: {
    retry: 'never',
    text: 'The service has no such batch. `slipway batches SERVICE` lists them.',
  },
  BATCH_QUEUE_FULL: {
    retry: 'again',
    text: 'Too many batches of the service wait. Pub/Sub delivers the message again later.',
  },
} as const satisfies Record<string, { retry: 'again' | 'never'; text: string }>;
