/** The golden gate: the candidate answers its golden rows as the model did where it was trained. */
import type { Row } from './rows.ts';
import { expectedAnswers, type Heard } from './probe.ts';
import type { Judgement } from './judgement.ts';

/** `percent`: the candidate's share of the traffic while it was asked. */
export function judgeGolden(
  rows: readonly Row[],
  heard: Heard,
  candidate: string,
  percent: number,
  tolerance: number,
): Judgement {
  const answers = heard.answers.get(candidate);
  if (answers === undefined) return notHeard(heard, percent);
  if (answers.length !== rows.length) {
    return { verdict: 'fail', reason: `${rows.length} rows were answered by ${answers.length} predictions` };
  }
  const wrong = rows.flatMap((row, i) => {
    const difference = firstDifference(row.prediction, answers[i], tolerance);
    return difference === null ? [] : [`line ${row.line}: ${difference}`];
  });
  if (wrong.length === 0) {
    return {
      verdict: 'pass',
      reason: `${rows.length} golden rows answered as expected (tolerance ${tolerance})`,
    };
  }
  const reason = `${wrong.length} of ${rows.length} golden rows answered wrongly; ${wrong[0]} (tolerance ${tolerance})`;
  return { verdict: 'fail', reason };
}

/**
 * A failure never says which model it is of: where the candidate should have answered, those that a container has
 * made are taken for its own. Where Vertex AI passes nothing on, nothing is known of the candidate.
 */
export function notHeard(heard: Heard, percent: number): Judgement {
  const { requests, failures, refusals, lastFailure, refusedBecause = null } = heard;
  const expected = expectedAnswers(heard, percent);
  if (expected >= 10 && refusals >= expected / 2) {
    const reason = `${refusals} of ${requests} requests failed and none was answered by the candidate; ${lastFailure}`;
    return { verdict: 'fail', reason };
  }
  if (refusedBecause !== null && failures > refusals) {
    return {
      verdict: 'hold',
      reason: `${refusedBecause} (${failures} of ${requests} requests; ${lastFailure})`,
    };
  }
  const failed = failures === 0 ? '' : `; ${failures} failed, the last with ${lastFailure}`;
  return { verdict: 'hold', reason: `none of ${requests} requests was answered by the candidate${failed}` };
}

/**
 * Where two JSON values first differ, in words, or null. Numbers may differ by the tolerance times the larger of
 * them, and of 1.
 */
export function firstDifference(
  expected: unknown,
  got: unknown,
  tolerance: number,
  path = 'prediction',
): string | null {
  if (typeof expected === 'number' && typeof got === 'number') {
    return isWithin(expected, got, tolerance) ? null : `${path}: expected ${expected}, got ${got}`;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length)
      return `${path}: expected ${expected.length} elements, got ${got.length}`;
    return firstOf(expected.keys(), (i) => firstDifference(expected[i], got[i], tolerance, `${path}[${i}]`));
  }
  if (isRecord(expected) && isRecord(got)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return firstOf(names, (name) => firstDifference(expected[name], got[name], tolerance, `${path}.${name}`));
  }
  return expected === got ? null : `${path}: expected ${short(expected)}, got ${short(got)}`;
}

/** What is not finite is within no tolerance of anything but itself. */
export function isWithin(a: number, b: number, tolerance: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

function firstOf<T>(items: Iterable<T>, differ: (item: T) => string | null): string | null {
  for (const item of items) {
    const difference = differ(item);
    if (difference !== null) return difference;
  }
  return null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 60);
}
