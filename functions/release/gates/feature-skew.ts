/**
 * How far the values that a model server reads are from those that training saw, with the numbers of Vertex AI's Model
 * Monitoring: the Jensen–Shannon divergence of numbers, in bits, and the L∞ distance of texts and booleans. Both are 0
 * for the same distribution and 1 at most; Vertex AI alerts at 0.3 unless told otherwise.
 * https://cloud.google.com/vertex-ai/docs/model-monitoring/overview#calculating-skew-and-drift
 */
import { REPORT_TEXT_MAX } from '../../../common/artifact/feature-report.ts';
import type { Training } from '../../../common/artifact/training.ts';

export interface Skew {
  readonly measure: 'Jensen–Shannon' | 'L∞';
  readonly distance: number;
  /** What differs most, for people: means, or a value with its two shares. */
  readonly detail: string;
}

/** Values a bin at least, on average: more bins are joined, since chance alone would make them differ. */
const VALUES_A_BIN = 3;

/** Sums of shares are this exact at least. */
const ROUNDING = 1e-9;

/** `values`: without missing ones, at least one. */
export function skewOf(values: readonly (number | string | boolean)[], training: Training): Skew {
  const { distribution } = training;
  if ('categories' in distribution) return categorySkew(values, distribution.categories);
  const numbers = values.map(Number);
  const shares = histogram(numbers, distribution.edges);
  const size = Math.ceil(shares.length / Math.max(1, Math.floor(numbers.length / VALUES_A_BIN)));
  const mean = numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
  const before = training.mean === null ? '' : ` instead of ${rounded(training.mean)}`;
  return {
    measure: 'Jensen–Shannon',
    distance: jensenShannon(joined(shares, size), joined(distribution.shares, size)),
    detail: `mean ${rounded(mean)}${before}`,
  };
}

/** Shares of the bins between the edges; the first and the last are open. */
function histogram(numbers: readonly number[], edges: readonly number[]): number[] {
  const counts = Array.from({ length: edges.length + 1 }, () => 0);
  for (const one of numbers) {
    const above = edges.findIndex((edge) => one < edge);
    const bin = above < 0 ? edges.length : above;
    counts[bin] = (counts[bin] ?? 0) + 1;
  }
  return counts.map((count) => count / numbers.length);
}

/** Sums of so many neighbours each. */
function joined(shares: readonly number[], size: number): number[] {
  return Array.from({ length: Math.ceil(shares.length / size) }, (_, i) =>
    shares.slice(i * size, (i + 1) * size).reduce((sum, share) => sum + share, 0),
  );
}

export function jensenShannon(a: readonly number[], b: readonly number[]): number {
  const middle = a.map((share, i) => (share + (b[i] ?? 0)) / 2);
  return (divergence(a, middle) + divergence(b, middle)) / 2;
}

/** Kullback–Leibler, in bits. */
function divergence(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, share, i) => (share === 0 ? sum : sum + share * Math.log2(share / (b[i] ?? 1))), 0);
}

/** What training did not name is one value together. */
function categorySkew(
  values: readonly (number | string | boolean)[],
  stated: ReadonlyMap<string, number>,
): Skew {
  // As a report has them.
  const categories = new Map<string, number>();
  for (const [name, share] of stated) {
    const cut = name.slice(0, REPORT_TEXT_MAX);
    categories.set(cut, (categories.get(cut) ?? 0) + share);
  }
  const counts = new Map<string | null, number>();
  for (const value of values) {
    const name = categories.has(String(value)) ? String(value) : null;
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  const named = [...categories.values()].reduce((sum, share) => sum + share, 0);
  const shares: [string | null, number][] = [...categories, [null, Math.max(0, 1 - named)]];
  let worst = { distance: 0, detail: 'no difference' };
  for (const [name, share] of shares) {
    const now = (counts.get(name) ?? 0) / values.length;
    if (Math.abs(now - share) <= worst.distance + ROUNDING) continue;
    const what = name === null ? 'other values' : JSON.stringify(name.slice(0, 30));
    worst = {
      distance: Math.abs(now - share),
      detail: `${what} ${percent(now)} instead of ${percent(share)}`,
    };
  }
  return { measure: 'L∞', ...worst };
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`;
}

/** Three digits. */
export function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
