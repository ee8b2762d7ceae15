/**
 * The batch predictions of a service: which objects are answered, where the results go, what a job may cost. What Vertex
 * AI refuses is refused here, at once, with a sentence that names both fields
 * (google.cloud.aiplatform.v1.BatchPredictionJob).
 */
import { nearestAccelerators, ACCELERATORS } from './accelerators.ts';
import { parseBatchInput, parseInputPattern, type BatchFormat, type InputPattern } from './batch-input.ts';
import { parseCron, type Cron } from './cron.ts';
import { toMs } from './fields.ts';
import type { Accelerator } from './deployment.ts';
import { parsePublish, type Beside, type Publish } from './publish.ts';
import { checkPartition } from './serving.ts';
import { BQ_DATASET, type BatchFile } from './schema-batch.ts';
import { BUCKET } from './pattern.ts';

/** A folder of Cloud Storage. */
export interface Folder {
  readonly bucket: string;
  /** Ends with a slash, or is empty. */
  readonly prefix: string;
}

export interface BatchSchedule {
  readonly input: string;
  readonly everyMs: number | null;
  readonly cron: Cron | null;
}

export interface Batch {
  /** Null: no object starts a job by landing. */
  readonly inputs: InputPattern | null;
  /** A folder of Cloud Storage, or a dataset `bq://PROJECT.DATASET`. */
  readonly outputs: Folder | string;
  /** Where copies of inputs lie; null: inputs are tables alone. */
  readonly staging: Folder | null;
  /** Of the results. */
  readonly format: BatchFormat;
  readonly machineType: string;
  readonly accelerator: Accelerator | null;
  readonly tpuTopology: string | null;
  readonly replicas: number;
  readonly serviceAccount: string | null;
  /** Null: chosen from the rows. */
  readonly batchSize: number | null;
  readonly key: string | null;
  readonly ordered: boolean;
  readonly maxErrorRate: number;
  readonly deadlineMs: number;
  readonly maxReplicaHours: number | null;
  readonly maxConcurrent: number;
  readonly onHold: 'wait' | 'refuse';
  readonly schedule: BatchSchedule | null;
  /** Null: results answer no requests. */
  readonly publish: Publish | null;
}

/** What the jobs of a service take from `serving`. */
interface ServingDefaults {
  readonly machineType: string;
  readonly accelerator: Accelerator | null;
  readonly tpuTopology: string | null;
  readonly serviceAccount: string | null;
}

/** A sweep comes every 15 minutes: nothing is scheduled more often. */
const SHORTEST_INTERVAL_MS = 900_000;

export function parseBatch(
  service: string,
  file: BatchFile,
  serving: ServingDefaults,
  beside: Beside,
  problems: string[],
): Batch | null {
  const at = `services.${service}.batch`;
  const own: string[] = [];
  const inputs = file.inputs === undefined ? null : parseInputPattern(file.inputs);
  if (typeof inputs === 'string') own.push(`inputs: ${inputs}`);
  const outputs = parseOutputs(file.outputs);
  if (outputs === null)
    own.push('outputs: expected a folder gs://BUCKET/PREFIX/ or a dataset bq://PROJECT.DATASET');
  const schedule = file.schedule === undefined ? null : parseSchedule(file.schedule, own);
  checkAccelerator(file, own);
  checkTogether(file, own);
  const publish = parsePublish(service, file, beside, problems);
  problems.push(...own.map((problem) => `${at}.${problem}`));
  if (own.length > 0 || typeof inputs === 'string' || outputs === null) return null;
  const isTable = typeof outputs === 'string';
  return {
    inputs,
    outputs,
    staging: parseStaging(file, outputs),
    format: isTable ? 'bigquery' : (file.format ?? 'jsonl'),
    machineType: file.machineType ?? serving.machineType,
    accelerator: file.accelerator ?? (file.machineType === undefined ? serving.accelerator : null),
    tpuTopology: file.machineType === undefined ? serving.tpuTopology : null,
    replicas: file.replicas ?? 1,
    serviceAccount: file.serviceAccount ?? serving.serviceAccount,
    batchSize: file.batchSize ?? null,
    key: file.key ?? null,
    ordered: file.ordered ?? false,
    maxErrorRate: file.maxErrorRate ?? 0,
    deadlineMs: toMs(file.deadline ?? '24h'),
    maxReplicaHours: file.maxReplicaHours ?? null,
    maxConcurrent: file.maxConcurrent ?? 1,
    onHold: file.onHold ?? 'wait',
    schedule,
    publish,
  };
}

