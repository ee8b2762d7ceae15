/**
 * What runs cost, for rows of about one size, and from that how many rows the next run may have. A row's work may
 * grow with the square of its length, so sizes that differ by a fifth count as different.
 */

/** How much slower than the last a run may make the estimate of the next. */
const SLOWER = 1.05;
/** Classes of sizes for each doubling. */
const CLASSES_A_DOUBLING = 4;

export interface PaceOptions {
  /** Most rows of a run. */
  readonly maxRows: number;
  /** Milliseconds a run may take; infinite to leave runs as large as they may be. */
  readonly targetMs: number;
  /** True if runs of as many rows as there may be are known to be short enough. */
  readonly known: boolean;
}

export class Pace {
  readonly #options: PaceOptions;
  /** Rows the next run may have. */
  limit: number;
  /** Rows that wait for a run. */
  waiting = 0;
  // Falls at once and rises slowly: a run may have taken long only because the event loop was busy with bodies.
  #msPerRow = Number.POSITIVE_INFINITY;

  constructor(options: PaceOptions) {
    this.#options = options;
    this.limit = options.known || options.targetMs === Number.POSITIVE_INFINITY ? options.maxRows : 1;
  }

  /** Milliseconds until what waits would have run, as far as past runs tell. */
  get backlogMs(): number {
    return this.waiting === 0 || this.#msPerRow === Number.POSITIVE_INFINITY
      ? 0
      : this.waiting * this.#msPerRow;
  }

  /** `ms`: what the run took; `wholeMs`: what it took with all that had to be done besides. */
  learn(rows: number, ms: number, wholeMs: number): void {
    const { maxRows, targetMs } = this.#options;
    this.#msPerRow = Math.min(wholeMs / rows, this.#msPerRow * SLOWER);
    if (ms > targetMs) this.limit = Math.max(1, Math.min(this.limit, Math.floor((rows * targetMs) / ms)));
    // Not more than doubled: what twice as many cost is not known.
    else if (rows >= this.limit && ms * 2 <= targetMs) this.limit = Math.min(maxRows, this.limit * 2);
  }
}

/** The paces of a model's rows by their size. */
export class Paces {
  readonly #options: PaceOptions;
  readonly #bySize = new Map<number, Pace>();

  constructor(options: PaceOptions) {
    this.#options = options;
  }

  /** Of rows with so many elements. */
  of(elements: number): Pace {
    const size = Math.round(Math.log2(elements + 1) * CLASSES_A_DOUBLING);
    let pace = this.#bySize.get(size);
    if (pace === undefined) {
      pace = new Pace(this.#options);
      this.#bySize.set(size, pace);
    }
    return pace;
  }

  get backlogMs(): number {
    let sum = 0;
    for (const pace of this.#bySize.values()) sum += pace.backlogMs;
    return sum;
  }
}
