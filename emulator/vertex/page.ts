import { ApiError } from '../core/errors.ts';
import { parseFilter } from './filter.ts';
import type { Filterable, FilterRules } from './filter.ts';

/** The query of every List method. */
export interface ListQuery {
  readonly filter?: string;
  readonly orderBy?: string;
  readonly pageSize?: number;
  readonly pageToken?: string;
}

export interface Page<Item> {
  readonly items: Item[];
  readonly nextPageToken: string;
}

const maxPageSize = 100;

/** The page of `items` that `query` asks for. Throws INVALID_ARGUMENT for a query that it cannot follow. */
export function pageOf<Item extends Filterable>(
  items: readonly Item[],
  query: ListQuery,
  rules: FilterRules = {},
): Page<Item> {
  const test = parseFilter(query.filter ?? '', rules);
  const found = sortBy(
    items.filter((item) => test(item)),
    query.orderBy ?? '',
  );
  const from = query.pageToken === undefined || query.pageToken === '' ? 0 : offsetOf(query.pageToken);
  const size = Math.min(
    query.pageSize === undefined || query.pageSize <= 0 ? maxPageSize : query.pageSize,
    maxPageSize,
  );
  const next = from + size;
  return { items: found.slice(from, next), nextPageToken: next < found.length ? tokenOf(next) : '' };
}

function sortBy<Item extends Filterable>(items: Item[], orderBy: string): Item[] {
  const orders = orderBy
    .split(',')
    .map((order) => order.trim().split(/\s+/))
    .toReversed();
  let sorted = items;
  for (const [field = '', direction] of orders) {
    if (field === '') continue;
    const name = field.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
    if (items.some((item) => !item.fields.has(name)))
      throw new ApiError('INVALID_ARGUMENT', `Invalid order_by: "${orderBy}".`);
    const sign = direction === 'desc' ? -1 : 1;
    sorted = sorted.toSorted(
      (a, b) => sign * (a.fields.get(name) ?? '').localeCompare(b.fields.get(name) ?? ''),
    );
  }
  return sorted;
}

export function tokenOf(offset: number): string {
  return Buffer.from(`offset:${offset}`).toString('base64url');
}

/** Throws INVALID_ARGUMENT for what `tokenOf` has not made. */
export function offsetOf(token: string): number {
  const [, offset] = /^offset:(\d+)$/.exec(Buffer.from(token, 'base64url').toString()) ?? [];
  if (offset === undefined) throw new ApiError('INVALID_ARGUMENT', `Invalid page token: "${token}".`);
  return Number(offset);
}
