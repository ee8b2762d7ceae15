/** Lists of the gRPC clients, page by page and bounded: a server that never ends its list ends no tick. */
import { CallError } from '../errors.ts';

/** One page and the token of the next, empty for none. Rejects with what the client throws. */
export type ReadPage<T> = (
  pageToken: string,
) => Promise<{ readonly items: readonly T[]; readonly next: string }>;

/**
 * All items of at most `most` pages. More than that is OUT_OF_RANGE, since a part would be taken for the whole, unless
 * `orPart`: then the first ones are enough.
 */
export async function allPages<T>(
  method: string,
  read: ReadPage<T>,
  { most, orPart = false }: { most: number; orPart?: boolean },
): Promise<T[]> {
  const found: T[] = [];
  let token = '';
  for (let page = 0; page < most; page += 1) {
    const { items, next } = await read(token);
    found.push(...items);
    if (next === '') return found;
    if (next === token) throw new CallError(method, 'UNKNOWN', 'a page of the list leads to itself');
    token = next;
  }
  if (orPart) return found;
  throw new CallError(method, 'OUT_OF_RANGE', `more than ${most} pages`);
}

/** What the clients give of one page, with `autoPaginate` off: its items, the next request, the answer as it is. */
export function pageOf<T>([items, , answer]: readonly [readonly T[], unknown, unknown]): {
  items: readonly T[];
  next: string;
} {
  const next: unknown = Reflect.get(Object(answer), 'nextPageToken');
  return { items, next: typeof next === 'string' ? next : '' };
}
