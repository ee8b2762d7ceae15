/**
 * The look-ups of requests: collected until the turn of the event loop is over, then one multi-get a view. No request
 * waits longer than the time limit, whatever the stores do.
 */
import { TIMED_OUT, type Asker, type Fetcher, type Found } from './fetcher.ts';
import type { Key } from './stores/store.ts';

/** A key of a row, by the index of its view's fetcher. */
export interface Wanted {
  readonly view: number;
  /** The key as one text. */
  readonly id: string;
  readonly key: Key;
}

export class Lookups {
  readonly fetchers: readonly Fetcher[];
  readonly #timeoutMs: number;
  /** Those that began in this turn and are not done. */
  #begun: Gathering[] = [];
  #isScheduled = false;
  /** Called when the turn's look-ups are made, and, of a store in this process, answered. */
  onTurn: () => void = () => {};

  /** `timeoutMs`: what a request waits at most. */
  constructor(fetchers: readonly Fetcher[], timeoutMs: number) {
    this.fetchers = fetchers;
    this.#timeoutMs = timeoutMs;
  }

  /** Looks all up, and calls `done` once with what was found, in their order; null: no key, and so no row. */
  gather(wanted: readonly (Wanted | null)[], done: (found: readonly Found[]) => void): void {
    if (wanted.length === 0) {
      done([]);
      return;
    }
    const gathering = new Gathering(wanted.length, done);
    for (let slot = 0; slot < wanted.length; slot += 1) {
      const want = wanted[slot] ?? null;
      if (want === null) gathering.found(slot, null);
      else this.fetchers[want.view]?.ask(want.id, want.key, gathering, slot);
    }
    if (gathering.isDone) return;
    this.#begun.push(gathering);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(this.#endTurn);
  }

  #endTurn = (): void => {
    this.#isScheduled = false;
    const begun = this.#begun;
    this.#begun = [];
    for (const fetcher of this.fetchers) fetcher.flush();
    this.onTurn();
    if (begun.every(({ isDone }) => isDone)) return;
    // One timer a turn. It may fire in vain: an answer a moment later would be as late.
    setTimeout(() => {
      for (const gathering of begun) gathering.giveUp();
    }, this.#timeoutMs);
  };
}

/** What one request waits for. */
class Gathering implements Asker {
  readonly #found: Found[];
  readonly #done: (found: readonly Found[]) => void;
  #missing: number;

  constructor(slots: number, done: (found: readonly Found[]) => void) {
    this.#found = Array<Found>(slots).fill(TIMED_OUT);
    this.#missing = slots;
    this.#done = done;
  }

  get isDone(): boolean {
    return this.#missing === 0;
  }

  found(slot: number, found: Found): void {
    this.#found[slot] = found;
    this.#missing -= 1;
    if (this.#missing === 0) this.#done(this.#found);
  }

  giveUp(): void {
    if (this.isDone) return;
    this.#missing = 0;
    this.#done(this.#found);
  }
}
