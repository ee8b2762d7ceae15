/**
 * The comparison gate: what the candidate answers beside what the live model answers to the same rows. Every number
 * of an answer is compared with the one at the same place; the order of rows is that of each row's first number.
 */
import type { Gates } from '../../config/rollout.ts';
import { isWithin } from '../../../common/artifact/difference.ts';
import { noAnswer } from './golden.ts';
import type { Judgement } from './judgement.ts';
import type { ProbeResult } from './probe.ts';

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
  heard: ProbeResult,
  live: string,
  candidate: string,
  percent: number,
  policy: NonNullable<Gates['comparison']>,
): Judgement {
  const [before, after] = [heard.answers.get(live), heard.answers.get(candidate)];
  if (after === undefined) return noAnswer(heard, percent);
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

/**
 * Null: the answers have not the same form. Words and the like count as numbers that differ by 1, if they differ; what
 * is no finite number, where the other is one, differs by more than any limit.
 */
export function compare(
  before: readonly unknown[],
  after: readonly unknown[],
  tolerance: number,
): Report | null {
  if (before.length !== after.length) return null;
  const [mine, theirs] = [before.map(leavesOf), after.map(leavesOf)];
  let [numbers, outside, largest, total] = [0, 0, 0, 0];
  for (const [i, row] of mine.entries()) {
    const other = theirs[i] ?? [];
    if (row.length !== other.length) return null;
    for (const [j, leaf] of row.entries()) {
      const [a, b] = pairOf(leaf, other[j]);
      const difference = Math.abs(a - b);
      numbers += 1;
      largest = Math.max(largest, difference);
      total += difference;
      if (!isWithin(a, b, tolerance)) outside += 1;
    }
  }
  return {
    rows: before.length,
    numbers,
    maxDifference: largest,
    meanDifference: total / Math.max(1, numbers),
    rankAgreement: rankAgreement(mine.map(firstNumber), theirs.map(firstNumber)),
    outsideTolerance: outside / Math.max(1, numbers),
  };
}

/** Every number of two answers beside the one at the same place; null: they have not the same form. */
export function pairedNumbers(before: unknown, after: unknown): [number, number][] | null {
  const [mine, theirs] = [leavesOf(before), leavesOf(after)];
  return mine.length === theirs.length ? mine.map((leaf, i) => pairOf(leaf, theirs[i])) : null;
}

/** All that is no list and no object, in the order of the names. */
function leavesOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value.flatMap(leavesOf);
  if (typeof value !== 'object' || value === null) return [value];
  const entries = Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1));
  return entries.flatMap(([, item]) => leavesOf(item));
}

function pairOf(a: unknown, b: unknown): [number, number] {
  if (typeof a !== 'number' && typeof b !== 'number') return a === b ? [0, 0] : [0, 1];
  if (Object.is(a, b)) return [0, 0];
  return Number.isFinite(a) && Number.isFinite(b) ? [Number(a), Number(b)] : [0, Infinity];
}

function firstNumber(leaves: readonly unknown[]): number {
  return leaves.find((leaf): leaf is number => Number.isFinite(leaf)) ?? 0;
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
