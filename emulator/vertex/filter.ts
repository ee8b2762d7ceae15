/**
 * List filters, as far as ModelService, EndpointService and JobService document them: comparisons with `=`, `!=`
 * and `:`, of times with `<` and `>` too, joined by AND, OR and NOT (google.aip.dev/160; OR binds closer than AND).
 */
import { ApiError } from '../core/errors.ts';

/** What a filter can ask for: scalar fields by lowerCamelCase name, and labels. */
export interface Filterable {
  readonly fields: ReadonlyMap<string, string>;
  readonly labels: Readonly<Record<string, string>>;
}

/** What a List method's filter can do besides equality. */
export interface FilterRules {
  /** Fields of times, which can be compared with `<`, `<=`, `>` and `>=`. */
  readonly times?: readonly string[];
  /** Fields in whose values `:` takes `*` for any characters. */
  readonly wildcards?: readonly string[];
}

type Test = (item: Filterable) => boolean;

const token = /\s*(\(|\)|!=|>=|<=|=|:|<|>|"(?:[^"\\]|\\.)*"|[^\s()=!:<>"]+(?:"[^"]*")?)/gy;

/** Throws INVALID_ARGUMENT for what is not such a filter. An empty one lets everything through. */
export function parseFilter(filter: string, rules: FilterRules = {}): Test {
  if (filter.trim() === '') return () => true;
  const tokens = [...filter.matchAll(token)].map(([, text]) => text ?? '');
  const parser = new Parser(filter, tokens, rules);
  return parser.parse();
}

class Parser {
  readonly #filter: string;
  readonly #tokens: string[];
  readonly #rules: FilterRules;

  constructor(filter: string, tokens: string[], rules: FilterRules) {
    this.#filter = filter;
    this.#tokens = tokens;
    this.#rules = rules;
  }

  parse(): Test {
    const test = this.#all();
    if (this.#tokens.length > 0) throw this.#invalid();
    return test;
  }

  #all(): Test {
    const tests = [this.#any()];
    while (this.#tokens.length > 0 && this.#tokens[0] !== ')') {
      if (this.#tokens[0] === 'AND') this.#tokens.shift();
      tests.push(this.#any());
    }
    return (item) => tests.every((test) => test(item));
  }

  #any(): Test {
    const tests = [this.#one()];
    while (this.#tokens[0] === 'OR') {
      this.#tokens.shift();
      tests.push(this.#one());
    }
    return (item) => tests.some((test) => test(item));
  }

  #one(): Test {
    const first = this.#tokens.shift();
    if (first === 'NOT') {
      const test = this.#one();
      return (item) => !test(item);
    }
    if (first === '(') {
      const test = this.#all();
      if (this.#tokens.shift() !== ')') throw this.#invalid();
      return test;
    }
    const operator = this.#tokens.shift();
    const value = this.#tokens.shift();
    if (first === undefined || value === undefined) throw this.#invalid();
    return this.#comparison(first, operator, unquote(value));
  }

  #comparison(field: string, operator: string | undefined, value: string): Test {
    if (this.#rules.times?.includes(camelCase(field)) === true && operator !== ':')
      return this.#time(field, operator, value);
    if (operator !== '=' && operator !== '!=' && operator !== ':') throw this.#invalid();
    if (field === 'labels' && operator === ':') return ({ labels }) => Object.hasOwn(labels, value);
    const read = this.#reader(field);
    if (operator === ':' && this.#rules.wildcards?.includes(camelCase(field)) === true) {
      const parts = value.split('*').map((part) => part.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
      const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
      return (item) => pattern.test(read(item) ?? '');
    }
    if (operator === ':') return (item) => (value === '*' ? read(item) !== undefined : read(item) === value);
    return (item) => (read(item) === value) === (operator === '=');
  }

  #reader(field: string): (item: Filterable) => string | undefined {
    if (field.startsWith('labels.')) {
      const key = unquote(field.slice('labels.'.length));
      return ({ labels }) => (Object.hasOwn(labels, key) ? labels[key] : undefined);
    }
    const name = camelCase(field);
    return ({ fields }) => {
      const value = fields.get(name);
      if (value === undefined) throw this.#invalid();
      return value;
    };
  }

  #time(field: string, operator: string | undefined, value: string): Test {
    const read = this.#reader(field);
    const limit = Date.parse(value);
    if (Number.isNaN(limit)) throw this.#invalid();
    const compare = comparisons.get(operator ?? '');
    if (compare === undefined) throw this.#invalid();
    return (item) => compare(Date.parse(read(item) ?? ''), limit);
  }

  #invalid(): ApiError {
    return new ApiError('INVALID_ARGUMENT', `Invalid filter: "${this.#filter}".`);
  }
}

const comparisons = new Map<string, (time: number, limit: number) => boolean>([
  ['=', (time, limit) => time === limit],
  ['!=', (time, limit) => time !== limit],
  ['<', (time, limit) => time < limit],
  ['<=', (time, limit) => time <= limit],
  ['>', (time, limit) => time > limit],
  ['>=', (time, limit) => time >= limit],
]);

function camelCase(field: string): string {
  return field.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function unquote(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll(/\\(.)/g, '$1') : text;
}
