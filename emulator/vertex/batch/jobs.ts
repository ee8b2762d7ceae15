/** JobService, as far as it is batch prediction: jobs are created, told, listed, cancelled and deleted here. */
import { ApiError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import type { OperationJson } from '../../core/operations.ts';
import { seededRandom } from '../../core/random.ts';
import { emptyResponse, newId, timestamp, typePrefix } from '../context.ts';
import type { Context } from '../context.ts';
import { checkEnvironment } from '../environment.ts';
import type { Models } from '../models.ts';
import { parseName, parseParent } from '../names.ts';
import { pageOf } from '../page.ts';
import type { ListQuery, Page } from '../page.ts';
import { invalidFields, parseMask, required } from '../request.ts';
import { planOf } from './checks.ts';
import { entryOf, isFinished, jobJson, masked } from './job.ts';
import type { JobJson, JobModel, JobRecord } from './job.ts';
import { execute } from './execution.ts';
import type { Runnable } from './execution.ts';
import type { BatchPredictionJob } from './schemas.ts';

export class BatchJobs {
  readonly #context: Context;
  readonly #models: Models;
  readonly #seed: number;
  readonly #random: () => number;
  readonly #records = new Map<string, JobRecord>();
  readonly #running = new Set<Promise<void>>();
  #created = 0;

  constructor(context: Context, models: Models, seed: number) {
    this.#context = context;
    this.#models = models;
    this.#seed = seed;
    this.#random = seededRandom(seed);
  }

  /** Starts the job at once. Vertex AI takes no request id: two calls make two jobs. */
  create(parentName: string, job: BatchPredictionJob): JobJson {
    const parent = parseParent(parentName);
    const plan = planOf(job, this.#context.behaviour);
    const { model, runnable } = this.#model(parent, job);
    const id = newId(this.#random);
    const time = timestamp(this.#context.clock);
    this.#created += 1;
    const record: JobRecord = {
      name: `${parent}/batchPredictionJobs/${id}`,
      id,
      request: job,
      model,
      plan,
      createTime: time,
      abort: new AbortController(),
      counts: { successful: 0, failed: 0, incomplete: 0, reason: '' },
      partialFailures: [],
      state: 'JOB_STATE_QUEUED',
      startTime: '',
      endTime: '',
      updateTime: time,
      outputDirectory: '',
      error: undefined,
      server: undefined,
    };
    this.#records.set(record.name, record);
    const random = seededRandom(this.#seed + this.#created);
    const running = execute(record, runnable, this.#context, random).finally(() =>
      this.#running.delete(running),
    );
    this.#running.add(running);
    return jobJson(record, this.#context.clock.now());
  }

  get(name: string): JobJson {
    return jobJson(this.#find(name), this.#context.clock.now());
  }

  /** Newest first. */
  list(parent: string, query: ListQuery, readMask: string | undefined): Page<JsonObject> {
    const location = `${parseParent(parent)}/`;
    const records = [...this.#records.values()].filter(({ name }) => name.startsWith(location)).toReversed();
    const page = pageOf(
      records.map((record) => entryOf(record)),
      query,
      { times: ['createTime'], wildcards: ['displayName'] },
    );
    const now = this.#context.clock.now();
    const mask = parseMask(readMask);
    return { ...page, items: page.items.map(({ record }) => masked(jobJson(record, now), mask)) };
  }

  /** Best effort: what is being answered is answered, and what is written stays. */
  cancel(name: string): void {
    const record = this.#find(name);
    if (isFinished(record)) {
      if (this.#context.behaviour.cancelFinishedJob === 'accepted') return;
      throw new ApiError('FAILED_PRECONDITION', `The BatchPredictionJob "${record.name}" has finished.`);
    }
    record.state = 'JOB_STATE_CANCELLING';
    record.updateTime = timestamp(this.#context.clock);
    record.abort.abort();
  }

  delete(name: string): OperationJson {
    const record = this.#find(name);
    if (!isFinished(record)) {
      throw new ApiError(
        'FAILED_PRECONDITION',
        `The BatchPredictionJob "${record.name}" is in state ${record.state}. Only a finished job can be deleted.`,
      );
    }
    return this.#context.operations.start({
      parent: parseName(record.name, 'batchPredictionJobs').parent,
      metadata: { '@type': `${typePrefix}DeleteOperationMetadata` },
      durationMs: this.#context.durations.deleteJob * 1000,
      finish: () => {
        this.#records.delete(record.name);
        return emptyResponse;
      },
    });
  }

  /** The name of a job that runs with this model, or with this version of it. */
  userOf(model: string, version: string | undefined): string | undefined {
    for (const record of this.#records.values()) {
      if (record.model.record !== model || isFinished(record)) continue;
      if (version === undefined || record.model.versionId === version) return record.name;
    }
    return undefined;
  }

  /** Ends every job and its container. */
  async close(): Promise<void> {
    const records = [...this.#records.values()];
    for (const { abort } of records) abort.abort();
    await Promise.all(records.map(async ({ server }) => server?.kill()));
    await Promise.all(this.#running);
  }

  #find(name: string): JobRecord {
    const record = this.#records.get(parseName(name, 'batchPredictionJobs').full);
    if (record !== undefined) return record;
    throw new ApiError('NOT_FOUND', `The BatchPredictionJob "${name}" does not exist.`);
  }

  #model(parent: string, job: BatchPredictionJob): { model: JobModel; runnable: Runnable } {
    const { model: name = '', unmanagedContainerModel: unmanaged, displayName = '' } = job;
    if (unmanaged !== undefined) {
      const { containerSpec, artifactUri = '' } = unmanaged;
      if (containerSpec?.imageUri === undefined)
        throw required('unmanaged_container_model.container_spec.image_uri');
      checkEnvironment(containerSpec.env ?? []);
      return {
        model: { name: '', record: '', versionId: '', displayName },
        runnable: { uploaded: { containerSpec }, artifactCopy: artifactUri },
      };
    }
    const parsed = parseName(name, 'models');
    if (parsed.parent !== parent) {
      const message = `The Model "${name}" is not in the location of the BatchPredictionJob.`;
      throw invalidFields([{ field: 'model', message }]);
    }
    const { record, version } = this.#models.find(name);
    const shown = parsed.version === undefined ? record.name : `${record.name}@${version.id}`;
    return {
      model: {
        name: shown,
        record: record.name,
        versionId: version.id,
        displayName: record.displayName,
      },
      runnable: { uploaded: version.uploaded, artifactCopy: version.artifactCopy },
    };
  }
}
