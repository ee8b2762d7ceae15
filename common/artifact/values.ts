/** What stands in fields of requests, responses and features: the types that JSON has, and how JSON of others is read. */

export const VALUE_TYPES = ['number', 'integer', 'string', 'boolean'] as const;

/** `integer` is a whole number within ±(2^53 − 1). */
export type ValueType = (typeof VALUE_TYPES)[number];

/** One value; null is a missing one. */
export type Value = number | string | boolean | null;

export function isValueType(value: unknown): value is ValueType {
  return VALUE_TYPES.some((type) => type === value);
}

/** Whether it is a value of that type. Null is of none. */
export function isOfType(value: unknown, type: ValueType): value is number | string | boolean {
  if (type === 'integer') return Number.isSafeInteger(value);
  if (type === 'number') return typeof value === 'number' && Number.isFinite(value);
  return typeof value === type;
}

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A property of its own: names come from outside, and may be `constructor`. */
export function property(value: unknown, name: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return undefined;
  return Reflect.get(value, name);
}

/** The JSON of a text. Throws an Error that says what was expected. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error('expected JSON', { cause });
  }
}

/** The JSON of a text that may have at most `mostBytes`, or what is wrong with it. */
export function parseJson(
  text: string,
  mostBytes: number,
): { readonly value: unknown } | { readonly problem: string; readonly cause?: unknown } {
  const bytes = Buffer.byteLength(text);
  if (bytes > mostBytes) return { problem: `expected at most ${mostBytes} bytes, got ${bytes}` };
  try {
    return { value: JSON.parse(text) as unknown };
  } catch (cause) {
    return { problem: 'expected JSON', cause };
  }
}

/** A name of others, as JSON without its quotes and cut, for messages. */
export function shownName(name: string): string {
  return JSON.stringify(name.slice(0, 60)).slice(1, -1);
}

/** Fields of the object that are not among the known ones, each with its place. */
export function unknownFields(value: unknown, known: readonly string[], where: string): string[] {
  if (!isRecord(value)) return [];
  return Object.keys(value)
    .filter((name) => !known.includes(name))
    .map((name) => where + shownName(name));
}

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A duration such as 50ms, 30s, 5m, 3h or 7d in ms; null: it is none. */
export function durationMs(text: unknown): number | null {
  const [, digits, unit] = /^([1-9][0-9]{0,5})(ms|s|m|h|d)$/.exec(typeof text === 'string' ? text : '') ?? [];
  if (digits === undefined || unit === undefined) return null;
  return Number(digits) * (UNITS_MS[unit] ?? Number.NaN);
}
