/**
 * One request on its way through the runs, and the only place that answers it: once, whatever happens. Nothing
 * here throws, since the caller of this has others' rows to answer as well.
 */
import type { Tensor } from '../model/runtime.ts';
import { Refused, type RefusedRow } from './refused.ts';
import type { Budget } from './json-writer.ts';
import type { RenderRows } from './render.ts';
import { ReplyTooLarge } from './reply-too-large.ts';
import { rowError, type Errors, type RowFault } from './row-errors.ts';

export type Outcome =
  { readonly ok: true; readonly text: string } | { readonly ok: false; readonly error: unknown };

export interface JobOptions {
  readonly rows: number;
  /** JSON text of each instance's `key`, or null when none has one. */
  readonly keys: readonly (string | null)[] | null;
  readonly render: RenderRows;
  /** Bytes the answer may have. */
  readonly maxBytes: number;
  /** What a row that does not fit costs. */
  readonly errors: Errors;
  /** True if the caller has hung up. */
  readonly isDisconnected: () => boolean;
  /** Called once. */
  readonly settle: (outcome: Outcome) => void;
}

/** Refused rows that an answer names; with as many, no more are looked for. */
const REFUSED_MAX = 10;
// `{"predictions":[` and `]}`.
const FRAME_BYTES = 18;

export class Job implements Budget {
  /** Milliseconds, of performance.now(). */
  readonly since = performance.now();
  /** True once it is answered: nothing more is run for it. */
  settled = false;
  readonly #options: JobOptions;
  /** What the answer may still have, in bytes. */
  left: number;
  /** Instances that have no answer yet. */
  #waiting: number;
  /** The answers' JSON up to `#next`, the first instance that has none. */
  #text = '';
  #next = 0;
  /** Answers that came before those ahead of them, by their first instance: rows of another shape run apart. */
  #early: Map<number, { count: number; text: string }> | null = null;
  #refused: RefusedRow[] | null = null;

  constructor(options: JobOptions) {
    this.#options = options;
    this.#waiting = options.rows;
    this.left = options.maxBytes - FRAME_BYTES;
  }

  get rows(): number {
    return this.#options.rows;
  }

  get errors(): Errors {
    return this.#options.errors;
  }

  isDisconnected(): boolean {
    try {
      return this.#options.isDisconnected();
    } catch {
      return true;
    }
  }

  /** Answers `count` instances from `from` on by the rows from `at` on of a run's `rows`. */
  answer(from: number, count: number, results: readonly Tensor[], at: number, rows: number): void {
    if (this.settled) return;
    this.#waiting -= count;
    // All or nothing: what is left to find out is which other rows are refused.
    if (this.#refused === null) {
      try {
        this.#add(from, count, this.#write(from, count, results, at, rows));
      } catch (error) {
        this.fail(error);
      }
    }
    if (this.#waiting === 0) this.#end();
  }

  /** Answers one instance by its error. Only where errors are of rows. */
  reject(fault: RowFault, instance: number): void {
    if (this.settled) return;
    this.#waiting -= 1;
    const text = rowError(fault, this.#options.keys?.[instance] ?? null);
    this.left -= Buffer.byteLength(text) + 1;
    if (this.left < 0) this.fail(new ReplyTooLarge());
    else this.#add(instance, 1, text);
    if (this.#waiting === 0) this.#end();
  }

  /** Notes that the model refuses this instance, though it takes others. */
  refuse(instance: number, reason: string): void {
    if (this.errors === 'row') {
      this.reject({ instance, reason }, instance);
      return;
    }
    this.#waiting -= 1;
    this.#refused ??= [];
    this.#refused.push({ instance, reason });
    if (this.#waiting === 0 || this.#refused.length === REFUSED_MAX) this.#end();
  }

  fail(error: unknown): void {
    this.#settle({ ok: false, error });
  }

  #write(from: number, count: number, results: readonly Tensor[], at: number, rows: number): string {
    const { render, keys } = this.#options;
    const text = render(results, { at, count, rows, from }, keys, this);
    // The comma that may stand before it.
    this.left -= 1;
    return text;
  }

  #add(from: number, count: number, text: string): void {
    if (from !== this.#next) {
      this.#early ??= new Map();
      this.#early.set(from, { count, text });
      return;
    }
    let part: { count: number; text: string } | undefined = { count, text };
    while (part !== undefined) {
      this.#text = this.#next === 0 ? part.text : `${this.#text},${part.text}`;
      this.#next += part.count;
      part = this.#early?.get(this.#next);
    }
  }

  #end(): void {
    if (this.#refused === null) this.#settle({ ok: true, text: `{"predictions":[${this.#text}]}` });
    else this.fail(new Refused(this.#refused));
  }

  #settle(outcome: Outcome): void {
    if (this.settled) return;
    this.settled = true;
    try {
      this.#options.settle(outcome);
    } catch {
      // It was the answer's last way out; the request's owner has to provide another.
    }
  }
}
