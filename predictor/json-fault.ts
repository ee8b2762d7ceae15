/**
 * Where a text stops being JSON, and what stands there, so that its author can correct it: `JSON.parse` says it with a piece
 * of the payload, or not at all. Looks only where `JSON.parse` has refused. https://www.rfc-editor.org/rfc/rfc8259
 */
export interface JsonFault {
  /** What stands there, in words: never a piece of the text, but for words that are no JSON. */
  readonly got: string;
  /** What helps, or ''. */
  readonly hint: string;
}

const NAN = 'JSON has none; null is NaN with SLIPWAY_NULL_IS_NAN=on, in serving.env of slipway.yaml';
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z_]+/y;
/** Words that other languages write for values, and what helps. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['NaN', NAN],
  ['nan', NAN],
  ['Infinity', 'JSON has none'],
  ['inf', 'JSON has none'],
  ['None', 'JSON says null'],
  ['True', 'JSON says true'],
  ['False', 'JSON says false'],
  ['undefined', 'JSON says null'],
]);

/** The first fault of a text that is no JSON. */
export function jsonFault(text: string): JsonFault {
  if (text.trim() === '') return { got: 'an empty one', hint: '' };
  const scanner = new Scanner(text);
  const at = scanner.scan();
  const { got, hint } = describe(text, at, scanner.inString);
  const before = text.slice(0, at);
  const line = before.split('\n').length;
  const column = at - before.lastIndexOf('\n');
  return { got: `${got} at line ${line}, column ${column}`, hint };
}

function describe(text: string, at: number, inString: boolean): JsonFault {
  const character = text[at];
  if (character === undefined) return { got: 'its end', hint: 'it is cut off' };
  if (inString) {
    if (character === '\\') return { got: 'an escape that JSON does not have', hint: '' };
    return { got: 'a line break or another control character in a text', hint: 'JSON says it as an escape' };
  }
  if (character === '\uFEFF') return { got: 'a byte order mark', hint: 'send UTF-8 without one' };
  if (character === '\u0000') return { got: 'a NUL character', hint: 'send UTF-8' };
  if (character === "'") return { got: 'a single quote', hint: 'JSON has double quotes' };
  if (/[\]},:]/.test(character)) {
    const last = text.slice(0, at).trimEnd().at(-1);
    if (last === ',' && character !== ',') return { got: `a comma before ${character}`, hint: '' };
    return { got: character, hint: '' };
  }
  WORD.lastIndex = at + (character === '-' || character === '+' ? 1 : 0);
  const word = WORD.exec(text)?.[0];
  const hint = word === undefined ? undefined : WORDS.get(word);
  if (word !== undefined && hint !== undefined) return { got: word, hint };
  if (/[-+.\d]/.test(character)) return { got: 'a number that JSON does not have', hint: '' };
  return { got: 'something else', hint: '' };
}

/** Goes through JSON up to its first fault. */
class Scanner {
  /** True if the fault is within a text. */
  inString = false;
  readonly #text: string;
  #at = 0;
  /** `]` or `}` for each array and object that is open: no recursion, since a caller says how deep it goes. */
  readonly #open: string[] = [];

  constructor(text: string) {
    this.#text = text;
  }

  /** Where the fault is. */
  scan(): number {
    let ok = this.#value();
    while (ok) {
      this.#space();
      const closer = this.#open.at(-1);
      if (closer === undefined) return this.#at;
      if (this.#take(closer)) this.#open.pop();
      else if (!this.#take(',')) return this.#at;
      else ok = closer === '}' ? this.#member() : this.#value();
    }
    return this.#at;
  }

  /** A value, or the beginning of an array or object, up to the end of its first value that has none. */
  #value(): boolean {
    for (;;) {
      this.#space();
      const character = this.#text[this.#at] ?? '';
      if (character === '"') return this.#string();
      if (character !== '[' && character !== '{') return this.#word();
      this.#at += 1;
      this.#space();
      const closer = character === '[' ? ']' : '}';
      if (this.#take(closer)) return true;
      this.#open.push(closer);
      if (closer === '}' && !this.#name()) return false;
    }
  }

  #member(): boolean {
    return this.#name() && this.#value();
  }

  #name(): boolean {
    this.#space();
    if (this.#text[this.#at] !== '"' || !this.#string()) return false;
    this.#space();
    return this.#take(':');
  }

  #string(): boolean {
    this.inString = true;
    for (this.#at += 1; this.#at < this.#text.length; this.#at += 1) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) {
        this.#at += 1;
        this.inString = false;
        return true;
      }
      if (code < 0x20) return false;
      if (code !== 0x5c) continue;
      const escape = /\\(?:["\\/bfnrt]|u[\dA-Fa-f]{4})/y;
      escape.lastIndex = this.#at;
      if (!escape.test(this.#text)) return false;
      this.#at = escape.lastIndex - 1;
    }
    return false;
  }

  #word(): boolean {
    for (const word of ['true', 'false', 'null']) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return true;
    }
    NUMBER.lastIndex = this.#at;
    if (!NUMBER.test(this.#text)) return false;
    // `01` and `1.` go on where a number has ended.
    if (/[\d.]/.test(this.#text[NUMBER.lastIndex] ?? '')) return false;
    this.#at = NUMBER.lastIndex;
    return true;
  }

  #space(): void {
    while (' \n\r\t'.includes(this.#text[this.#at] ?? 'x')) this.#at += 1;
  }

  #take(character: string): boolean {
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }
}
