/**
 * Partial responses: `fields=items(name,generation),nextPageToken`.
 * https://cloud.google.com/storage/docs/json_api#partial-response
 */
import { invalidParameter } from './errors.ts';

/** What to keep of an object, by key; a key without more is kept whole. `*` stands for every key. */
type Selection = Map<string, Selection>;

/** Keeps of `payload` what `fields` names. Throws a 400 StorageError for a selector that cannot be read. */
export function selectFields(payload: unknown, fields: string): unknown {
  const tokens = fields.match(/[^(),/]+|[(),/]/g) ?? [];
  const selection = parseList(tokens, fields);
  if (tokens.length > 0) throw invalidParameter('fields', `Invalid field selection ${fields}`);
  return select(payload, selection);
}

/** Takes a list of paths off `tokens`, up to its end or a closing parenthesis. */
function parseList(tokens: string[], fields: string): Selection {
  const selection: Selection = new Map();
  for (;;) {
    parsePath(tokens, fields, selection);
    if (tokens[0] !== ',') return selection;
    tokens.shift();
  }
}

function parsePath(tokens: string[], fields: string, into: Selection): void {
  const key = tokens.shift();
  if (key === undefined || /^[(),/]$/.test(key)) {
    throw invalidParameter('fields', `Invalid field selection ${fields}`);
  }
  const below: Selection = into.get(key) ?? new Map();
  into.set(key, below);
  if (tokens[0] === '/') {
    tokens.shift();
    parsePath(tokens, fields, below);
  } else if (tokens[0] === '(') {
    tokens.shift();
    for (const [name, more] of parseList(tokens, fields)) below.set(name, more);
    if (tokens.shift() !== ')') throw invalidParameter('fields', `Invalid field selection ${fields}`);
  }
}

function select(value: unknown, selection: Selection): unknown {
  if (selection.size === 0 || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => select(item, selection));
  const kept = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    const below = selection.get(key) ?? selection.get('*');
    if (below !== undefined) kept.set(key, select(item, below));
  }
  return Object.fromEntries(kept);
}
