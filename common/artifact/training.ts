/**
 * How the values of a feature were distributed in training, as features.json states it. Numbers have a histogram:
 * `edges` are the boundaries between its bins, rising, so that the first and the last bin are open; bin i holds
 * edges[i − 1] ≤ value < edges[i]. Texts and booleans (as `true` and `false`) have the shares of their most frequent
 * values; the rest is one share. Shares are of the values that are not null.
 *
 *     {"rows": 10000, "nullShare": 0.01, "mean": 12.3, "std": 4.5, "edges": [5, 10, 20], "shares": [0.1, 0.4, 0.3, 0.2]}
 *     {"rows": 10000, "nullShare": 0, "categories": {"JP": 0.7, "US": 0.2}}
 */
import { isRecord, property, unknownFields, type ValueType } from './values.ts';

export type Distribution =
  | { readonly edges: readonly number[]; readonly shares: readonly number[] }
  | { readonly categories: ReadonlyMap<string, number> };

export interface Training {
  readonly rows: number;
  /** Of all rows, from 0 to 1. */
  readonly nullShare: number;
  /** Of the numbers; null: not stated. */
  readonly mean: number | null;
  readonly std: number | null;
  readonly distribution: Distribution;
}

const EDGES_MAX = 100;
const CATEGORIES_MAX = 200;
const CATEGORY_CHARS_MAX = 200;
/** Shares are rounded where they are written. */
const SUM_TOLERANCE = 0.01;

/** Adds what is wrong to `problems`, each with its place. */
export function readTraining(
  value: unknown,
  type: ValueType,
  where: string,
  problems: string[],
  unknown: string[],
): Training {
  unknown.push(
    ...unknownFields(
      value,
      ['rows', 'nullShare', 'mean', 'std', 'edges', 'shares', 'categories'],
      `${where}.`,
    ),
  );
  const rows = property(value, 'rows');
  const nullShare = property(value, 'nullShare') ?? 0;
  if (!Number.isSafeInteger(rows) || Number(rows) < 1)
    problems.push(`${where}.rows: expected a whole number of at least 1`);
  if (!isShare(nullShare)) problems.push(`${where}.nullShare: expected a number from 0 to 1`);
  for (const name of ['mean', 'std'])
    if (property(value, name) !== undefined && finite(property(value, name)) === null)
      problems.push(`${where}.${name}: expected a number`);
  const isNumeric = type === 'number' || type === 'integer';
  return {
    rows: Number(rows),
    nullShare: Number(nullShare),
    mean: finite(property(value, 'mean')),
    std: finite(property(value, 'std')),
    distribution: isNumeric ? readHistogram(value, where, problems) : readCategories(value, where, problems),
  };
}

function readHistogram(value: unknown, where: string, problems: string[]): Distribution {
  const edges = numbersOf(property(value, 'edges'));
  const shares = numbersOf(property(value, 'shares'));
  if (property(value, 'categories') !== undefined)
    problems.push(`${where}.categories: expected none for numbers, which have edges and shares`);
  if (edges === null || edges.length === 0 || edges.length > EDGES_MAX)
    problems.push(`${where}.edges: expected a list of 1 to ${EDGES_MAX} numbers`);
  else if (edges.some((edge, i) => i > 0 && edge <= (edges[i - 1] ?? edge)))
    problems.push(`${where}.edges: expected numbers that rise`);
  if (shares === null || !shares.every(isShare) || shares.length !== (edges?.length ?? 0) + 1)
    problems.push(`${where}.shares: expected numbers from 0 to 1, one more than edges`);
  else if (Math.abs(sumOf(shares) - 1) > SUM_TOLERANCE)
    problems.push(`${where}.shares: expected a sum of 1, got ${sumOf(shares)}`);
  return { edges: edges ?? [], shares: shares ?? [] };
}

function readCategories(value: unknown, where: string, problems: string[]): Distribution {
  for (const name of ['edges', 'shares', 'mean', 'std'])
    if (property(value, name) !== undefined)
      problems.push(`${where}.${name}: expected none for texts and booleans, which have categories`);
  const stated = property(value, 'categories');
  const entries = isRecord(stated) ? Object.entries(stated) : [];
  const categories = new Map<string, number>();
  for (const [category, share] of entries) {
    if (isShare(share) && category.length <= CATEGORY_CHARS_MAX) categories.set(category, share);
    else
      problems.push(
        `${where}.categories: expected shares from 0 to 1 by values of up to ${CATEGORY_CHARS_MAX} characters`,
      );
  }
  if (entries.length === 0 || entries.length > CATEGORIES_MAX)
    problems.push(`${where}.categories: expected an object of 1 to ${CATEGORIES_MAX} values`);
  if (sumOf([...categories.values()]) > 1 + SUM_TOLERANCE)
    problems.push(`${where}.categories: expected a sum of at most 1`);
  return { categories };
}

function isShare(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= 1;
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null;
}

function numbersOf(value: unknown): number[] | null {
  if (!Array.isArray(value)) return null;
  const numbers = value.map((one: unknown) => finite(one));
  return numbers.every((one) => one !== null) ? numbers : null;
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, one) => sum + one, 0);
}
