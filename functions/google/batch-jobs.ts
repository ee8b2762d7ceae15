/**
 * Batch prediction jobs through the official client, over gRPC. What Google returns is turned into the engine's own types
 * here and nowhere else. The client is loaded when the first job is asked for.
 */
import type { JobServiceClient, protos } from '@google-cloud/aiplatform';
import type { BatchJob, BatchJobRequest, BatchJobs } from '../batch-world.ts';
import type { Config } from '../config/config.ts';
import { CallError, STATUSES } from '../errors.ts';
import { calling } from './call-error.ts';
import { allPages, pageOf } from './pages.ts';
import { regionOf } from './resource-region.ts';
import { toMachineSpec } from './vertex-serving.ts';

type RawJob = protos.google.cloud.aiplatform.v1.IBatchPredictionJob;
/** As gRPC gives it: an object with a text of its own. */
type Int64 = { toString(): string };
type Timestamp = protos.google.protobuf.ITimestamp | null | undefined;

const READ = { timeout: 30_000 };
const LIST = { ...READ, autoPaginate: false };
const WRITE = { timeout: 60_000 };
const PAGE_SIZE = 20;
/** Of one batch there is one job, and rarely a second. */
const PAGES_MAX = 5;
/** No label has more: what is longer is none of Slipway's. */
const LABEL = /^[a-z0-9_-]{1,63}$/;

export function batchJobs(client: (region: string) => Promise<JobServiceClient>, config: Config): BatchJobs {
  return {
    list: (parent, label, value) =>
      calling('ListBatchPredictionJobs', async () => {
        if (!LABEL.test(label) || !LABEL.test(value))
          throw new CallError('ListBatchPredictionJobs', 'INVALID_ARGUMENT', 'expected a label');
        const jobs = await client(regionOf(parent));
        const filter = `labels.${label}=${value}`;
        const found = await allPages(
          'ListBatchPredictionJobs',
          async (pageToken) =>
            pageOf(
              await jobs.listBatchPredictionJobs({ parent, filter, pageSize: PAGE_SIZE, pageToken }, LIST),
            ),
          { most: PAGES_MAX },
        );
        return found
          .filter(({ labels }) => labels?.[label] === value)
          .map((job) => toJob('ListBatchPredictionJobs', job))
          .toSorted((a, b) => b.createdAt - a.createdAt);
      }),

    create: (request) =>
      calling('CreateBatchPredictionJob', async () => {
        const { parent } = request;
        const jobs = await client(regionOf(parent));
        const batchPredictionJob = toRaw(request, config);
        const [job] = await jobs.createBatchPredictionJob({ parent, batchPredictionJob }, WRITE);
        return toJob('CreateBatchPredictionJob', job);
      }),

    cancel: (name) =>
      calling('CancelBatchPredictionJob', async () => {
        const jobs = await client(regionOf(name));
        await jobs.cancelBatchPredictionJob({ name }, WRITE);
      }),
  };
}

function toRaw(request: BatchJobRequest, config: Config): RawJob {
  const { input, output, keyField, excludedFields } = request;
  const isTable = request.inputFormat === 'bigquery';
  return {
    displayName: request.displayName,
    model: `${request.model}@${request.version}`,
    labels: Object.fromEntries(request.labels),
    inputConfig: {
      instancesFormat: request.inputFormat,
      ...(isTable ? { bigquerySource: { inputUri: input } } : { gcsSource: { uris: [input] } }),
    },
    outputConfig: {
      predictionsFormat: request.outputFormat,
      ...(request.outputFormat === 'bigquery'
        ? { bigqueryDestination: { outputUri: output } }
        : { gcsDestination: { outputUriPrefix: output } }),
    },
    ...((keyField !== null || excludedFields.length > 0) && {
      instanceConfig: {
        ...(keyField !== null && { keyField }),
        ...(excludedFields.length > 0 && { excludedFields: [...excludedFields] }),
      },
    }),
    dedicatedResources: {
      machineSpec: toMachineSpec(request),
      startingReplicaCount: request.replicas,
      maxReplicaCount: request.replicas,
    },
    manualBatchTuningParameters: { batchSize: request.batchSize },
    ...(request.serviceAccount !== null && { serviceAccount: request.serviceAccount }),
    ...(config.kmsKey !== null && { encryptionSpec: { kmsKeyName: config.kmsKey } }),
  };
}

function toJob(method: string, job: RawJob): BatchJob {
  const { name, inputConfig, outputInfo, completionStats, error } = job;
  const createdAt = instantOf(job.createTime);
  if (!name || createdAt === null) throw new CallError(method, 'UNKNOWN', 'the answer names no job');
  const { code, message } = error ?? {};
  return {
    name,
    state: String(job.state ?? 'UNSPECIFIED').replace(/^JOB_STATE_/, ''),
    input: inputConfig?.gcsSource?.uris?.[0] ?? inputConfig?.bigquerySource?.inputUri ?? '',
    model: versioned(job),
    createdAt,
    endedAt: instantOf(job.endTime),
    error: code ? { status: STATUSES[code] ?? 'UNKNOWN', message: message ?? '' } : null,
    output: outputOf(outputInfo),
    successful: countOf(completionStats?.successfulCount),
    failed: countOf(completionStats?.failedCount),
    replicaHours: job.resourcesConsumed?.replicaHours ?? null,
  };
}

function versioned({ model, modelVersionId }: RawJob): string {
  if (!model || model.includes('@') || !modelVersionId) return model ?? '';
  return `${model}@${modelVersionId}`;
}

function outputOf(info: RawJob['outputInfo']): string | null {
  const { gcsOutputDirectory, bigqueryOutputDataset, bigqueryOutputTable } = info ?? {};
  if (gcsOutputDirectory) return gcsOutputDirectory;
  if (!bigqueryOutputDataset) return null;
  return bigqueryOutputTable ? `${bigqueryOutputDataset}.${bigqueryOutputTable}` : bigqueryOutputDataset;
}

function instantOf(time: Timestamp): number | null {
  const seconds = Number(time?.seconds ?? 0);
  return seconds === 0 ? null : seconds * 1_000 + Math.floor((time?.nanos ?? 0) / 1e6);
}

/** An int64, and -1 where it is not known (completion_stats.proto). */
function countOf(count: Int64 | null | undefined): number | null {
  if (count === null || count === undefined) return null;
  const number = Number(count.toString());
  return Number.isSafeInteger(number) && number >= 0 ? number : null;
}
