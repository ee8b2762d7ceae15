/**
 * Runs the model: at most one run at a time, and whatever arrives meanwhile is the next batch. Nothing waits
 * for a timer unless one is asked for. When many callers are there, a batch is what one turn of the event loop
 * brought; a lone caller's request goes straight through.
 */
import { RunError } from '../model/model-error.ts';
import type { Runtime, Tensor } from '../model/runtime.ts';
import type { Slice } from './batch.ts';
import type { Job } from './job.ts';
import { NumberRows } from './number-rows.ts';
import { Overloaded } from './overload.ts';
import type { Queue } from './queue.ts';
import { Witness } from './witness.ts';

/** Told of each run: its rows, how long its first request had waited, how long it took, in milliseconds. */
export type OnRun = (run: { rows: number; queuedMs: number; modelMs: number }) => void;

export interface BatcherOptions {
  readonly runtime: Runtime;
  readonly queue: Queue;
  /** One a result: true if its first dimension must be the number of rows. */
  readonly leading: readonly boolean[];
  /** True if a run holds up the event loop. */
  readonly onMainThread: boolean;
  /** True: the rows of a run that fails are run again apart. */
  readonly runsAgain: boolean;
  /** The feeds of a row that the model has taken, if there is one. */
  readonly known: readonly Tensor[] | null;
  /** Milliseconds a batch that is not full waits for more rows; 0: to the end of the turn. */
  readonly waitMs: number;
  /** Milliseconds after which a request is answered that it waited too long. */
  readonly timeoutMs: number;
  readonly onRun: OnRun;
  /** Told when the model takes nothing any more, not even what it took before. */
  readonly onBroken: (cause: Error) => void;
}

/** Requests that wait are looked at this often for each time they may wait, and no more often than `LEAST_WATCH_MS`. */
const WATCHES_A_TIMEOUT = 10;
const LEAST_WATCH_MS = 5;
const WATCH_MS_MAX = 1000;
/** Milliseconds of writing answers after which others have a turn of the event loop. */
const WRITING_MS = 10;
/** Elements of results whose writing takes about a millisecond. */
const QUICK_ELEMENTS = 10_000;

/** Refused rows with which no more neighbours are waited for that may pass. */
const MANY_SUSPECTS = 10;

export class Batcher {
  readonly #options: BatcherOptions;
  readonly #witness: Witness;
  #running: Slice | null = null;
  #scheduled = false;
  /** Jobs that came since the last launch; whether one or many came last time decides about waiting. */
  #arrived = 0;
  #wasAlone = true;
  #isWatched = false;

  constructor(options: BatcherOptions) {
    this.#options = options;
    this.#witness = new Witness(options.runtime, options.known, options.onBroken);
  }

