/** The caller's mistake: answered with 400, this message and where it is. Never carries a value of the payload. */
export class BadInput extends Error {
  override readonly name = 'BadInput';
  /** Index of the instance, or null when the request as a whole is wrong. */
  readonly instance: number | null;
  /** Such as `features[17]`, or null. */
  readonly field: string | null;
  readonly expected: string;
  readonly got: string;
  /** The message without the number of the instance, for where it stands beside its row. */
  readonly inRow: string;

  /** `hint`: what helps. */
  constructor(at: { instance?: number; field?: string }, expected: string, got: string, hint = '') {
    const instance = at.instance === undefined ? '' : `instances[${at.instance}]`;
    const place = [instance, at.field ?? ''].filter((part) => part !== '').join('.');
    const what = `expected ${expected}, got ${got}${hint === '' ? '' : ` (${hint})`}`;
    super(`${place === '' ? 'request' : place}: ${what}`);
    this.instance = at.instance ?? null;
    this.field = at.field ?? null;
    this.expected = expected;
    this.got = got;
    this.inRow = at.field === undefined ? what : `${at.field}: ${what}`;
  }
}

const NAME_MAX = 60;

/** What kind of value it is, for an error message: never the value itself. */
export function classOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : `an array of ${value.length}`;
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) return 'a number too large for JSON readers';
    return Number.isInteger(value) ? 'an integer' : 'a fraction';
  }
  if (typeof value === 'object') return 'an object';
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  return `a ${typeof value}`;
}

/** A name out of a request, made safe to repeat in a message. */
export function quoted(name: string): string {
  const short = name.length > NAME_MAX ? `${name.slice(0, NAME_MAX)}…` : name;
  return JSON.stringify(short);
}
