import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Gates } from '../../../../functions/config/rollout.ts';
import { compare, judgeComparison } from '../../../../functions/release/gates/comparison.ts';
import type { ProbeResult } from '../../../../functions/release/gates/probe.ts';

const HEARD: ProbeResult = { answers: new Map(), requests: 10, failures: 0, refusals: 0, lastFailure: null };
const NO_LIMITS = {
  maxDifference: null,
  meanDifference: null,
  rankAgreement: null,
  tolerance: 1e-3,
  outsideTolerance: null,
};

function judge(
  before: readonly unknown[] | undefined,
  after: readonly unknown[] | undefined,
  limits: Partial<NonNullable<Gates['comparison']>>,
) {
  const answers = new Map<string, readonly unknown[]>();
  if (before !== undefined) answers.set('live', before);
  if (after !== undefined) answers.set('new', after);
  return judgeComparison({ ...HEARD, answers }, 'live', 'new', 10, { ...NO_LIMITS, ...limits });
}

describe('compare', () => {
  it('measures number by number, and the order of rows by the first of each', () => {
    expect(
      compare(
        [
          [0.1, 9],
          [0.5, 9],
          [0.9, 9],
        ],
        [
          [0.2, 9],
          [0.1, 9],
          [0.9, 9],
        ],
        0.15,
      ),
    ).toEqual({
      rows: 3,
      numbers: 6,
      maxDifference: 0.4,
      meanDifference: expect.closeTo(0.5 / 6, 12),
      rankAgreement: expect.closeTo(2 / 3, 12),
      outsideTolerance: expect.closeTo(1 / 6, 12),
    });
  });

  it.each<[string, unknown[], unknown[]]>([
    ['another number of rows', [1], [1, 2]],
    ['another number of values', [[1]], [[1, 2]]],
    ['a list in place of a value', [1], [[1, 2]]],
    ['an object with one value more', [{ p: 1 }], [{ p: 1, q: 1 }]],
  ])('finds another form: %s', (_, before, after) => {
    expect(compare(before, after, 1)).toBeNull();
  });

  it.each<[string, unknown, unknown, number]>([
    ['the same words', 'yes', 'yes', 0],
    ['other words count as one', 'yes', 'no', 1],
    ['true and false', true, false, 1],
    ['null and null', null, null, 0],
    ['no number where there was one', 0.5, NaN, Infinity],
    ['a number where there was none', NaN, 0.5, Infinity],
    ['no number on both sides', NaN, NaN, 0],
    ['too large a number', 0.5, -Infinity, Infinity],
    ['a number as text', 5, '5', Infinity],
    ['nothing in place of a number', 5, null, Infinity],
    ['objects in another order', { a: 1, b: 2 }, { b: 2, a: 1 }, 0],
  ])('%s', (_, before, after, difference) => {
    const report = compare([before], [after], 1e-3);
    expect(report?.maxDifference).toBe(difference);
    expect(report?.outsideTolerance).toBe(difference > 0 ? 1 : 0);
  });

  it('takes rows of which no two are ordered for agreed, and no rows at all', () => {
    expect(compare(['a', 'b'], ['b', 'a'], 1)?.rankAgreement).toBe(1);
    expect(compare([1, 1], [1, 2], 1)?.rankAgreement).toBe(1);
    expect(compare([NaN, 1, 2], [NaN, 1, 2], 1)?.rankAgreement).toBe(1);
    expect(compare([], [], 1)).toEqual({
      rows: 0,
      numbers: 0,
      maxDifference: 0,
      meanDifference: 0,
      rankAgreement: 1,
      outsideTolerance: 0,
    });
  });

  it('takes answers of as many numbers as a request can bring back', () => {
    const wide = Array.from({ length: 32 }, (_, i) => Array.from({ length: 10_000 }, (__, j) => i + j));
    expect(compare(wide, wide, 0)).toMatchObject({ numbers: 320_000, maxDifference: 0 });
  });

  it('of a model with itself differs in nothing, whatever it answers', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), (answers) => {
        expect(compare(answers, structuredClone(answers), 0)).toMatchObject({
          maxDifference: 0,
          meanDifference: 0,
          rankAgreement: 1,
          outsideTolerance: 0,
        });
      }),
    );
  });
});

describe('judgeComparison', () => {
  const [live, same, other] = [
    [0.1, 0.5, 0.9],
    [0.1, 0.5, 0.9],
    [0.1, 0.9, 0.5],
  ];

  it('passes with the figures', () => {
    expect(judge(live, same, { maxDifference: 0 })).toEqual({
      verdict: 'pass',
      reason: '3 rows: largest difference 0, mean 0, 0 % outside 0.001, rank agreement 1',
    });
  });

  const FIGURES = '3 rows: largest difference 0.4, mean 0.267, 66.7 % outside 0.001, rank agreement 0.667';

  it.each([
    [{ maxDifference: 0.3 }, `largest difference over 0.3 (${FIGURES})`],
    [{ meanDifference: 0.1 }, `mean difference over 0.1 (${FIGURES})`],
    [{ outsideTolerance: 0.05 }, `over 5 % outside the tolerance (${FIGURES})`],
    [{ rankAgreement: 0.9 }, `rank agreement under 0.9 (${FIGURES})`],
    [
      { maxDifference: 0.3, rankAgreement: 0.9 },
      `largest difference over 0.3, rank agreement under 0.9 (${FIGURES})`,
    ],
  ])('fails over %j', (limits, reason) => {
    expect(judge(live, other, limits)).toEqual({ verdict: 'fail', reason });
  });

  it('passes at a limit itself', () => {
    expect(judge([1, 2], [2, 1], { maxDifference: 1, meanDifference: 1, outsideTolerance: 1 }).verdict).toBe(
      'pass',
    );
  });

  it.each([{ maxDifference: 10 }, { meanDifference: 10 }, { outsideTolerance: 0.5 }])(
    'fails what is no number, over %j',
    (limits) => {
      for (const answer of [NaN, Infinity, null, '0.5', { error: 'boom' }]) {
        expect(judge(live, [answer, answer, answer], limits).verdict).toBe('fail');
      }
    },
  );

  it('fails answers of another form', () => {
    expect(judge(live, [[1, 2], 0.5, 0.9], { maxDifference: 9 })).toEqual({
      verdict: 'fail',
      reason: 'the answers of the two models do not have the same form',
    });
  });

  it.each([
    ['the candidate', live, undefined, 'none of 10 requests was answered by the candidate'],
    ['the live model', undefined, live, 'none of 10 requests was answered by the live model'],
    ['either', undefined, undefined, 'none of 10 requests was answered by the candidate'],
  ])('cannot tell without %s', (_, before, after, reason) => {
    expect(judge(before, after, { maxDifference: 0 })).toEqual({ verdict: 'hold', reason });
  });
});