  /** Adds a request. Throws a BadInput if an instance does not fit the model. */
  add(job: Job, instances: readonly unknown[] | NumberRows): void {
    const { queue } = this.#options;
    if (instances instanceof NumberRows) queue.addNumbers(job, instances);
    else queue.add(job, instances);
    this.#arrived += 1;
    if (this.#running !== null || this.#scheduled) return;
    if (this.#options.waitMs > 0) this.#launchLater();
    else if (this.#wasAlone) this.#launch();
    else {
      this.#scheduled = true;
      setImmediate(this.#launchIfScheduled);
    }
  }

  /** No more requests come in this turn: what would wait for its end waits no longer. */
  endTurn(): void {
    if (this.#options.waitMs === 0) this.#launchIfScheduled();
  }

  #launchIfScheduled = (): void => {
    if (this.#scheduled) this.#launch();
  };

  #launchLater(): void {
    this.#scheduled = true;
    setTimeout(this.#launch, this.#options.waitMs);
  }

  #launch = (): void => {
    this.#scheduled = false;
    const slice = this.#options.queue.take(this.#isUnwanted);
    if (slice === undefined) return;
    this.#wasAlone = this.#arrived <= 1;
    this.#arrived = 0;
    this.#running = slice;
    if (!this.#isWatched) this.#watchLater();
    void this.#run(slice)
      .catch((error: unknown) => fail(slice, error))
      .then(this.#next);
  };

  #next = (): void => {
    this.#running = null;
    this.#launch();
  };

  /** Runs the slice and answers its jobs. */
  async #run(slice: Slice): Promise<void> {
    const start = performance.now();
    try {
      let began = start;
      // The runtime runs in an immediate of its own: this one is the last before it, and what the event loop does
      // until then is no part of the run.
      if (this.#options.onMainThread) {
        setImmediate(() => {
          began = performance.now();
        });
      }
      const results = await this.#options.runtime.run(slice.feeds());
      await this.#finish(slice, results, start, performance.now() - began);
    } catch (error) {
      await this.#fail(slice, error);
    }
    const { suspects } = this.#witness;
    if (suspects >= MANY_SUSPECTS || (suspects > 0 && !this.#options.queue.hasAgain))
      await this.#witness.judge();
  }

  async #finish(slice: Slice, results: readonly Tensor[], start: number, modelMs: number): Promise<void> {
    const { leading, onRun, queue } = this.#options;
    const { rows, segments, batch } = slice;
    if (results.some((tensor, i) => leading[i] === true && tensor.dims[0] !== rows)) {
      throw new Error(`expected every output to have ${rows} rows, as many as were put in`);
    }
    this.#witness.answered(slice);
    onRun({ rows, queuedMs: start - (segments[0]?.job.since ?? start), modelMs });
    const elements = results.reduce((sum, tensor) => sum + tensor.data.length, 0);
    if (elements <= QUICK_ELEMENTS) {
      for (const { job, from, count, at } of segments) job.answer(from, count, results, at - slice.at, rows);
    } else await writeInTurns(slice, results, elements);
    batch.pace.learn(rows, modelMs, performance.now() - start);
    queue.release(slice);
  }

  /**
   * One row the model cannot take must not fail its neighbours: those of a failed run are run again by halves,
   * until the rows that fail are alone. What fails alone, of a model that takes others, is its caller's mistake.
   */
  async #fail(slice: Slice, error: unknown): Promise<void> {
    const { queue, runsAgain } = this.#options;
    if (slice.failedAt < 0) slice.failedAt = this.#witness.answers;
    if (slice.rows > 1 && runsAgain) queue.putFirst(slice.halves());
    else {
      if (error instanceof RunError && runsAgain) this.#witness.suspect(slice, error);
      else fail(slice, error);
      queue.release(slice);
    }
    // A runtime that is gone refuses at once: others have their turn all the same.
    await turn();
  }

  /** Ends the job if nobody reads its answer any more. */
  #isUnwanted = (job: Job): boolean => {
    if (job.settled) return true;
    if (job.since < performance.now() - this.#options.timeoutMs) {
      job.fail(new Overloaded('timeout', 'the request waited too long for the model'));
    } else if (job.isDisconnected()) job.fail(new Overloaded('gone', 'the caller hung up'));
    return job.settled;
  };

  #watchLater(): void {
    this.#isWatched = true;
    const ms = this.#options.timeoutMs / WATCHES_A_TIMEOUT;
    setTimeout(this.#watchWaiting, Math.min(WATCH_MS_MAX, Math.max(LEAST_WATCH_MS, ms))).unref();
  }

  /** Ends requests that time out, or whose callers hang up, while others run; as long as anything does. */
  #watchWaiting = (): void => {
    this.#isWatched = false;
    const running = this.#running;
    if (running === null) return;
    for (const { job } of running.segments) this.#isUnwanted(job);
    let any = false;
    for (const job of this.#options.queue.jobs()) if (this.#isUnwanted(job)) any = true;
    if (any) this.#options.queue.dropSettled();
    this.#watchLater();
  };
}

function fail(slice: Slice, error: unknown): void {
  for (const { job } of slice.segments) job.fail(error);
}

/** Writes answers that take long to write, with turns of the event loop in between. */
async function writeInTurns(slice: Slice, results: readonly Tensor[], elements: number): Promise<void> {
  const { rows, segments } = slice;
  const step = Math.max(1, Math.floor((QUICK_ELEMENTS * rows) / elements));
  let since = performance.now();
  for (const { job, from, count, at } of segments) {
    for (let i = 0; i < count && !job.settled; i += step) {
      if (performance.now() - since > WRITING_MS) {
        await turn();
        since = performance.now();
      }
      job.answer(from + i, Math.min(step, count - i), results, at - slice.at + i, rows);
    }
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
