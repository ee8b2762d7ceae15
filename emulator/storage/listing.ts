/** Pages of a bucket's objects. https://cloud.google.com/storage/docs/json_api/v1/objects/list */
import type { Bucket } from './bucket.ts';
import { invalidParameter } from './errors.ts';
import { parseGlob } from './glob.ts';
import { compareNames } from './names.ts';
import type { StoredObject } from './object.ts';

export interface ListQuery {
  readonly prefix?: string | undefined;
  /** Names that hold it after the prefix are told as one prefix, up to and with the delimiter. */
  readonly delimiter?: string | undefined;
  readonly pageToken?: string | undefined;
  /** Objects and prefixes of one page together, 1 to 1000. */
  readonly maxResults?: number | undefined;
  /** The first name that counts. */
  readonly startOffset?: string | undefined;
  /** The first name that no longer counts. */
  readonly endOffset?: string | undefined;
  /** Objects and prefixes that do not match it are left out. */
  readonly matchGlob?: string | undefined;
  /** Whether an object whose name ends with the one delimiter in it is told besides its prefix. */
  readonly includeTrailingDelimiter?: boolean;
  /** Only what can be restored: nothing, since what is deleted is gone. */
  readonly softDeleted?: boolean;
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

const PAGE_MAX = 1000;

/** Throws a 400 StorageError for a page token that is not ours, and for a glob that cannot be read. */
export function listPage(bucket: Bucket, query: ListQuery): ListPage {
  const limit = Math.min(query.maxResults ?? PAGE_MAX, PAGE_MAX);
  const after = query.pageToken === undefined ? undefined : readToken(query.pageToken);
  const objects: StoredObject[] = [];
  const prefixes: string[] = [];
  let last: Entry | undefined;
  for (const entry of entriesOf(bucket, query, after)) {
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

function* entriesOf(bucket: Bucket, query: ListQuery, after: Position | undefined): Generator<Entry> {
  const { prefix = '', delimiter = '', startOffset = '', endOffset = '', matchGlob = '' } = query;
  const glob = matchGlob === '' ? undefined : parseGlob(matchGlob);
  if (query.softDeleted === true) return;
  const names = bucket.names();
  let lastPrefix: string | undefined;
  const starts = [prefix, startOffset, after?.name ?? '', glob?.prefix ?? ''];
  for (
    let index = Math.max(...starts.map((start) => firstFrom(names, start)));
    index < names.length;
    index++
  ) {
    const name = names[index] ?? '';
    // The names with one beginning stand together, and those from `starts` on come before what ends them.
    if (!name.startsWith(prefix) || (glob !== undefined && !name.startsWith(glob.prefix))) return;
    if (endOffset !== '' && compareNames(name, endOffset) >= 0) return;
    const live = bucket.live(name);
    const objects = query.versions === true ? bucket.versions(name) : live === undefined ? [] : [live];
    if (objects.length === 0) continue;
    const cut = delimiter === '' ? -1 : name.indexOf(delimiter, prefix.length);
    const folder = cut === -1 ? undefined : name.slice(0, cut + delimiter.length);
    if (folder !== undefined && folder !== lastPrefix && glob?.matches(folder) !== false)
      yield { name: folder };
    lastPrefix = folder ?? lastPrefix;
    const shown = folder === undefined || (query.includeTrailingDelimiter === true && folder === name);
    if (!shown || glob?.matches(name) === false) continue;
    for (const object of objects) yield { name, object };
  }
}

/** The index of the first of `names`, which are in order, that does not come before `start`. */
function firstFrom(names: readonly string[], start: string): number {
  if (start === '') return 0;
  let low = 0;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareNames(names[middle] ?? '', start) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
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