function parseOutputs(text: string): Folder | string | null {
  if (text.startsWith('bq://')) return new RegExp(BQ_DATASET).test(text) ? text : null;
  return parseFolder(text);
}

function parseFolder(text: string): Folder | null {
  const [, bucket = '', prefix = ''] = /^gs:\/\/([^/]+)\/(.*)$/.exec(text) ?? [];
  const isPlain = prefix
    .split('/')
    .slice(0, -1)
    .every((name) => name !== '.' && name !== '..' && !/[*?[\]#]/.test(name));
  return new RegExp(BUCKET).test(bucket) && isPlain ? { bucket, prefix } : null;
}

function parseStaging(file: BatchFile, outputs: Folder | string): Folder | null {
  if (file.staging !== undefined) return parseFolder(file.staging);
  return typeof outputs === 'string' ? null : { ...outputs, prefix: `${outputs.prefix}_staging/` };
}

function parseSchedule(file: NonNullable<BatchFile['schedule']>, own: string[]): BatchSchedule {
  const cron = file.cron === undefined ? null : parseCron(file.cron);
  if (typeof cron === 'string') own.push(`schedule.cron: ${cron}`);
  const everyMs = file.every === undefined ? null : toMs(file.every);
  if (everyMs !== null && everyMs < SHORTEST_INTERVAL_MS)
    own.push(`schedule.every: expected at least 15m, got ${file.every}`);
  if ((file.every === undefined) === (file.cron === undefined))
    own.push('schedule: expected either every or cron');
  const input = parseBatchInput(file.input);
  if (typeof input === 'string') own.push(`schedule.input: ${input}`);
  return { input: file.input, everyMs, cron: typeof cron === 'string' ? null : cron };
}

function checkAccelerator({ accelerator, machineType }: BatchFile, own: string[]): void {
  if (accelerator === undefined) return;
  if (!ACCELERATORS.includes(accelerator.type))
    own.push(
      `accelerator.type: expected an accelerator of Vertex AI, such as ${nearestAccelerators(accelerator.type).join(', ')}, got ${JSON.stringify(accelerator.type.slice(0, 80))}`,
    );
  if (machineType === undefined) own.push('accelerator: expected machineType beside it');
  checkPartition(accelerator, own);
}

/** What Vertex AI refuses, or what cannot be delivered. */
function checkTogether(file: BatchFile, own: string[]): void {
  const isTable = file.outputs.startsWith('bq://');
  const inputs = [file.inputs, file.schedule?.input].filter((input) => input !== undefined);
  if (isTable && file.key !== undefined)
    own.push('key: expected outputs in Cloud Storage; Vertex AI takes no key for results in BigQuery');
  if (isTable && file.format !== undefined)
    own.push('format: expected outputs in Cloud Storage; results in a dataset are tables');
  if (isTable && file.ordered === true)
    own.push('ordered: expected outputs in Cloud Storage; tables have no order');
  if (file.ordered === true && file.format === 'csv')
    own.push('ordered: expected format jsonl; the one file of results is JSON lines');
  if (file.ordered === true && inputs.some((input) => input.startsWith('bq://')))
    own.push('ordered: expected a schedule.input in Cloud Storage; tables have no order');
  if (isTable && file.staging === undefined && inputs.some((input) => input.startsWith('gs://')))
    own.push('staging: expected a folder for the copies of inputs, since outputs is a dataset');
  if (file.staging !== undefined && parseFolder(file.staging) === null)
    own.push('staging: expected a folder gs://BUCKET/PREFIX/');
  const { maxReplicaHours = Infinity, replicas = 1 } = file;
  // A job of several replicas takes minutes to start: what is cancelled before is paid for nothing.
  if (maxReplicaHours < replicas * 0.25)
    own.push(
      `maxReplicaHours: expected at least ${replicas * 0.25}, a quarter of an hour of each of the ${replicas} replicas, got ${maxReplicaHours}`,
    );
}
