/**
 * Partial responses: `fields=items(name,generation),nextPageToken`.
 * https://cloud.google.com/storage/docs/json_api#partial-response
 */
import { invalidParameter } from './errors.ts';

/** What to keep of an object, by key. `*` stands for every key. */
type Selection = Map<string, Selection | 'whole'>;

/** Keeps of `payload` what `fields` names. Throws a 400 StorageError for a selector that cannot be read. */
export function selectFields(payload: unknown, fields: string): unknown {
  const tokens = fields.match(/[^(),/]+|[(),/]/g) ?? [];
  const selection: Selection = new Map();
  if (!takeList(tokens, selection) || tokens.length > 0) {
    throw invalidParameter('fields', `Invalid field selection ${fields}`);
  }
  return select(payload, selection);
}

/** Takes `path,path,…` off the tokens and adds it to `into`. False when that is not what they say. */
function takeList(tokens: string[], into: Selection): boolean {
  if (!takePath(tokens, into)) return false;
  if (tokens[0] !== ',') return true;
  tokens.shift();
  return takeList(tokens, into);
}

/** `key`, `key/path` or `key(list)`. */
function takePath(tokens: string[], into: Selection): boolean {
  const key = tokens.shift();
  if (key === undefined || /^[(),/]$/.test(key)) return false;
  const opening = tokens[0];
  if (opening !== '/' && opening !== '(') {
    into.set(key, 'whole');
    return true;
  }
  tokens.shift();
  const known = into.get(key) ?? new Map();
  into.set(key, known);
  const below: Selection = known === 'whole' ? new Map() : known;
  return opening === '/' ? takePath(tokens, below) : takeList(tokens, below) && tokens.shift() === ')';
}

function select(value: unknown, selection: Selection | 'whole'): unknown {
  if (selection === 'whole' || typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item: unknown) => select(item, selection));
  const kept = new Map<string, unknown>();
  for (const [key, item] of Object.entries(value)) {
    const below = selection.get(key) ?? selection.get('*');
    if (below !== undefined) kept.set(key, select(item, below));
  }
  return Object.fromEntries(kept);
}
