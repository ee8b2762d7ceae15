/**
 * Runs the model: at most one run at a time, and whatever arrives meanwhile is the next batch. Nothing waits
 * for a timer unless one is asked for. When many callers are there, a batch is what one turn of the event loop
 * brought; a lone caller's request goes straight through.
 */
import type { Runtime, Tensor } from '../model/runtime.ts';
import type { Batch, Segment } from './batch.ts';
import { Overloaded } from './overload.ts';
import { settle, type Job } from './job.ts';
import type { Queue } from './queue.ts';

/** Told of each run: its rows, how long its first request had waited, how long it took, in milliseconds. */
export type OnRun = (run: { rows: number; queuedMs: number; modelMs: number }) => void;

export interface BatcherOptions {
  readonly runtime: Runtime;
  readonly queue: Queue;
  /** One a result: true if its first dimension must be the number of rows. */
  readonly leading: readonly boolean[];
  /** Milliseconds a batch that is not full waits for more rows; 0: to the end of the turn. */
  readonly waitMs: number;
  /** Milliseconds after which a waiting request is given up. */
  readonly timeoutMs: number;
  readonly onRun: OnRun;
}

/** How much slower than the last a run may make the estimate of the next. */
const SLOWER = 1.05;

export class Batcher {
  readonly #options: BatcherOptions;
  #running = false;
  #scheduled = false;
  /** Jobs that came since the last launch; whether one or many came last time decides about waiting. */
  #arrived = 0;
  #wasAlone = true;
  // Falls at once and rises slowly: a run may have taken long only because the event loop was busy with bodies.
  #msPerRow = Number.POSITIVE_INFINITY;

  constructor(options: BatcherOptions) {
    this.#options = options;
  }

  /** Milliseconds until what waits now would have run, as far as past runs tell. */
  get backlogMs(): number {
    const { rows } = this.#options.queue;
    return rows === 0 || this.#msPerRow === Number.POSITIVE_INFINITY ? 0 : rows * this.#msPerRow;
  }

  /** Adds a request. Throws a BadInput if an instance does not fit the model. */
  add(job: Job, instances: readonly unknown[]): void {
    this.#options.queue.add(job, instances);
    this.#arrived += 1;
    if (this.#running || this.#scheduled) return;
    if (this.#options.waitMs > 0) this.#launchLater();
    else if (this.#wasAlone) this.#launch();
    else {
      this.#scheduled = true;
      setImmediate(this.#launch);
    }
  }

  #launchLater(): void {
    this.#scheduled = true;
    setTimeout(this.#launch, this.#options.waitMs);
  }

  #launch = (): void => {
    this.#scheduled = false;
    const batch = this.#nextBatch();
    if (batch === undefined) return;
    this.#wasAlone = this.#arrived <= 1;
    this.#arrived = 0;
    this.#running = true;
    void this.#run(batch).then(this.#next);
  };

  /** Runs the batch and answers its jobs. Never rejects: what goes wrong is their answer. */
  async #run(batch: Batch): Promise<void> {
    const start = performance.now();
    try {
      const results = await this.#options.runtime.run(batch.feeds());
      this.#finish(batch, results, start);
    } catch (error) {
      this.#fail(batch, error);
    }
  }

  #nextBatch(): Batch | undefined {
    const { queue, timeoutMs } = this.#options;
    const oldest = performance.now() - timeoutMs;
    for (let batch = queue.take(); batch !== undefined; batch = queue.take()) {
      for (const { job } of batch.segments) {
        if (job.since < oldest)
          fail(job, new Overloaded('timeout', 'the request waited too long for the model'));
        // Nobody reads the answer: its rows are not worth a run.
        else if (job.isGone()) fail(job, new Overloaded('gone', 'the caller hung up'));
      }
      batch.dropSegments((job) => job.settled);
      if (batch.rows > 0) return batch;
      queue.recycle(batch);
    }
    return undefined;
  }

  #finish(batch: Batch, results: readonly Tensor[], start: number): void {
    const { leading, onRun, queue } = this.#options;
    const { rows, segments } = batch;
    if (results.some((tensor, i) => leading[i] === true && tensor.dims[0] !== rows)) {
      throw new Error(`expected every output to have ${rows} rows, as many as were put in`);
    }
    const modelMs = performance.now() - start;
    this.#msPerRow = Math.min(modelMs / rows, this.#msPerRow * SLOWER);
    onRun({ rows, queuedMs: start - (segments[0]?.job.since ?? start), modelMs });
    for (const segment of segments) {
      try {
        answer(segment, results, rows);
      } catch (error) {
        // An answer that cannot be written, such as one longer than a string can be, is its own job's end alone.
        fail(segment.job, error);
      }
    }
    queue.recycle(batch);
  }

  /** One row the model cannot take must not fail its neighbours: each request is run again by itself. */
  #fail(batch: Batch, error: unknown): void {
    if (batch.segments.length > 1) {
      this.#options.queue.putFirst(batch.segments.map((segment) => batch.alone(segment)));
    } else for (const { job } of batch.segments) fail(job, error);
  }

  #next = (): void => {
    this.#running = false;
    this.#launch();
  };
}

function answer(segment: Segment, results: readonly Tensor[], rows: number): void {
  const { job, from, at, count } = segment;
  const { keys, render } = job;
  let text = render(results, at, rows, keys?.[from] ?? null);
  for (let i = 1; i < count; i += 1) text += `,${render(results, at + i, rows, keys?.[from + i] ?? null)}`;
  job.waiting -= count;
  if (count < job.rows) {
    job.parts.push({ from, text });
    if (job.waiting > 0 || job.settled) return;
    // Rows of different shapes ran in different batches.
    text = job.parts
      .toSorted((a, b) => a.from - b.from)
      .map((part) => part.text)
      .join(',');
  }
  settle(job, { ok: true, text: `{"predictions":[${text}]}` });
}

function fail(job: Job, error: unknown): void {
  settle(job, { ok: false, error });
}
