/** Pages of a bucket's objects. https://cloud.google.com/storage/docs/json_api/v1/objects/list */
import type { Bucket } from './bucket.ts';
import { invalidParameter } from './errors.ts';
import { globPattern } from './glob.ts';
import { compareNames } from './names.ts';
import type { StoredObject } from './object.ts';

export interface ListQuery {
  readonly prefix?: string | undefined;
  /** Names match it, from their start to their end. Empty: all do. */
  readonly matchGlob?: string | undefined;
  /** Names that hold it after the prefix are told as one prefix, up to and with the delimiter. */
  readonly delimiter?: string | undefined;
  readonly pageToken?: string | undefined;
  /** Objects and prefixes of one page together, 1 to 1000. */
  readonly maxResults?: number | undefined;
  /** The first name that counts. */
  readonly startOffset?: string | undefined;
  /** The first name that no longer counts. */
  readonly endOffset?: string | undefined;
  /** All generations, oldest first, instead of the live one. */
  readonly versions?: boolean;
}

export interface ListPage {
  readonly objects: readonly StoredObject[];
  readonly prefixes: readonly string[];
  readonly nextPageToken?: string;
}

/** What one line of a listing says: an object, or without one a prefix. */
interface Entry {
  readonly name: string;
  readonly object?: StoredObject;
}

const MAX_PAGE = 1000;

/** Throws a 400 StorageError for a page token that is not ours. */
export function listPage(bucket: Bucket, query: ListQuery): ListPage {
  const limit = Math.min(query.maxResults ?? MAX_PAGE, MAX_PAGE);
  const after = query.pageToken === undefined ? undefined : readToken(query.pageToken);
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let last: Entry | undefined;
  for (const entry of entriesOf(bucket, query)) {
    if (after !== undefined && !comesAfter(entry, after)) continue;
    if (last !== undefined && objects.length + prefixes.length >= limit) {
      return { objects, prefixes, nextPageToken: writeToken(last) };
    }
    if (entry.object === undefined) prefixes.push(entry.name);
    else objects.push(entry.object);
    last = entry;
  }
  return { objects, prefixes };
}

function* entriesOf(bucket: Bucket, query: ListQuery): Generator<Entry> {
  const { prefix = '', delimiter = '', startOffset, endOffset } = query;
  const glob = query.matchGlob ? globPattern(query.matchGlob) : null;
  let lastPrefix: string | undefined;
  for (const name of bucket.names()) {
    if (!name.startsWith(prefix) || glob?.test(name) === false) continue;
    if (startOffset !== undefined && compareNames(name, startOffset) < 0) continue;
    if (endOffset !== undefined && endOffset !== '' && compareNames(name, endOffset) >= 0) continue;
    const live = bucket.live(name);
    const objects = query.versions === true ? bucket.versions(name) : live === undefined ? [] : [live];
    if (objects.length === 0) continue;
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    if (cut === -1) {
      for (const object of objects) yield { name, object };
      continue;
    }
    const folder = name.slice(0, cut + delimiter.length);
    if (folder !== lastPrefix) yield { name: folder };
    lastPrefix = folder;
  }
}

interface Position {
  readonly name: string;
  readonly generation: string;
}

function comesAfter(entry: Entry, { name, generation }: Position): boolean {
  const order = compareNames(entry.name, name);
  if (order !== 0) return order > 0;
  return Number(entry.object?.generation ?? 0) > Number(generation);
}

function writeToken({ name, object }: Entry): string {
  return Buffer.from(JSON.stringify([name, object?.generation ?? '0'])).toString('base64url');
}

function readToken(token: string): Position {
  const [name, generation] = parseToken(token);
  if (typeof name === 'string' && typeof generation === 'string') return { name, generation };
  throw invalidParameter('pageToken', `Invalid page token: '${token}'.`);
}

function parseToken(token: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(token, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}
