/** Rows that were looked up a moment ago, also those that the store does not have. The oldest make room for new ones. */
import type { FeatureRow } from './stores/store.ts';

interface Entry {
  readonly row: FeatureRow | null;
  readonly until: number;
}

export class RowCache {
  readonly #ttlMs: number;
  readonly #maxRows: number;
  readonly #entries = new Map<string, Entry>();

  constructor(ttlMs: number, maxRows: number) {
    this.#ttlMs = ttlMs;
    this.#maxRows = maxRows;
  }

  /** The row, null if the store has none, or undefined if it is not known. `now`: ms of performance.now(). */
  get(id: string, now: number): FeatureRow | null | undefined {
    const entry = this.#entries.get(id);
    if (entry === undefined) return undefined;
    if (entry.until > now) return entry.row;
    this.#entries.delete(id);
    return undefined;
  }

  /** `now`: when the look-up began. */
  set(id: string, row: FeatureRow | null, now: number): void {
    if (this.#ttlMs === 0) return;
    // Behind the others: a Map keeps the order in which entries came.
    this.#entries.delete(id);
    this.#entries.set(id, { row, until: now + this.#ttlMs });
    if (this.#entries.size <= this.#maxRows) return;
    for (const oldest of this.#entries.keys()) {
      this.#entries.delete(oldest);
      return;
    }
  }
}
