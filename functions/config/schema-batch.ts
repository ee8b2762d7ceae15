/** The schema of `batch` in slipway.yaml: where inputs land, where results go, and what a job may cost. */
import { Type } from 'typebox';
import { ANSWERS } from '../../common/artifact/stored-settings.ts';
import { documented, duration, strict, text } from './fields.ts';
import { PROJECT } from './pattern.ts';
import { AcceleratorSchema, MACHINE_TYPE, SERVICE_ACCOUNT } from './schema-machine.ts';

/** A dataset of BigQuery; `output_uri` may name a table too, which must not exist: a second job would be refused. */
export const BQ_DATASET = `^bq://${PROJECT.slice(1, -1)}\\.[A-Za-z0-9_]{1,1024}$`;
export const BQ_TABLE = `${BQ_DATASET.slice(0, -1)}\\.[\\p{L}\\p{M}\\p{N}\\p{Pc}\\p{Pd} ]{1,1024}$`;
const GS_FOLDER = 'gs://[^/]+/(?:[^/]+/)*';

const ScheduleSchema = Type.Object(
  {
    every: Type.Optional(
      duration({
        description:
          'How often the input is answered, counted from the Unix epoch: `24h` is each midnight UTC. At least 15 minutes, the interval of the sweeps. Either this or `cron`.',
        absent: 'not by an interval',
        examples: ['24h'],
      }),
    ),
    cron: Type.Optional(
      text('^\\S+(?: \\S+){4}$', 'a cron expression of five fields, in UTC', {
        description:
          'When the input is answered, as a cron expression of five fields in UTC. A job starts with the first sweep after that time; sweeps come every 15 minutes. Either this or `every`.',
        absent: 'not by a cron expression',
        examples: ['0 3 * * *'],
      }),
    ),
    input: text(
      '^(?:gs://[^/]+/.+\\.(?:jsonl|csv)|bq://.+)$',
      'an input, gs://BUCKET/NAME.jsonl, .csv or bq://PROJECT.DATASET.TABLE',
      {
        description: 'The object or table that is answered each time.',
        examples: ['bq://my-project.churn.customers'],
      },
    ),
  },
  {
    ...strict,
    ...documented('Answers one input again and again, by the sweeps of Cloud Scheduler.', 'no schedule'),
  },
);

