/**
 * The comparison gate: what the candidate answers beside what the live model answers to the same rows. Every number
 * of an answer is compared with the one at the same place; the order of rows is that of each row's first number.
 */
import type { Gates } from '../../config-rollout.ts';
import { notHeard } from './golden.ts';
import type { Judgement } from './judge.ts';
import type { Heard } from './probe.ts';

export interface Report {
  readonly rows: number;
  readonly numbers: number;
  readonly maxDifference: number;
  readonly meanDifference: number;
  /** Share of the pairs of rows that both put in the same order; 1 where there are none. */
  readonly rankAgreement: number;
  /** Share of the numbers that differ by more than the tolerance times the larger of them, and of 1. */
  readonly outsideTolerance: number;
}

export function judgeComparison(
  heard: Heard,
  live: string,
  candidate: string,
  percent: number,
  policy: NonNullable<Gates['comparison']>,
): Judgement {
  const [before, after] = [heard.answers.get(live), heard.answers.get(candidate)];
  if (after === undefined) return notHeard(heard, percent);
  if (before === undefined)
    return { verdict: 'hold', reason: `none of ${heard.requests} requests was answered by the live model` };
  const report = compare(before, after, policy.tolerance);
  if (report === null)
    return { verdict: 'fail', reason: 'the answers of the two models do not have the same form' };
  const over = overLimits(report, policy);
  const figures =
    `${report.rows} rows: largest difference ${round(report.maxDifference)}, mean ${round(report.meanDifference)}, ` +
    `${percentage(report.outsideTolerance)} outside ${policy.tolerance}, rank agreement ${round(report.rankAgreement)}`;
  if (over.length === 0) return { verdict: 'pass', reason: figures };
  return { verdict: 'fail', reason: `${over.join(', ')} (${figures})` };
}

function overLimits(report: Report, policy: NonNullable<Gates['comparison']>): string[] {
  const over: string[] = [];
  const { maxDifference, meanDifference, outsideTolerance, rankAgreement } = policy;
  if (maxDifference !== null && report.maxDifference > maxDifference)
    over.push(`largest difference over ${maxDifference}`);
  if (meanDifference !== null && report.meanDifference > meanDifference)
    over.push(`mean difference over ${meanDifference}`);
  if (outsideTolerance !== null && report.outsideTolerance > outsideTolerance)
    over.push(`over ${percentage(outsideTolerance)} outside the tolerance`);
  if (rankAgreement !== null && report.rankAgreement < rankAgreement)
    over.push(`rank agreement under ${rankAgreement}`);
  return over;
}

/** Null: the answers have not the same form. What is no number counts as one that differs by 1, if it differs. */
export function compare(
  before: readonly unknown[],
  after: readonly unknown[],
  tolerance: number,
): Report | null {
  if (before.length !== after.length) return null;
  const [mine, theirs] = [before.map(leavesOf), after.map(leavesOf)];
  const pairs: [number, number][] = [];
  for (const [i, row] of mine.entries()) {
    const other = theirs[i] ?? [];
    if (row.length !== other.length) return null;
    for (const [j, leaf] of row.entries()) pairs.push(pairOf(leaf, other[j]));
  }
  const differences = pairs.map(([a, b]) => Math.abs(a - b));
  const outside = pairs.filter(
    ([a, b]) => Math.abs(a - b) > tolerance * Math.max(1, Math.abs(a), Math.abs(b)),
  );
  return {
    rows: before.length,
    numbers: pairs.length,
    maxDifference: Math.max(0, ...differences),
    meanDifference: differences.reduce((sum, d) => sum + d, 0) / Math.max(1, pairs.length),
    rankAgreement: rankAgreement(mine.map(firstNumber), theirs.map(firstNumber)),
    outsideTolerance: outside.length / Math.max(1, pairs.length),
  };
}

/** All that is no list and no object, in the order of the names. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value !== 'object' || value === null) return [value];
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([, item]) => leavesOf(item));
}

function pairOf(a: unknown, b: unknown): [number, number] {
  if (typeof a === 'number' && typeof b === 'number') return [a, b];
  return a === b ? [0, 0] : [0, 1];
}

function firstNumber(leaves: readonly unknown[]): number {
  return leaves.find((leaf) => typeof leaf === 'number') ?? 0;
}

function rankAgreement(a: readonly number[], b: readonly number[]): number {
  let pairs = 0;
  let same = 0;
  for (let i = 0; i < a.length; i += 1) {
    for (let j = i + 1; j < a.length; j += 1) {
      const order = Math.sign((a[i] ?? 0) - (a[j] ?? 0));
      if (order === 0) continue;
      pairs += 1;
      if (Math.sign((b[i] ?? 0) - (b[j] ?? 0)) === order) same += 1;
    }
  }
  return pairs === 0 ? 1 : same / pairs;
}

function round(value: number): number {
  return Number(value.toPrecision(3));
}

function percentage(share: number): string {
  return `${round(share * 100)} %`;
}
