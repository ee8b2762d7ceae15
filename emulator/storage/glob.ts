/**
 * The patterns of `matchGlob`: `*` and `?` stay within a segment of a name, `**` goes across, and as a segment of its
 * own stands for any number of segments, none too; `[a-z]` and `[!a-z]` are one character, `{a,b}` one of several
 * patterns, and a backslash takes the meaning from what follows it.
 * https://cloud.google.com/storage/docs/json_api/v1/objects/list#list-object-glob; the cases of python-storage's
 * system test (tests/system/test_bucket.py, test_bucket_list_blobs_w_match_glob) hold.
 */
import { invalidParameter } from './errors.ts';

export interface Glob {
  matches(name: string): boolean;
  /** What every name that matches begins with. */
  readonly prefix: string;
}

/** Throws a 400 StorageError for a set or a list that is not closed. */
export function parseGlob(text: string): Glob {
  const { source, rest } = alternatives(text, text, 0);
  if (rest !== '') throw malformed(text);
  const pattern = new RegExp(`^(?:${source})$`, 'su');
  return { matches: (name) => pattern.test(name), prefix: /^[^*?[\]{}\\]*/.exec(text)?.[0] ?? '' };
}

interface Parsed {
  readonly source: string;
  /** What of the text is left. */
  readonly rest: string;
}

/** At depth 0 a comma and a closing brace are characters like others. */
function alternatives(text: string, whole: string, depth: number): Parsed {
  let source = '';
  let rest = text;
  while (rest !== '') {
    const [character = ''] = rest;
    if (depth > 0 && character === '}') return { source, rest };
    if (depth > 0 && character === ',') {
      source += '|';
      rest = rest.slice(1);
      continue;
    }
    const parsed = element(rest, whole, depth);
    source += parsed.source;
    rest = parsed.rest;
  }
  return { source, rest };
}

function element(text: string, whole: string, depth: number): Parsed {
  if (text.startsWith('**')) return manySegments(text, whole);
  const [character = ''] = text;
  const rest = text.slice(character.length);
  switch (character) {
    case '*':
      return { source: '[^/]*', rest };
    case '?':
      return { source: '[^/]', rest };
    case '[':
      return set(rest, whole);
    case '{': {
      const inner = alternatives(rest, whole, depth + 1);
      if (!inner.rest.startsWith('}')) throw malformed(whole);
      return { source: `(?:${inner.source})`, rest: inner.rest.slice(1) };
    }
    case '\\': {
      const [escaped = '\\'] = rest;
      return { source: literal(escaped), rest: rest.slice(escaped.length) };
    }
    default:
      return { source: literal(character), rest };
  }
}

// As a segment of its own, `**` may also stand for no segment at all: then the slash after it goes too.
function manySegments(text: string, whole: string): Parsed {
  const rest = text.replace(/^\*+/, '');
  const before = whole.at(whole.length - text.length - 1);
  const ownSegment =
    rest.startsWith('/') && (text === whole || before === '/' || before === '{' || before === ',');
  return ownSegment ? { source: '(?:.*/)?', rest: rest.slice(1) } : { source: '.*', rest };
}

/** `rest` follows the opening bracket. A closing bracket that comes first is a member. */
function set(rest: string, whole: string): Parsed {
  const [, negated = '', members] = /^([!^]?)(\]?(?:\\.|[^\]\\])*)\]/su.exec(rest) ?? [];
  if (members === undefined || members === '') throw malformed(whole);
  const plain = members.replaceAll(/\\(.)/gsu, '$1');
  const consumed = negated.length + members.length + 1;
  try {
    const one = `(?!/)[${negated === '' ? '' : '^'}${ranges(literal(plain))}]`;
    void new RegExp(one, 'u');
    return { source: one, rest: rest.slice(consumed) };
  } catch (error) {
    throw malformed(whole, error);
  }
}

/** A hyphen at an end of a set is a member. */
function ranges(source: string): string {
  return source.replace(/^-/, '\\-').replace(/-$/, '\\-');
}

function literal(character: string): string {
  return character.replaceAll(/[\\^$.*+?()[\]{}|/]/g, '\\$&');
}

function malformed(glob: string, cause?: unknown) {
  const error = invalidParameter('matchGlob', `Invalid glob pattern: '${glob}'.`);
  error.cause = cause;
  return error;
}
