import { describe, expect, it } from 'vitest';
import {
  comparisonEvidence,
  goldenEvidence,
  metricsPoint,
} from '../../../../functions/release/gates/evidence.ts';
import { POINTS_MAX, withEvidence } from '../../../../functions/release/ledger/shown.ts';

const row = (line: number, prediction: unknown) => ({ line, prediction, instance: {} });

describe('the golden rows', () => {
  it('have the largest difference of each row, relative to the larger number and to 1', () => {
    const rows = [row(1, 0.5), row(2, [100, 1]), row(3, { p: 1 })];
    expect(goldenEvidence(rows, [0.51, [110, 1], { p: 1 }])).toEqual([
      [1, 0.01],
      [2, 0.09091],
      [3, 0],
    ]);
  });

  it('keep the worst ones in their order, and have no number for what is none', () => {
    const rows = Array.from({ length: 50 }, (_, i) => row(i + 1, 0));
    const answers = rows.map(({ line }) => (line === 7 ? NaN : line / 1_000));
    const found = goldenEvidence(rows, answers) ?? [];
    expect(found).toHaveLength(POINTS_MAX);
    expect(found.slice(0, 2)).toEqual([
      [7, null],
      [22, 0.022],
    ]);
  });

  it('have a row of another form as one that cannot be measured, and say nothing without every answer', () => {
    expect(goldenEvidence([row(1, [1, 2])], [[1]])).toEqual([[1, null]]);
    expect(goldenEvidence([row(1, 1), row(2, 1)], [1])).toBeUndefined();
    expect(goldenEvidence([row(1, 1)], undefined)).toBeUndefined();
  });
});

it('the comparison has the first number of both answers', () => {
  expect(comparisonEvidence([0.5, [1, 2]], [0.25, [3, 2]])).toEqual([
    [0.5, 0.25],
    [1, 3],
  ]);
  expect(comparisonEvidence([0.5], undefined)).toBeUndefined();
});

it('the metrics have shares and p95 of both, and null for what is not known', () => {
  const candidate = { requests: 40, errors: 1, p95Ms: 12.34567 };
  expect(metricsPoint(9, candidate, { requests: 100, errors: 0, p95Ms: null })).toEqual([
    9,
    40,
    0.025,
    12.35,
    0,
    null,
  ]);
  expect(metricsPoint(9, undefined, null)).toEqual([9, 0, null, null, null, null]);
});

it('looks at metrics follow each other up to a bound, and answers replace those before', () => {
  const point = (at: number) => metricsPoint(at, undefined, null);
  let known = withEvidence(undefined, { golden: [[1, 0.5]], metrics: [point(0)] });
  for (let at = 1; at <= POINTS_MAX; at += 1) known = withEvidence(known, { metrics: [point(at)] });
  expect(known.golden).toEqual([[1, 0.5]]);
  expect(known.metrics?.map(([at]) => at)).toEqual(Array.from({ length: POINTS_MAX }, (_, i) => i + 1));
  expect(withEvidence(known, { golden: [[1, 0]] }).golden).toEqual([[1, 0]]);
});
