/**
 * How batches end:
 *
 * - Succeeded: every row has a result, but for the share that `maxErrorRate` allows.
 * - Failed: there are no results, or too few.
 * - Refused: nothing was spent, because the input is wrong or no model may answer it.
 * - Cancelled: on request, at its deadline, or at its limit of costs.
 */
import { Type } from 'typebox';
import { CauseSchema } from '../release/publish/outcome.ts';

export const BATCH_RESULTS = ['Succeeded', 'Failed', 'Refused', 'Cancelled'] as const;

const orNull = <T extends Type.TSchema>(schema: T, description: string) =>
  Type.Union([schema, Type.Null()], { description });

export const BatchOutcomeSchema = Type.Object({
  batch: Type.String({ maxLength: 20, description: 'The ID of the batch.' }),
  result: Type.Enum(BATCH_RESULTS, { description: 'How it ended: one of the results above.' }),
  cause: Type.Union([CauseSchema, Type.Null()], {
    description:
      'Why: a `code` of [errors.md](errors.md), its sentence as `text`, and the particulars as `detail`. `null` for Succeeded.',
  }),
  input: Type.String({
    maxLength: 2_200,
    description: 'What was answered: `gs://BUCKET/OBJECT#GENERATION` or `bq://PROJECT.DATASET.TABLE`.',
  }),
  askedBy: Type.String({
    maxLength: 40,
    description: 'What asked for it: `object` (it landed), `request` or `schedule`.',
  }),
  release: Type.Union([Type.String({ maxLength: 20 }), Type.Null()], {
    description: 'The release that answered. `null`: none did.',
  }),
  version: Type.Union([Type.String({ maxLength: 20 }), Type.Null()], {
    description: 'The version of the model that answered. `null`: none did.',
  }),
  job: Type.Union([Type.String({ maxLength: 300 }), Type.Null()], {
    description: 'The batch prediction job on Vertex AI. `null`: none was created.',
  }),
  output: Type.Union([Type.String({ maxLength: 2_100 }), Type.Null()], {
    description: 'The folder or the table of the results. `null`: there are none.',
  }),
  published: Type.Optional(
    Type.Union([Type.String({ maxLength: 2_100 }), Type.Null()], {
      description:
        'The object by which the results answer requests. `null`: they answer none, since their release was rolled back, its version was deleted, or the results of a later batch answer already.',
      absent: 'without `batch.publish`, or the results were not complete',
    }),
  ),
  rows: orNull(
    Type.Integer({ minimum: 0 }),
    'How many rows the input has. `null`: not known, as of a table.',
  ),
  succeeded: orNull(Type.Integer({ minimum: 0 }), 'How many rows have a prediction. `null`: not known.'),
  failed: orNull(
    Type.Integer({ minimum: 0 }),
    'How many rows have an error, or no result at all. `null`: not known.',
  ),
  replicaHours: orNull(Type.Number({ minimum: 0 }), 'What the job has cost. `null`: Vertex AI does not say.'),
  acceptedAt: Type.Integer({ description: 'When it was written into the ledger.' }),
  endedAt: Type.Integer({ description: 'When it ended.' }),
  /** It was published. */
  announced: Type.Boolean(),
  /** The release that answered was rolled back, and that was published. */
  isStale: Type.Optional(Type.Boolean()),
});

export type BatchOutcome = Type.Static<typeof BatchOutcomeSchema>;
export type BatchResult = BatchOutcome['result'];
