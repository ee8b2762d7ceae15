/**
 * The filter language of subscriptions (https://cloud.google.com/pubsub/docs/subscription-message-filter):
 * `attributes:key`, `attributes.key = "v"`, `attributes.key != "v"`, `hasPrefix(attributes.key, "v")`,
 * joined by AND, OR, NOT (or `-`) and parentheses. AND and OR need parentheses to be mixed.
 */
import { invalid } from './refusals.ts';

export type Filter = (attributes: ReadonlyMap<string, string>) => boolean;

const BYTES_MAX = 256;
const token = /\s*(?:("(?:[^"\\]|\\.)*")|([A-Za-z0-9_-]+)|(!=|[=:.,()]))/y;

/** Throws INVALID_ARGUMENT when `text` is no filter. An empty text lets everything through. */
export function parseFilter(text: string): Filter {
  if (text === '') return () => true;
  if (Buffer.byteLength(text) > BYTES_MAX) throw malformed(text);
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  readonly #tokens: string[] = [];
  #next = 0;

  constructor(text: string) {
    this.#text = text;
    token.lastIndex = 0;
    while (text.slice(token.lastIndex).trim() !== '') {
      const [, quoted, word, sign] = token.exec(text) ?? [];
      const found = quoted ?? word ?? sign;
      if (found === undefined) throw malformed(text);
      // A minus before a term is NOT; inside a word it is a letter.
      if (word?.startsWith('-') === true && word.length > 1) this.#tokens.push('-', word.slice(1));
      else this.#tokens.push(found);
    }
  }

  parse(): Filter {
    const filter = this.#expression();
    if (this.#next < this.#tokens.length) throw malformed(this.#text);
    return filter;
  }

  #expression(): Filter {
    const terms = [this.#term()];
    const operator = this.#tokens[this.#next];
    if (operator !== 'AND' && operator !== 'OR') return terms[0] ?? (() => true);
    while (this.#take(operator)) terms.push(this.#term());
    return operator === 'AND'
      ? (attributes) => terms.every((term) => term(attributes))
      : (attributes) => terms.some((term) => term(attributes));
  }

  #term(): Filter {
    if (this.#take('NOT') || this.#take('-')) {
      const negated = this.#term();
      return (attributes) => !negated(attributes);
    }
    if (this.#take('(')) {
      const inner = this.#expression();
      this.#expect(')');
      return inner;
    }
    if (this.#take('hasPrefix')) return this.#prefix();
    this.#expect('attributes');
    if (this.#take(':')) {
      const key = this.#key();
      return (attributes) => attributes.has(key);
    }
    this.#expect('.');
    const key = this.#key();
    if (this.#take('!=')) {
      const value = this.#value();
      return (attributes) => attributes.get(key) !== value;
    }
    this.#expect('=');
    const value = this.#value();
    return (attributes) => attributes.get(key) === value;
  }

  #prefix(): Filter {
    this.#expect('(');
    this.#expect('attributes');
    this.#expect('.');
    const key = this.#key();
    this.#expect(',');
    const prefix = this.#value();
    this.#expect(')');
    return (attributes) => attributes.get(key)?.startsWith(prefix) === true;
  }

  #key(): string {
    const found = this.#tokens[this.#next];
    if (found?.startsWith('"') === true) return this.#value();
    if (found === undefined || !/^[A-Za-z0-9_-]+$/.test(found)) throw malformed(this.#text);
    this.#next += 1;
    return found;
  }

  #value(): string {
    const found = this.#tokens[this.#next];
    if (found?.startsWith('"') !== true) throw malformed(this.#text);
    this.#next += 1;
    return unescape(found.slice(1, -1));
  }

  #take(expected: string): boolean {
    if (this.#tokens[this.#next] !== expected) return false;
    this.#next += 1;
    return true;
  }

  #expect(expected: string): void {
    if (!this.#take(expected)) throw malformed(this.#text);
  }
}

const controls = new Map([
  ['n', '\n'],
  ['r', '\r'],
  ['t', '\t'],
]);

/** Backslash escapes of a string literal: the usual letters, \xHH, \uHHHH and octal \OOO. */
function unescape(literal: string): string {
  return literal.replaceAll(
    /\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|([0-7]{3})|(.))/g,
    (_, hex?: string, unicode?: string, octal?: string, letter?: string) => {
      if (letter !== undefined) return controls.get(letter) ?? letter;
      const code =
        octal === undefined ? Number.parseInt(hex ?? unicode ?? '', 16) : Number.parseInt(octal, 8);
      return String.fromCodePoint(code);
    },
  );
}

function malformed(text: string): Error {
  return invalid(`Invalid filter given (filter=${text}).`);
}
