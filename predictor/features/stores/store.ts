/**
 * Where feature values are kept, behind one interface. A store answers a multi-get, or rejects: time limits, caches
 * and what becomes of a missing value are the caller's (../fetcher.ts).
 */

/** The values of a view's key in a request, in the order of `View.key`. */
export type Key = readonly (string | number | boolean)[];

/** What is read of a store at once: one row a key. */
export interface View {
  /** As features.json names it. */
  readonly name: string;
  /** What the store calls it: a table, a collection, a feature view. */
  readonly table: string;
  /** The columns of the key. */
  readonly key: readonly string[];
  /** The columns that are read. */
  readonly features: readonly string[];
  /** The column with the time that the row's values are of, or null. */
  readonly time: string | null;
}

export interface FeatureRow {
  /** One a feature, in the order of the view's; null or undefined: the row has none. */
  readonly values: readonly unknown[];
  /** The time that the values are of, in milliseconds since 1970; null: the store does not say. */
  readonly time: number | null;
  /** The same one by one, where they differ. */
  readonly times?: readonly (number | null)[];
}

export interface FeatureStore {
  /**
   * The rows of the keys, in their order; null: there is no row. Returns them at once where that blocks no longer than
   * some microseconds a key. Rejects with a StoreError if the store cannot be asked. A key that no row can have is not
   * in the store; it fails no others.
   */
  get(view: View, keys: readonly Key[], signal: AbortSignal): Rows | Promise<Rows>;
  close(): Promise<void>;
}

export type Rows = readonly (FeatureRow | null)[];

/** The store cannot be asked, or does not have what the view says. The message is for the log, not for callers. */
export class StoreError extends Error {
  override readonly name = 'StoreError';
  /** True: asking again would not help, as where a table is missing. */
  readonly isLasting: boolean;

  constructor(message: string, options: ErrorOptions & { readonly isLasting?: boolean } = {}) {
    super(message, options);
    this.isLasting = options.isLasting ?? false;
  }
}

/** Numbers up to here are seconds: the year 5138. */
const SECONDS_MAX = 1e11;
/** Numbers up to here are milliseconds, and beyond they are microseconds, as BigQuery exports have them. */
const MILLISECONDS_MAX = 1e14;

/**
 * A time as stores have it, in milliseconds since 1970, or null: a Date, a number (seconds, milliseconds or
 * microseconds by its size), or text: such a number, ISO 8601, or SQLite's `YYYY-MM-DD HH:MM:SS`, which is UTC.
 */
export function timeOf(value: unknown): number | null {
  if (value instanceof Date) return finite(value.getTime());
  if (typeof value === 'bigint') return timeOf(Number(value));
  if (typeof value === 'number') {
    if (value < SECONDS_MAX) return finite(value * 1000);
    return value < MILLISECONDS_MAX ? value : finite(value / 1000);
  }
  if (typeof value !== 'string') return null;
  // A number in a column of text; a date without its dashes is shorter.
  if (/^\d{9,16}$/.test(value)) return timeOf(Number(value));
  const zoned = /(?:Z|[+-]\d\d:?\d\d|[+-]\d\d)$/i.test(value) || /^\d{4}-\d\d-\d\d$/.test(value);
  return finite(Date.parse(zoned ? value : `${value.replace(' ', 'T')}Z`));
}

function finite(time: number): number | null {
  return Number.isFinite(time) ? time : null;
}