const PublishSchema = Type.Object(
  {
    key: Type.Array(
      text('^[A-Za-z_][A-Za-z0-9_]{0,63}$', 'the name of a field of the request', {
        description: 'A field.',
        examples: [],
      }),
      {
        minItems: 1,
        maxItems: 8,
        description:
          'The request fields that make the key of a prediction. A request that has these and no others can be answered by a stored prediction.',
        examples: [['customer_id']],
      },
    ),
    view: Type.Optional(
      text('^[A-Za-z_][A-Za-z0-9_]{0,63}$', 'a view of features.views', {
        description:
          'A view of `features.views` that `slipway features publish` loads the results into; its rows answer. Its `key` is that of `publish`, and its `table` has `{version}`.',
        absent: 'predictors read the files of results',
        examples: ['predictions'],
      }),
    ),
    answers: Type.Optional(
      Type.Enum(ANSWERS, {
        description:
          '`fresh`: a stored prediction answers until it is `maxAge` old, and the model answers the rest. `stored`: stored predictions alone answer, however old, once there are any of the live version. `computed`: the model answers all; results are published nevertheless.',
        default: 'fresh',
        examples: ['stored'],
      }),
    ),
    maxAge: Type.Optional(
      duration({
        description: 'How old a stored prediction may be in `fresh`, counted from the creation of its job.',
        default: '24h',
        examples: ['36h'],
      }),
    ),
    refresh: Type.Optional(
      duration({
        description: 'How often a predictor looks for newer predictions.',
        default: '1m',
        examples: ['5m'],
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'Results answer requests by key: [features.md](features.md#predictions-by-key). Needs `interface`, and `outputs` in Cloud Storage.',
      'results are files, and the model answers every request',
    ),
  },
);

export const BatchSchema = Type.Object(
  {
    inputs: Type.Optional(
      text('^gs://[^/]+/.+\\.(?:jsonl|csv)$', 'gs://BUCKET/PREFIX/*.jsonl or gs://BUCKET/PREFIX/*.csv', {
        description:
          'Which objects are answered when they land. Each `*` stands for any characters but `/`. The ending is the format: `.jsonl` has one row on each line, `.csv` a header.',
        absent: 'no object starts a job; messages and `schedule` do',
        examples: ['gs://my-project-batch/churn/in/*.jsonl'],
      }),
    ),
    outputs: text(
      `^(?:${GS_FOLDER}|bq://.+)$`,
      'a folder gs://BUCKET/PREFIX/ or a dataset bq://PROJECT.DATASET',
      {
        description:
          'Where the results go: each job writes a folder of its own below this one, with `_SUCCESS.json` in it, or tables of the dataset, which has to exist. Nothing below it may match `inputs` or `artifacts` of any service.',
        examples: ['gs://my-project-batch-results/churn/'],
      },
    ),
    staging: Type.Optional(
      text(`^${GS_FOLDER}$`, 'a folder gs://BUCKET/PREFIX/', {
        description:
          'Where the copy of an input lies while its job runs. Required if `outputs` is a dataset and inputs are objects.',
        absent: 'the folder `_staging/` in `outputs`',
        examples: ['gs://my-project-batch-results/staging/'],
      }),
    ),
    format: Type.Optional(
      Type.Enum(['jsonl', 'csv'] as const, {
        description: 'The format of results in Cloud Storage.',
        default: 'jsonl',
        examples: ['csv'],
      }),
    ),
    machineType: Type.Optional(
      text(MACHINE_TYPE, 'a machine type such as n1-standard-4', {
        description: 'The machine type of each replica of a job.',
        absent: 'machine type and accelerator of `serving`',
        examples: ['n1-standard-4'],
      }),
    ),
    accelerator: Type.Optional(AcceleratorSchema),
    replicas: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 1000,
        description:
          'How many replicas a job has from its start to its end. Vertex AI splits the input among them and does not add any.',
        default: 1,
        unit: 'replicas',
        examples: [4],
      }),
    ),
    serviceAccount: Type.Optional(
      text(SERVICE_ACCOUNT.pattern, SERVICE_ACCOUNT.expected, {
        description: 'The service account that the model server of a job runs as.',
        absent: 'that of `serving`',
        examples: ['churn-batch@my-project.iam.gserviceaccount.com'],
      }),
    ),
    batchSize: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 100_000,
        description: 'How many rows the model server gets in one request.',
        absent:
          'chosen from the largest row, 1 to 1024, so that a request stays below 1.5 MB; 64 for a table',
        unit: 'rows',
        examples: [256],
      }),
    ),
    key: Type.Optional(
      text('^[A-Za-z_][A-Za-z0-9_]{0,127}$', 'the name of a field of the rows, such as user_id', {
        description:
          'The field or column that names a row. It is not sent to the model, and each result has it instead of the row. Not for results in BigQuery, which Vertex AI refuses.',
        absent: 'each result has the row it answers',
        examples: ['user_id'],
      }),
    ),
    ordered: Type.Optional(
      Type.Boolean({
        description:
          'Whether the results are delivered as one file, `results.jsonl`, in the order of the input. Rows have to be JSON objects or lines of a CSV file, 64 GiB at most.',
        default: false,
        examples: [true],
      }),
    ),
    maxErrorRate: Type.Optional(
      Type.Number({
        minimum: 0,
        maximum: 1,
        unit: 'share, 1 is 100 %',
        description: 'The largest share of the rows that may fail in a job that counts as done.',
        default: 0,
        examples: [0.001],
      }),
    ),
    deadline: Type.Optional(
      duration({
        description:
          'How long a job may take from its creation. What is not done by then is cancelled. So long at most an input waits to be answered, too.',
        default: '24h',
        examples: ['6h'],
      }),
    ),
    maxReplicaHours: Type.Optional(
      Type.Number({
        minimum: 0.01,
        maximum: 1_000_000,
        description:
          'What a job may cost: `replicas` times the hours since its creation. A job that reaches it is cancelled.',
        absent: 'no limit but `deadline`',
        unit: 'replica-hours',
        examples: [8],
      }),
    ),
    maxConcurrent: Type.Optional(
      Type.Integer({
        minimum: 1,
        maximum: 20,
        description:
          'How many jobs of the service run at once. Other inputs wait in the order of their arrival.',
        default: 1,
        unit: 'jobs',
        examples: [4],
      }),
    ),
    onHold: Type.Optional(
      Type.Enum(['wait', 'refuse'] as const, {
        description:
          'What becomes of an input while the service is on hold or no model is live: it waits, until `deadline` at most, or it is refused.',
        default: 'wait',
        examples: ['refuse'],
      }),
    ),
    schedule: Type.Optional(ScheduleSchema),
    publish: Type.Optional(PublishSchema),
  },
  {
    ...strict,
    ...documented(
      'Answers files and tables with the live model, by batch prediction jobs of Vertex AI.',
      'no batch prediction',
    ),
  },
);

export type BatchFile = Type.Static<typeof BatchSchema>;
