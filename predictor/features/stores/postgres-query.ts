/** The one query of a view, and which keys its columns can have. */
import { StoreError, type Key, type View } from './store.ts';

export interface KeyType {
  /** As PostgreSQL calls it. */
  readonly name: string;
  /** Whether a column of the type can have the value. */
  readonly has: (value: Key[number]) => boolean;
}

/** Throws a StoreError that cannot be helped by asking again. */
export function keyTypeOf(view: View, column: string, name: string): KeyType {
  const has = TYPES.get(name);
  if (has !== undefined) return { name, has };
  throw new StoreError(
    `view ${view.name}: expected the key ${column} to be text, an integer, a UUID or a boolean, got ${name}`,
    { isLasting: true },
  );
}

const UUID = /^[\da-f]{8}-?(?:[\da-f]{4}-?){3}[\da-f]{12}$/i;
const isText = (value: Key[number]): boolean =>
  !(typeof value === 'string' && (value.includes('\0') || !value.isWellFormed()));

const TYPES = new Map<string, KeyType['has']>([
  ['text', isText],
  ['character varying', isText],
  ['character', isText],
  ['smallint', integer(15n)],
  ['integer', integer(31n)],
  ['bigint', integer(63n)],
  ['uuid', (value) => UUID.test(String(value))],
  ['boolean', (value) => typeof value === 'boolean' || value === 'true' || value === 'false'],
]);

function integer(bits: bigint): KeyType['has'] {
  const limit = 1n << bits;
  return (value) => {
    const text = String(value);
    // "01" would be found as 1, and is another key.
    if (!/^(?:0|-?[1-9]\d{0,19})$/.test(text)) return false;
    const number = BigInt(text);
    return number >= -limit && number < limit;
  };
}

/** `table`: quoted. `timeType`: of the view's time, if it has one. */
export function queryOf(
  view: View,
  table: string,
  types: readonly KeyType[],
  timeType: string | null,
): string {
  const keys = view.key.map((_, i) => `k${i}`);
  const arrays = types.map(({ name }, i) => `$${i + 1}::${ARRAYS.get(name) ?? name}[]`);
  const columns = view.features.map((name) => `f.${quoted(name)}`);
  if (view.time !== null) columns.push(milliseconds(`f.${quoted(view.time)}`, timeType ?? ''));
  const matches = view.key.map((name, i) => `f.${quoted(name)} = k.k${i}`);
  return (
    `SELECT ${['k.at', ...columns].join(', ')} ` +
    `FROM unnest(${arrays.join(', ')}) WITH ORDINALITY AS k (${[...keys, 'at'].join(', ')}) ` +
    `JOIN ${table} AS f ON ${matches.join(' AND ')}`
  );
}

/** An array of the type without a length; text is what varying characters are compared as. */
const ARRAYS = new Map([
  ['character varying', 'text'],
  ['character', 'bpchar'],
]);

/** Times as numbers, whatever the time zone of this process; what is no time is left as it is. */
function milliseconds(column: string, type: string): string {
  return /^(?:timestamp|date)/.test(type) ? `(extract(epoch FROM ${column}) * 1000)::float8` : column;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
