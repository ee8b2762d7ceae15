/** The numbers behind the verdicts of a release, a bounded sample of them (ledger/shown.ts). */
import type { GoldenRow } from '../../../common/artifact/golden-row.ts';
import type { Served } from '../../world.ts';
import { POINTS_MAX, type Evidence, type MetricsPoint } from '../ledger/shown.ts';
import { pairedNumbers } from './comparison.ts';

/** None where the candidate has not answered every row. */
export function goldenEvidence(
  rows: readonly GoldenRow[],
  answers: readonly unknown[] | undefined,
): Evidence['golden'] {
  if (answers?.length !== rows.length) return undefined;
  const points = rows.map(({ line, prediction }, i): [number, number | null] => {
    const pairs = pairedNumbers(prediction, answers[i]);
    const largest = pairs?.reduce((most, [a, b]) => Math.max(most, relative(a, b)), 0) ?? Infinity;
    return [line, figure(largest)];
  });
  // What is far off has to be among those that are kept.
  const worst = points.toSorted((a, b) => (b[1] ?? Infinity) - (a[1] ?? Infinity)).slice(0, POINTS_MAX);
  return worst.toSorted((a, b) => a[0] - b[0]);
}

/** None where one of the two has not answered. */
export function comparisonEvidence(
  live: readonly unknown[] | undefined,
  candidate: readonly unknown[] | undefined,
): Evidence['comparison'] {
  if (live === undefined || candidate?.length !== live.length) return undefined;
  return live.slice(0, POINTS_MAX).flatMap((row, i): [number | null, number | null][] => {
    const first = pairedNumbers(row, candidate[i])?.[0];
    return first === undefined ? [] : [[figure(first[0]), figure(first[1])]];
  });
}

export function metricsPoint(
  now: number,
  candidate: Served | undefined,
  live: Served | null | undefined,
): MetricsPoint {
  const share = (served: Served | null | undefined) =>
    served === null || served === undefined ? null : figure(served.errors / served.requests);
  const p95 = (served: Served | null | undefined) => figure(served?.p95Ms ?? NaN);
  return [now, candidate?.requests ?? 0, share(candidate), p95(candidate), share(live), p95(live)];
}

function relative(a: number, b: number): number {
  if (Object.is(a, b)) return 0;
  const difference = Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b));
  return Number.isNaN(difference) ? Infinity : difference;
}

/** With four digits: more cannot be seen. */
function figure(value: number): number | null {
  return Number.isFinite(value) ? Number(value.toPrecision(4)) : null;
}
