/**
 * Looks up the rows of one view: the keys of a turn of the event loop are one multi-get, equal keys are asked once,
 * and while look-ups are out, keys that come wait to be asked together. A look-up that takes too long is given up, and
 * a store that keeps failing is left alone for a while (breaker.ts).
 */
import { Breaker } from './breaker.ts';
import { RowCache } from './row-cache.ts';
import type { FeatureRow, FeatureStore, Key, Rows, View } from './stores/store.ts';

/** Why there is neither a row nor the knowledge that there is none. */
export class Unavailable {
  readonly reason: 'timeout' | 'error' | 'breaker';

  constructor(reason: Unavailable['reason']) {
    this.reason = reason;
  }
}

export const TIMED_OUT = new Unavailable('timeout');
const FAILED = new Unavailable('error');
const BROKEN = new Unavailable('breaker');

/** Null: the store has no row of that key. */
export type Found = FeatureRow | null | Unavailable;

/** Who asked. */
export interface Asker {
  /** True once it does not wait for answers any more. */
  readonly isDone: boolean;
  found(slot: number, found: Found): void;
}

/** Told of what becomes of look-ups. */
export interface Observer {
  /** Keys that were answered from the cache. */
  cached(view: string): void;
  /** One multi-get: how long it took, and its rows. */
  answered(view: string, ms: number, rows: Rows): void;
  failed(view: string, reason: 'timeout' | 'error', cause: unknown): void;
  /** The breaker opened, or the store answers again. */
  turned(view: string, isOpen: boolean): void;
}

export interface FetcherOptions {
  readonly store: FeatureStore;
  readonly view: View;
  /** Milliseconds that a look-up may take. */
  readonly timeoutMs: number;
  readonly cache: { readonly ttlMs: number; readonly maxRows: number };
  readonly observer: Observer;
}

interface Entry {
  readonly id: string;
  readonly key: Key;
  /** Who asked first, and for which of its slots. */
  readonly asker: Asker;
  readonly slot: number;
  /** Who else did; null: nobody, as nearly always. */
  others: { readonly asker: Asker; readonly slot: number }[] | null;
}

type Entries = Map<string, Entry>;

/** Multi-gets that are out at once. More would be smaller ones, and no sooner answered. */
const FLIGHTS_MAX = 4;

/** Keys of a multi-get: of a store in this process, what holds the event loop up for some milliseconds. */
const KEYS_MAX = 1000;

export class Fetcher {
  readonly #options: FetcherOptions;
  readonly #cache: RowCache;
  readonly #breaker = new Breaker();
  /**
   * What waits to be asked, and each multi-get that is out, by key. None is emptied key by key: of a Map that shrinks, V8
   * keeps the tables it had, and with them all requests that were in them, until the old generation is collected.
   */
  #waiting: Entries = new Map();
  #flights: readonly Entries[] = [];

  constructor(options: FetcherOptions) {
    this.#options = options;
    this.#cache = new RowCache(options.cache.ttlMs, options.cache.maxRows);
  }

  get view(): View {
    return this.#options.view;
  }

  /** Asks for the row of a key, `id` as one text. The answer may come before this returns, or from `flush` on. */
  ask(id: string, key: Key, asker: Asker, slot: number): void {
    const known = this.#known(id);
    if (known !== undefined) {
      known.others ??= [];
      known.others.push({ asker, slot });
      return;
    }
    const now = performance.now();
    const row = this.#cache.get(id, now);
    if (row !== undefined) {
      this.#options.observer.cached(this.view.name);
      asker.found(slot, row);
      return;
    }
    // Where the store may be back, one key finds out: the others need not wait for it.
    if (this.#breaker.blocks(now) || (this.#breaker.isOpen && this.#waiting.size > 0)) {
      asker.found(slot, BROKEN);
      return;
    }
    this.#waiting.set(id, { id, key, asker, slot, others: null });
  }

  #known(id: string): Entry | undefined {
    let known = this.#waiting.get(id);
    for (const flight of this.#flights) known ??= flight.get(id);
    return known;
  }

  /** The turn is over: asks the store, unless as many look-ups are out as may be. */
  flush = (): void => {
    if (this.#waiting.size === 0 || this.#flights.length >= FLIGHTS_MAX) return;
    const wanted = [...this.#waiting.values()].filter(isWanted);
    const later = wanted.splice(KEYS_MAX);
    this.#waiting = new Map(later.map((entry) => [entry.id, entry]));
    if (wanted.length > 0) this.#launch(wanted);
    if (this.#waiting.size > 0) setImmediate(this.flush);
  };

  #launch(entries: readonly Entry[]): void {
    const { store, view } = this.#options;
    const start = performance.now();
    const abort = new AbortController();
    this.#breaker.started();
    try {
      const rows = store.get(
        view,
        entries.map(({ key }) => key),
        abort.signal,
      );
      if (rows instanceof Promise) void this.#follow(entries, rows, start, abort);
      else this.#land(entries, rows, start);
    } catch (error) {
      this.#fail(entries, 'error', error);
    }
  }

  /** Never rejects. */
  async #follow(
    entries: readonly Entry[],
    rows: Promise<Rows>,
    start: number,
    abort: AbortController,
  ): Promise<void> {
    const { timeoutMs } = this.#options;
    const flight: Entries = new Map(entries.map((entry) => [entry.id, entry]));
    this.#flights = [...this.#flights, flight];
    const arrived = (): void => {
      this.#flights = this.#flights.filter((other) => other !== flight);
    };
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<null>((resolve) => {
      timer = setTimeout(resolve, timeoutMs, null);
    });
    try {
      const found = await Promise.race([rows, late]);
      arrived();
      if (found !== null) this.#land(entries, found, start);
      else {
        // What it still answers, or rejects with, nobody waits for.
        rows.catch(() => {});
        abort.abort();
        this.#fail(entries, 'timeout', null);
      }
    } catch (error) {
      arrived();
      this.#fail(entries, 'error', error);
    } finally {
      clearTimeout(timer);
    }
    this.flush();
  }

  #land(entries: readonly Entry[], rows: Rows, start: number): void {
    const { view, observer } = this.#options;
    if (rows.length !== entries.length) {
      this.#fail(entries, 'error', new Error(`expected ${entries.length} rows, got ${rows.length}`));
      return;
    }
    const wasOpen = this.#breaker.isOpen;
    this.#breaker.succeeded();
    if (wasOpen) observer.turned(view.name, false);
    observer.answered(view.name, performance.now() - start, rows);
    for (let i = 0; i < entries.length; i += 1) {
      const entry = entries[i];
      if (entry === undefined) continue;
      const row = rows[i] ?? null;
      this.#cache.set(entry.id, row, start);
      this.#settle(entry, row);
    }
  }

  #fail(entries: readonly Entry[], reason: 'timeout' | 'error', cause: unknown): void {
    const { view, observer } = this.#options;
    const wasOpen = this.#breaker.isOpen;
    this.#breaker.failed(performance.now());
    observer.failed(view.name, reason, cause);
    if (this.#breaker.isOpen && !wasOpen) observer.turned(view.name, true);
    for (const entry of entries) this.#settle(entry, reason === 'timeout' ? TIMED_OUT : FAILED);
  }

  #settle(entry: Entry, found: Found): void {
    if (!entry.asker.isDone) entry.asker.found(entry.slot, found);
    if (entry.others === null) return;
    for (const { asker, slot } of entry.others) if (!asker.isDone) asker.found(slot, found);
  }
}

function isWanted({ asker, others }: Entry): boolean {
  return !asker.isDone || others?.some((other) => !other.asker.isDone) === true;
}
