/**
 * PipelineService, as far as it takes to announce that a pipeline is complete: a job is what it was
 * created with. Nothing runs; unlike Vertex AI, `state` and `jobDetail` are taken from the request.
 */
import { ApiError } from '../core/errors.ts';
import { isObject } from '../core/json.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { newId, timestamp } from './context.ts';
import type { Context } from './context.ts';
import type { Filterable } from './filter.ts';
import { parseName, parseParent } from './names.ts';
import { pageOf } from './page.ts';
import type { ListQuery, Page } from './page.ts';
import { invalidFields } from './request.ts';

export class Pipelines {
  readonly #context: Context;
  readonly #jobs = new Map<string, JsonObject>();

  constructor(context: Context) {
    this.#context = context;
  }

  /** State and times that the job does not tell are those of a job that succeeded just now. */
  create(
    parentName: string,
    pipelineJobId: string | undefined,
    body: Json | undefined,
  ): JsonObject & { name: string } {
    const parent = parseParent(parentName);
    const id =
      pipelineJobId === undefined || pipelineJobId === ''
        ? `pipeline-${newId(this.#context.random, 14)}`
        : pipelineJobId;
    if (!/^[a-z0-9][a-z0-9-]{0,127}$/.test(id)) {
      throw invalidFields([
        { field: 'pipeline_job_id', message: 'The ID must match [a-z0-9][a-z0-9-]{0,127}.' },
      ]);
    }
    const name = `${parent}/pipelineJobs/${id}`;
    if (this.#jobs.has(name))
      throw new ApiError('ALREADY_EXISTS', `The PipelineJob "${name}" already exists.`);
    const time = timestamp(this.#context.clock);
    const times = { createTime: time, startTime: time, endTime: time, updateTime: time };
    const job = { state: 'PIPELINE_STATE_SUCCEEDED', ...times, ...(isObject(body) ? body : {}), name };
    this.#jobs.set(name, job);
    return job;
  }

  get(name: string): JsonObject {
    const job = this.#jobs.get(parseName(name, 'pipelineJobs').full);
    if (job === undefined) throw new ApiError('NOT_FOUND', `The PipelineJob "${name}" does not exist.`);
    return job;
  }

  /** Without the details of the jobs, which only `get` tells. */
  list(parent: string, query: ListQuery): Page<JsonObject> {
    const location = `${parseParent(parent)}/`;
    const jobs = [...this.#jobs].filter(([name]) => name.startsWith(location)).map(([, job]) => entryOf(job));
    const page = pageOf(jobs, query);
    return { ...page, items: page.items.map(({ job }) => withoutDetail(job)) };
  }

  delete(name: string): void {
    this.get(name);
    this.#jobs.delete(parseName(name, 'pipelineJobs').full);
  }
}

function entryOf(job: JsonObject): Filterable & { job: JsonObject } {
  const fields = new Map<string, string>();
  for (const field of ['displayName', 'state', 'createTime', 'updateTime', 'endTime']) {
    const value = job[field];
    fields.set(field, typeof value === 'string' ? value : '');
  }
  const labels: Record<string, string> = {};
  for (const [key, value] of Object.entries(isObject(job.labels) ? job.labels : {})) {
    if (typeof value === 'string') labels[key] = value;
  }
  return { job, fields, labels };
}

function withoutDetail(job: JsonObject): JsonObject {
  const { jobDetail: _, ...rest } = job;
  return rest;
}
