/** One batch prediction job: what is known of it, and how the API shows that. */
import type { ApiError } from '../../core/errors.ts';
import { projectNumber } from '../names.ts';
import type { JsonObject } from '../../core/json.ts';
import type { Filterable } from '../filter.ts';
import type { ModelServer } from '../model-server.ts';
import type { Plan } from './checks.ts';
import type { Counts } from './runner.ts';
import type { BatchPredictionJob } from './schemas.ts';

/** Of google.cloud.aiplatform.v1.JobState. */
export type JobState =
  | 'JOB_STATE_QUEUED'
  | 'JOB_STATE_PENDING'
  | 'JOB_STATE_RUNNING'
  | 'JOB_STATE_SUCCEEDED'
  | 'JOB_STATE_FAILED'
  | 'JOB_STATE_CANCELLING'
  | 'JOB_STATE_CANCELLED'
  | 'JOB_STATE_PARTIALLY_SUCCEEDED';

/** The model version that a job runs with, as it was when the job was created. */
export interface JobModel {
  /** As the job shows it, or '' for an unmanaged container. */
  readonly name: string;
  /** `projects/NUMBER/locations/LOCATION/models/ID`, or ''. */
  readonly record: string;
  readonly versionId: string;
  readonly displayName: string;
}

export interface JobRecord {
  readonly name: string;
  readonly id: string;
  readonly request: BatchPredictionJob;
  readonly model: JobModel;
  readonly plan: Plan;
  readonly createTime: string;
  /** Aborted when the job is cancelled or the emulator ends. */
  readonly abort: AbortController;
  readonly counts: Counts;
  readonly partialFailures: { code: number; message: string }[];
  state: JobState;
  startTime: string;
  endTime: string;
  updateTime: string;
  /** `gs://…`, once there is one. */
  outputDirectory: string;
  error: ApiError | undefined;
  server: ModelServer | undefined;
}

const finished: ReadonlySet<JobState> = new Set([
  'JOB_STATE_SUCCEEDED',
  'JOB_STATE_FAILED',
  'JOB_STATE_CANCELLED',
  'JOB_STATE_PARTIALLY_SUCCEEDED',
]);

export function isFinished({ state }: JobRecord): boolean {
  return finished.has(state);
}

export type JobJson = JsonObject & { readonly name: string; readonly createTime: string };

/** The job as the API shows it at the time `now`, in milliseconds. */
export function jobJson(record: JobRecord, now: number): JobJson {
  const { request, model, counts, partialFailures, startTime, endTime, outputDirectory, error } = record;
  const ran = startTime !== '';
  const end = endTime === '' ? now : Date.parse(endTime);
  const hours = ran ? ((end - Date.parse(startTime)) / 3_600_000) * record.plan.replicas : 0;
  return {
    ...kept(request),
    name: record.name,
    ...(model.name === '' ? {} : { model: model.name, modelVersionId: model.versionId }),
    state: record.state,
    createTime: record.createTime,
    updateTime: record.updateTime,
    ...(ran ? { startTime, resourcesConsumed: { replicaHours: hours } } : {}),
    ...(endTime === '' ? {} : { endTime }),
    ...(outputDirectory === '' ? {} : { outputInfo: { gcsOutputDirectory: outputDirectory } }),
    ...(error === undefined ? {} : { error: error.toStatus() }),
    ...(partialFailures.length === 0 ? {} : { partialFailures }),
    ...(ran
      ? {
          completionStats: {
            successfulCount: String(counts.successful),
            failedCount: String(counts.failed),
            incompleteCount: String(counts.incomplete),
          },
        }
      : {}),
  };
}

const setByServer: ReadonlySet<string> = new Set([
  'name',
  'model',
  'modelVersionId',
  'outputInfo',
  'state',
  'error',
  'partialFailures',
  'resourcesConsumed',
  'completionStats',
  'createTime',
  'startTime',
  'endTime',
  'updateTime',
]);

/** What the caller set. */
function kept(request: BatchPredictionJob): JsonObject {
  const fields: JsonObject = JSON.parse(JSON.stringify(request));
  return Object.fromEntries(Object.entries(fields).filter(([name]) => !setByServer.has(name)));
}

export function entryOf(record: JobRecord): Filterable & { record: JobRecord } {
  const fields = new Map<string, string>([
    ['displayName', record.request.displayName ?? ''],
    ['modelDisplayName', record.model.displayName],
    ['state', record.state],
    ['createTime', record.createTime],
  ]);
  return { record, fields, labels: record.request.labels ?? {} };
}

/** The top-level fields that a read mask names; all of them without one. */
export function masked(json: JsonObject, mask: readonly string[]): JsonObject {
  if (mask.length === 0 || mask.includes('*')) return json;
  const names = new Set(mask.map((path) => path.split('.')[0] ?? ''));
  return Object.fromEntries(Object.entries(json).filter(([name]) => names.has(name)));
}

/** The console page of a job's container logs. */
export function logsUrl({ name, id }: Pick<JobRecord, 'name' | 'id'>): string {
  const [, project = '', , location = ''] = name.split('/');
  return `https://console.cloud.google.com/vertex-ai/locations/${location}/batch-predictions/${id}?project=${projectNumber(project)}`;
}
