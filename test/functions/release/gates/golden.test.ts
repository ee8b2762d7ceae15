import { describe, expect, it } from 'vitest';
import { judgeGolden, noAnswer } from '../../../../functions/release/gates/golden.ts';
import type { ProbeResult } from '../../../../functions/release/gates/probe.ts';

const HEARD: ProbeResult = { answers: new Map(), requests: 10, failures: 0, refusals: 0, lastFailure: null };

/** Rows with these predictions, answered by the candidate with those. */
function judge(expected: readonly unknown[], got: readonly unknown[], tolerance = 1e-4) {
  const rows = expected.map((prediction, i) => ({ line: i + 1, instance: i, prediction }));
  return judgeGolden(rows, { ...HEARD, answers: new Map([['c', got]]) }, 'c', 5, tolerance);
}

describe('judgeGolden', () => {
  it('passes what is answered as expected', () => {
    expect(judge([0.5, [1, 2]], [0.5, [1, 2]])).toEqual({
      verdict: 'pass',
      reason: '2 golden rows answered as expected (tolerance 0.0001)',
    });
  });

  it('fails what is not, with the first line of it', () => {
    expect(judge([0.5, 0.1, 0.9], [0.5, 0.9, 0.1])).toEqual({
      verdict: 'fail',
      reason:
        '2 of 3 golden rows answered wrongly; line 2: prediction: expected 0.1, got 0.9 (tolerance 0.0001)',
    });
  });

  it.each([0, 1, 3])('fails two rows with %i predictions', (n) => {
    expect(
      judge(
        [1, 1],
        Array.from({ length: n }, () => 1),
      ),
    ).toEqual({
      verdict: 'fail',
      reason: `2 rows were answered by ${n} predictions`,
    });
  });

  it('cannot tell of a candidate that was not met', () => {
    expect(judgeGolden([], HEARD, 'c', 5, 0)).toEqual({
      verdict: 'hold',
      reason: 'none of 10 requests was answered by the candidate',
    });
  });
});

describe('a candidate that is not heard', () => {
  const failing = { lastFailure: 'INTERNAL: boom' };
  const FAILED = '5 of 200 requests failed and none was answered by the candidate; INTERNAL: boom';

  it.each<[string, Partial<ProbeResult>, number, string, string]>([
    ['is met by nobody', { requests: 200 }, 5, 'hold', 'none of 200 requests was answered by the candidate'],
    [
      'should have been met, and there are failures',
      { requests: 200, failures: 9, refusals: 5 },
      5,
      'fail',
      FAILED,
    ],
    [
      'failures that no model server makes',
      { requests: 200, failures: 90, refusals: 4 },
      5,
      'hold',
      'none of 200 requests was answered by the candidate; 90 failed, the last with INTERNAL: boom',
    ],
    [
      'too small a share',
      { requests: 199, failures: 9, refusals: 9 },
      5,
      'hold',
      'none of 199 requests was answered by the candidate; 9 failed, the last with INTERNAL: boom',
    ],
    [
      'has all the traffic and fails it',
      { requests: 27, failures: 27, refusals: 27 },
      100,
      'fail',
      '27 of 27 requests failed and none was answered by the candidate; INTERNAL: boom',
    ],
  ])('%s', (_, change, percent, verdict, reason) => {
    expect(noAnswer({ ...HEARD, ...failing, ...change }, percent)).toEqual({ verdict, reason });
  });
});
