/**
 * What company does to rows: they are run alone and together, in several orders and numbers, and never beside a copy
 * of themselves alone.
 */
import { RunError } from '../model/model-error.ts';
import type { Runtime, Tensor } from '../model/runtime.ts';
import { COMPARED_ELEMENTS, elements, tryRun, type Sample } from './samples.ts';
import { allowance, joined, rowDifference, same, shapeKey } from './rows.ts';

/** How one output's first dimension goes with the rows of a run. */
export type Follows = 'exactly' | 'by the sum of each' | 'never changes' | 'not';

export interface Company {
  /** Runs of several rows that the runtime took. */
  readonly runs: number;
  /** One an output. */
  readonly follows: readonly Follows[];
  /** How a row is answered differently in company, in words, or null. */
  readonly difference: string | null;
  /** False if every row got the same answer: then nothing is shown. */
  readonly varied: boolean;
}

// Rows of the largest run.
const MANY = 48;
const PATIENCE_MS = 3000;

/** Runs the samples together, those of one shape. */
export async function keepCompany(
  runtime: Runtime,
  samples: readonly Sample[],
  maxRows: number,
): Promise<Company> {
  const { outputs } = runtime.signature;
  const seen: { rows: readonly Sample[]; results: readonly Tensor[] }[] = [];
  let difference: string | null = null;
  const start = performance.now();
  for (const rows of gatherings(samples, maxRows)) {
    if (seen.length > 0 && performance.now() - start > PATIENCE_MS) break;
    const results = await tryRun(runtime, joined(rows.map(({ row }) => row)));
    if (results instanceof RunError) difference ??= `${rows.length} are refused: ${results.message}`;
    else seen.push({ rows, results });
  }
  const follows = outputs.map((_, i) => followed(samples, seen, i));
  for (const { rows, results } of seen) difference ??= differenceOf(outputs, follows, rows, results);
  const [first, ...others] = samples;
  const varied = first !== undefined && others.some((other) => !same(first.results, other.results));
  return { runs: seen.length, follows, difference, varied };
}

/** Which rows run together, by shape: two either way round, three, all of them in three orders, and many. */
function gatherings(samples: readonly Sample[], maxRows: number): Sample[][] {
  const groups = Object.values(Object.groupBy(samples, ({ row }) => shapeKey(row)));
  return groups.flatMap((group = []) => {
    const most = Math.min(maxRows, fitting(group));
    if (group.length < 2 || most < 2) return [];
    const shuffled = group
      .map((_, i) => group[(i * 5 + 3) % group.length] ?? group[0])
      .filter((x) => x !== undefined);
    const many = Array.from({ length: MANY }, (_, i) => group[(i * 7 + 1) % group.length]).filter(
      (x) => x !== undefined,
    );
    const orders = [
      group.slice(0, 2),
      group.slice(0, 2).toReversed(),
      group.slice(-3),
      group,
      group.toReversed(),
      shuffled,
      many,
    ];
    return orders.map((rows) => rows.slice(0, most));
  });
}

function fitting(group: readonly Sample[]): number {
  const size = elements((group[0]?.row ?? []).map((tensor) => tensor.dims));
  return Math.max(3, Math.floor(COMPARED_ELEMENTS / Math.max(1, size)));
}

function followed(
  samples: readonly Sample[],
  seen: readonly { rows: readonly Sample[]; results: readonly Tensor[] }[],
  output: number,
): Follows {
  const countOf = (results: readonly Tensor[]): number => results[output]?.dims[0] ?? Number.NaN;
  const single = samples.every(({ results }) => countOf(results) === 1);
  if (single && seen.every(({ rows, results }) => countOf(results) === rows.length)) return 'exactly';
  const all = [...samples, ...seen].flatMap(({ results }) => results[output] ?? []);
  const [first] = all;
  if (first !== undefined && all.every((tensor) => same([first], [tensor]))) return 'never changes';
  const sums = seen.every(
    ({ rows, results }) =>
      countOf(results) === rows.reduce((sum, sample) => sum + countOf(sample.results), 0),
  );
  return sums ? 'by the sum of each' : 'not';
}

function differenceOf(
  outputs: readonly { readonly name: string }[],
  follows: readonly Follows[],
  rows: readonly Sample[],
  results: readonly Tensor[],
): string | null {
  for (const [output, { name }] of outputs.entries()) {
    if (follows[output] !== 'exactly') continue;
    const together = results[output];
    for (const [row, sample] of rows.entries()) {
      const alone = sample.results[output];
      if (alone === undefined || together === undefined) continue;
      const found = rowDifference(alone, together, row, allowance(sample.row, alone), name);
      if (found !== null) return found;
    }
  }
  return null;
}
