/**
 * JobService, simulated: a job takes minutes to start, and reads its input when it starts. One that finds none fails
 * before a machine has cost anything. What runs is paid for.
 */
import type { Agenda } from '../../../common/agenda.ts';
import type { BatchJob, BatchJobRequest } from '../../../functions/batch-world.ts';
import { CallError } from '../../../functions/errors.ts';
import { LABELS } from '../../../functions/release/ids.ts';
import type { Chance } from '../../support/random.ts';
import type { SimFiles } from './files.ts';
import type { BatchScenario, JobEnd } from './scenario.ts';

const MINUTE = 60_000;

export interface SimJob {
  readonly name: string;
  readonly request: BatchJobRequest;
  readonly batch: string;
  readonly createdAt: number;
  readonly shownAt: number;
  state: string;
  isPaid: boolean;
  endedAt: number | null;
  output: string | null;
  error: BatchJob['error'];
  rows: number;
  /** Of what it wrote. */
  successful: number;
  failed: number;
}

export class SimJobs {
  readonly jobs: SimJob[] = [];
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #files: SimFiles;
  readonly #scenario: BatchScenario;
  readonly #changed: (job: SimJob) => void;

  constructor(
    agenda: Agenda,
    chance: Chance,
    files: SimFiles,
    scenario: BatchScenario,
    changed: (job: SimJob) => void,
  ) {
    this.#agenda = agenda;
    this.#chance = chance;
    this.#files = files;
    this.#scenario = scenario;
    this.#changed = changed;
  }

  get unfinished(): readonly SimJob[] {
    return this.jobs.filter(({ endedAt }) => endedAt === null);
  }

  list(label: string, value: string, ago: number): BatchJob[] {
    const at = this.#agenda.now - ago;
    return this.jobs
      .filter((job) => job.request.labels.get(label) === value && job.shownAt <= at)
      .map(shown)
      .toReversed();
  }

  create(request: BatchJobRequest): BatchJob {
    const { now } = this.#agenda;
    const id = this.jobs.length + 1;
    const job: SimJob = {
      name: `projects/1/locations/us-central1/batchPredictionJobs/${id}`,
      request,
      batch: request.labels.get(LABELS.batch) ?? '',
      createdAt: now,
      shownAt: now + this.#chance.between('shown', 0, this.#scenario.hiddenMs),
      state: 'QUEUED',
      isPaid: false,
      endedAt: null,
      output: null,
      error: null,
      rows: 0,
      successful: 0,
      failed: 0,
    };
    this.jobs.push(job);
    this.#agenda.after(this.#chance.between('start', 3 * MINUTE, 12 * MINUTE), () => this.#start(job));
    this.#changed(job);
    return shown(job);
  }

  cancel(name: string): void {
    const job = this.jobs.find((one) => one.name === name);
    if (job === undefined) throw new CallError('jobs.cancel', 'NOT_FOUND', name);
    if (job.endedAt !== null) return;
    job.state = 'CANCELLING';
    this.#agenda.after(this.#chance.between('cancel', 1_000, 3 * MINUTE), () => {
      if (job.endedAt !== null) return;
      job.error = { status: 'CANCELLED', message: 'cancelled' };
      this.#end(job, 'CANCELLED');
    });
  }

  #start(job: SimJob): void {
    if (job.endedAt !== null || job.state === 'CANCELLING') return;
    const input = this.#files.at(job.request.input);
    if (input === null) {
      job.error = { status: 'NOT_FOUND', message: `no input at ${job.request.input}` };
      this.#end(job, 'FAILED');
      return;
    }
    job.state = 'RUNNING';
    job.isPaid = true;
    this.#changed(job);
    const rows = String(input.bytes)
      .split('\n')
      .filter((line) => line !== '');
    job.rows = rows.length;
    const end = this.#drawEnd();
    if (end === null) return;
    this.#agenda.after(this.#chance.between('run', MINUTE, 70 * MINUTE), () => {
      // A request to cancel is best effort.
      if (job.endedAt !== null || (job.state === 'CANCELLING' && this.#chance.chance('anyway', 0.7))) return;
      this.#answer(job, rows, end);
    });
  }

  #drawEnd(): JobEnd {
    let at = this.#chance.next('end');
    for (const [end, share] of this.#scenario.ends) {
      at -= share;
      if (at < 0) return end;
    }
    return 'well';
  }

  #answer(job: SimJob, rows: readonly string[], end: Exclude<JobEnd, null>): void {
    if (end === 'failed') {
      job.error = { status: 'INTERNAL', message: 'internal error' };
      this.#end(job, 'FAILED');
      return;
    }
    const shareOf = { well: 0, early: 0, someErrors: 0.2, manyErrors: 0.7 };
    const kept = end === 'early' ? rows.slice(0, Math.floor(rows.length / 2)) : rows;
    const bad = Math.ceil(kept.length * shareOf[end]);
    job.failed = bad;
    job.successful = kept.length - bad;
    const folder = `prediction-churn-${job.createdAt}-${this.jobs.indexOf(job)}/`;
    const prefix = `${job.request.output.slice('gs://sim-out/'.length)}${folder}`;
    const lines = kept.toReversed().map((row, i) => this.#result(job, row, i < bad));
    // Two shards, out of order.
    const half = Math.ceil(lines.length / 2);
    for (const [i, shard] of [lines.slice(half), lines.slice(0, half)].entries()) {
      const name = `${prefix}prediction.results-0000${i}-of-00002`;
      this.#files.put(
        'sim-out',
        name,
        Buffer.from(shard.map((line) => `${line}\n`).join('')),
        this.#agenda.now,
      );
    }
    job.output = `gs://sim-out/${prefix.slice(0, -1)}`;
    this.#end(job, end === 'well' ? 'SUCCEEDED' : 'PARTIALLY_SUCCEEDED');
  }

  #result({ request }: SimJob, row: string, isBad: boolean): string {
    const { keyField } = request;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const instance = JSON.parse(row) as Record<string, unknown>;
    const head = keyField === null ? { instance } : { key: instance[keyField] };
    const error = { code: 400, status: 'INVALID_ARGUMENT', message: 'a bad row' };
    return JSON.stringify({
      ...head,
      ...(isBad ? { prediction: { error } } : { prediction: instance['n'] }),
    });
  }

  #end(job: SimJob, state: string): void {
    job.state = state;
    job.endedAt = this.#agenda.now;
    this.#changed(job);
  }
}

function shown(job: SimJob): BatchJob {
  const { name, state, createdAt, endedAt, error, output, request } = job;
  const isDone = output !== null;
  return {
    name,
    state,
    input: request.input,
    model: `projects/1/locations/us-central1/models/${request.model.split('/').at(-1)}@${request.version}`,
    createdAt: Math.round(createdAt),
    endedAt,
    error,
    output,
    successful: isDone ? job.successful + job.failed : null,
    failed: isDone ? 0 : null,
    replicaHours: isDone ? 0.5 : null,
  };
}
