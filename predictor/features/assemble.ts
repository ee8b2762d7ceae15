/** Puts the values of one instance together: from the request, from the rows that were looked up, from defaults. */
import type { FeatureSettings } from '../../common/artifact/feature-settings.ts';
import { isOfType, type Value } from '../../common/artifact/values.ts';
import { BadInput, classOf } from '../serve/bad-input.ts';
import { Unavailable, type Found } from './fetcher.ts';
import type { PlannedColumn, PlannedInput, PlannedView } from './plan.ts';
import { FeatureRefused, FeaturesUnavailable } from './refusals.ts';
import type { Instance } from './request-fields.ts';

export type Policies = Pick<FeatureSettings, 'missing' | 'stale' | 'unavailable'>;

/** What became of a stored value, where it is not simply used. */
export type Fate = 'overridden' | 'missing' | 'stale' | 'unavailable';

/** A value that the model gets, or, of a list, several. */
export type Assembled = Value | readonly Value[];

export interface Tally {
  /** `isDefault`: the model gets the default instead. */
  count(source: string, fate: Fate, isDefault: boolean): void;
}

export interface Rows {
  readonly views: readonly PlannedView[];
  /** One a view for each instance, those of an instance together. */
  readonly found: readonly Found[];
  /** Milliseconds since 1970. */
  readonly now: number;
}

export class Assembler {
  readonly #policies: Policies;
  readonly #defaults: ReadonlyMap<string, Value>;
  readonly #tally: Tally;

  /** `defaults`: of the interface, by field. */
  constructor(policies: Policies, defaults: ReadonlyMap<string, Value>, tally: Tally) {
    this.#policies = policies;
    this.#defaults = defaults;
    this.#tally = tally;
  }

  /** The value of an input, as an instance has it. Throws a BadInput, FeatureRefused or FeaturesUnavailable. */
  input({ columns, isBare }: PlannedInput, instance: Instance, rows: Rows, index: number): unknown {
    const [only] = columns;
    if (isBare && only !== undefined) return this.column(only, instance, rows, index);
    const values: Value[] = [];
    for (const column of columns) {
      const value = this.column(column, instance, rows, index);
      if (isList(value)) values.push(...value);
      else values.push(value);
    }
    return values;
  }

  column(planned: PlannedColumn, instance: Instance, rows: Rows, index: number): Assembled {
    if (planned.view < 0) return this.#ofRequest(planned, instance, index);
    const { column, source, override } = planned;
    if (override !== null) {
      const sent = sentValue(instance, override);
      if (sent !== undefined) {
        this.#tally.count(source, 'overridden', false);
        return sentAs(planned, sent, override, index);
      }
    }
    const found = rows.found[index * rows.views.length + planned.view] ?? null;
    if (found instanceof Unavailable) return this.#withoutStore(planned, found, rows);
    const value = typed(found?.values[planned.feature], planned);
    if (found === null || value === null) return this.#missing(planned, instance, rows, index);
    const time = found.times === undefined ? found.time : (found.times[planned.feature] ?? null);
    const ageMs = time === null ? null : rows.now - time;
    return isTooOld(column, ageMs) ? this.#stale(planned, instance, rows, index, value, ageMs) : value;
  }

  #ofRequest(planned: PlannedColumn, instance: Instance, index: number): Assembled {
    const { column, source } = planned;
    const sent = sentValue(instance, column.field);
    // Checked against the interface, whose type may be wider than the column's.
    if (sent !== undefined) return sentAs(planned, sent, column.field, index);
    const fallback = this.#defaults.get(column.field) ?? column.default;
    if (fallback === undefined) {
      throw new BadInput({ instance: index, field: source.replace(/^request\./, '') }, 'a value', 'nothing');
    }
    return repeated(fallback, column.list);
  }

  #withoutStore(planned: PlannedColumn, { reason }: Unavailable, { views }: Rows): Assembled {
    const { column, source } = planned;
    const canDefault = this.#policies.unavailable === 'default' && column.default !== undefined;
    this.#tally.count(source, 'unavailable', canDefault);
    if (canDefault) return repeated(column.default, column.list);
    throw new FeaturesUnavailable(views[planned.view]?.view.name ?? '', reason);
  }

  #missing(planned: PlannedColumn, instance: Instance, rows: Rows, index: number): Assembled {
    const { column, source } = planned;
    const canDefault = this.#policies.missing === 'default' && column.default !== undefined;
    this.#tally.count(source, 'missing', canDefault);
    if (canDefault) return repeated(column.default, column.list);
    const hasRow = rows.found[index * rows.views.length + planned.view] !== null;
    const got = hasRow ? 'none in the store' : 'no row of that key in the store';
    throw new FeatureRefused('FEATURES_MISSING', index, source, keyInWords(planned, instance, rows), got);
  }

  #stale(
    planned: PlannedColumn,
    instance: Instance,
    rows: Rows,
    index: number,
    value: Assembled,
    ageMs: number | null,
  ): Assembled {
    const { column, source } = planned;
    const canDefault = this.#policies.stale === 'default' && column.default !== undefined;
    this.#tally.count(source, 'stale', canDefault);
    if (this.#policies.stale === 'serve') return value;
    if (canDefault) return repeated(column.default, column.list);
    const most = `of at most ${Math.round((column.maxAgeMs ?? 0) / 1000)} s`;
    const got =
      ageMs === null
        ? `one of unknown age, ${most}`
        : `one that is ${Math.round(ageMs / 1000)} s old, ${most}`;
    throw new FeatureRefused('FEATURES_STALE', index, source, keyInWords(planned, instance, rows), got);
  }
}

