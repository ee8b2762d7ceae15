/** What batch prediction needs from outside, beside what `World` has. Every method rejects with a CallError and nothing else. */
import type { Accelerator } from './config/deployment.ts';
import type { Status } from './errors.ts';
import type { Instant, StoredObject, World } from './world.ts';

export interface BatchWorld extends World {
  readonly batch: BatchPorts;
}

export interface BatchPorts {
  readonly jobs: BatchJobs;
  readonly files: Files;
  readonly workspace: Workspace;
}

/** Memory for rows, the same for all batches of a process, so that their number and size do not change what it needs. */
export interface Workspace {
  /**
   * Resolves with what `work` does, which has the buffers for itself. Rejects with a CallError where others keep them for
   * too long.
   */
  use<T>(work: (buffers: Buffers) => Promise<T>): Promise<T>;
}

/** Buffers that outlive the work: what they hold when it begins means nothing. */
export interface Buffers {
  /** At least so many bytes. A purpose has one buffer; in a larger one what it had is in front. */
  get(purpose: Purpose, bytes: number): Buffer;
}

export type Purpose = 'input' | 'output' | 'piece' | 'results';

/** A batch prediction job (google.cloud.aiplatform.v1.BatchPredictionJob). */
export interface BatchJob {
  readonly name: string;
  /** Of JobState, without `JOB_STATE_`: such as RUNNING. */
  readonly state: string;
  /** What it reads: `gs://…` or `bq://…`. */
  readonly input: string;
  /** `projects/…/models/ID@VERSION`. */
  readonly model: string;
  readonly createdAt: Instant;
  readonly endedAt: Instant | null;
  /** Of a job that has failed or was cancelled. */
  readonly error: { readonly status: Status; readonly message: string } | null;
  /** Where its results are: the folder `gs://…` or the table `bq://…`; null while there are none. */
  readonly output: string | null;
  /** How many rows; null: Vertex AI does not say. */
  readonly successful: number | null;
  readonly failed: number | null;
  readonly replicaHours: number | null;
}

export interface BatchJobRequest {
  readonly displayName: string;
  readonly labels: ReadonlyMap<string, string>;
  /** `projects/…/locations/…`. */
  readonly parent: string;
  /** `projects/…/models/ID`, without `@version`. */
  readonly model: string;
  readonly version: string;
  readonly input: string;
  readonly inputFormat: 'jsonl' | 'csv' | 'bigquery';
  /** A folder `gs://…/`, or a dataset `bq://…`. */
  readonly output: string;
  readonly outputFormat: 'jsonl' | 'csv' | 'bigquery';
  /** The field that each result has in the place of its row. */
  readonly keyField: string | null;
  /** Fields that are not sent to the model. */
  readonly excludedFields: readonly string[];
  readonly machineType: string;
  readonly replicas: number;
  readonly accelerator: Accelerator | null;
  readonly tpuTopology: string | null;
  readonly serviceAccount: string | null;
  readonly batchSize: number;
}

export interface BatchJobs {
  /** The jobs of a `projects/…/locations/…` that carry this label, newest first: how one whose reply was lost is found again. */
  list(parent: string, label: string, value: string): Promise<readonly BatchJob[]>;
  create(request: BatchJobRequest): Promise<BatchJob>;
  /** Asks for the end of a job. It goes on for a while, and may yet succeed. */
  cancel(name: string): Promise<void>;
}

export type ObjectName = Pick<StoredObject, 'bucket' | 'name'>;

/** Objects that Slipway itself writes. */
export interface Files {
  /** Copies one generation inside Cloud Storage. Null: it is gone. */
  copy(from: ObjectName & Pick<StoredObject, 'generation'>, to: ObjectName): Promise<StoredObject | null>;
  write(to: ObjectName, bytes: Uint8Array, contentType: string): Promise<StoredObject>;
  /**
   * Writes an object if it has that generation; '0': if there is none. Rejects with FAILED_PRECONDITION if it has another.
   */
  replace(to: ObjectName, bytes: Uint8Array, contentType: string, generation: string): Promise<StoredObject>;
  /** Makes one object of up to 32 of the same bucket, in that order. */
  compose(bucket: string, names: readonly string[], to: string): Promise<StoredObject>;
  /** What is not there is removed already. */
  remove(object: ObjectName): Promise<void>;
}
