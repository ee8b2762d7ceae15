/**
 * Whether a row that the runtime refuses is at fault, or the runtime: what tells is a row that it has answered. If
 * others pass after a refusal, or the witness, a copy of a row that passed once, passes again, the refused row is its
 * caller's mistake. A model that has answered nothing yet, or takes the witness no more, is at fault itself.
 */
import type { RunError } from '../model/model-error.ts';
import type { Runtime, Tensor } from '../model/runtime.ts';
import type { Slice } from './batch.ts';

interface Suspect {
  readonly slice: Slice;
  readonly error: RunError;
}

/** Times in a row that the witness is refused until the model is given up. */
const REFUSALS_MAX = 3;

export class Witness {
  readonly #runtime: Runtime;
  readonly #onBroken: (cause: Error) => void;
  #feeds: readonly Tensor[] | null;
  #suspects: Suspect[] = [];
  #refusals = 0;
  /** Runs that have succeeded. */
  answers = 0;

  /** `known`: a row that the model has taken before; null: the first that it takes. */
  constructor(runtime: Runtime, known: readonly Tensor[] | null, onBroken: (cause: Error) => void) {
    this.#runtime = runtime;
    this.#feeds = known;
    this.#onBroken = onBroken;
  }

  /** Rows that were refused and about which nothing is decided. */
  get suspects(): number {
    return this.#suspects.length;
  }

  /** Notes a run that has succeeded, which settles the question. The first row of the first is the witness. */
  answered(slice: Slice): void {
    this.answers += 1;
    this.#refusals = 0;
    this.#feeds ??= slice.batch
      .feeds(slice.at, 1)
      .map((tensor) => ({ ...tensor, data: tensor.data.slice() }));
    for (const { slice, error } of this.#suspects) refuse(slice, error);
    this.#suspects = [];
  }

  /** Takes in a slice of one row that is refused alone. */
  suspect(slice: Slice, error: RunError): void {
    if (slice.failedAt < this.answers) refuse(slice, error);
    else this.#suspects.push({ slice, error });
  }

  /** Answers the jobs of all suspects, of which no neighbour has passed. */
  async judge(): Promise<void> {
    const suspects = this.#suspects;
    this.#suspects = [];
    const isSound = await this.#testifies();
    for (const { slice, error } of suspects) {
      if (isSound) refuse(slice, error);
      else for (const { job } of slice.segments) job.fail(error);
    }
  }

  async #testifies(): Promise<boolean> {
    if (this.#feeds === null) return false;
    try {
      await this.#runtime.run(this.#feeds);
      this.#refusals = 0;
      return true;
    } catch (error) {
      this.#refusals += 1;
      if (this.#refusals === REFUSALS_MAX) {
        const cause = new Error('the model refuses a row that it has answered before', { cause: error });
        this.#onBroken(cause);
      }
      return false;
    }
  }
}

function refuse(slice: Slice, error: RunError): void {
  for (const { job, from } of slice.segments) job.refuse(from, error.message);
}