/** Whether a value exceeds the column's maxAge. One of unknown age (null) does: nothing says that it is younger. */
export function isTooOld({ maxAgeMs }: PlannedColumn['column'], ageMs: number | null): boolean {
  return maxAgeMs !== null && (ageMs === null || ageMs > maxAgeMs);
}

/** Whether there is a value for the column, of its type. */
export function hasValue(planned: PlannedColumn, found: Found): boolean {
  if (found === null || found instanceof Unavailable) return false;
  return typed(found.values[planned.feature], planned) !== null;
}

/** What the request has of a field; an optional field that is null is not sent. */
export function sentValue(instance: Instance, field: string): unknown {
  if (!Object.hasOwn(instance, field)) return undefined;
  return instance[field] ?? undefined;
}

/** The stored value as the column's type, or null if it is none: stores have types of their own. */
export function typed(stored: unknown, { column: { type, list } }: PlannedColumn): Assembled | null {
  if (stored === null || stored === undefined) return null;
  if (list === null) return single(stored, type);
  const values: unknown = typeof stored === 'string' ? parsedList(stored) : stored;
  if (!Array.isArray(values) || values.length !== list) return null;
  const read = values.map((one: unknown) => single(one, type));
  return read.every((one) => one !== null) ? read : null;
}

function single(stored: unknown, type: PlannedColumn['column']['type']): Value {
  if (isOfType(stored, type)) return stored;
  if (typeof stored === 'bigint') return single(Number(stored), type);
  // SQLite has no booleans, and PostgreSQL's numeric and bigint come as text.
  if (type === 'boolean' && (stored === 0 || stored === 1)) return stored === 1;
  if (typeof stored === 'string' && (type === 'number' || type === 'integer') && NUMERIC.test(stored)) {
    return single(Number(stored), type);
  }
  return null;
}

const NUMERIC = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i;

/** SQLite has no lists either: they are JSON there. */
function parsedList(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** What was sent, which the interface allows: its type may be wider than the column's. Throws a BadInput. */
function sentAs({ column }: PlannedColumn, sent: unknown, field: string, instance: number): Assembled {
  const { type, list } = column;
  if (list === null && isOfType(sent, type)) return sent;
  const isRight = (one: unknown): one is Value => isOfType(one, type);
  if (list !== null && Array.isArray(sent) && sent.length === list && sent.every(isRight)) return sent;
  const many = list === null ? `a value of type ${type}` : `${list} values of type ${type}`;
  throw new BadInput({ instance, field }, many, classOf(sent));
}

function isList(value: Assembled): value is readonly Value[] {
  return Array.isArray(value);
}

function repeated(value: Value | undefined, list: number | null): Assembled {
  return list === null ? (value ?? null) : Array<Value>(list).fill(value ?? null);
}

/** The caller's own words: `customer_id "c-1"`. */
function keyInWords({ view }: PlannedColumn, instance: Instance, { views }: Rows): string {
  const { keyFields = [], keyDefaults = [] } = views[view] ?? {};
  return keyFields
    .map((field, i) => [field, JSON.stringify(sentValue(instance, field) ?? keyDefaults[i])] as const)
    .map(([field, text]) => `${field} ${(text ?? 'nothing').slice(0, 80)}`)
    .join(', ');
}
