import { describe, expect, test } from 'vitest';
import { placementOf, type Costs } from '../../../predictor/model/placement.ts';

const timings = (...pairs: [number, number][]): Costs => ({
  timings: pairs.map(([rows, ms]) => ({ rows, elements: 3, ms })),
  costVaries: false,
});

describe('placementOf', () => {
  test.each([
    {
      name: 'fast',
      measured: timings([1, 0.01], [16, 0.02], [256, 0.3]),
      expected: { thread: 'main', maxBatchRows: 256 },
    },
    { name: 'never timed', measured: timings(), expected: { thread: 'worker', maxBatchRows: 256 } },
    {
      name: 'fast, as far as it was asked short texts',
      measured: { ...timings([1, 0.01], [256, 0.3]), costVaries: true },
      expected: { thread: 'worker', maxBatchRows: 256 },
    },
    {
      name: 'just as cheap a row in short runs',
      measured: timings([1, 0.3], [16, 2], [64, 7], [256, 28]),
      expected: { thread: 'main', maxBatchRows: 16 },
    },
    {
      name: 'much cheaper a row in long runs',
      measured: timings([1, 4], [16, 10], [64, 15], [256, 30]),
      expected: { thread: 'worker', maxBatchRows: 256 },
    },
    {
      name: 'slow even for one row',
      measured: timings([1, 20], [4, 80], [16, 320]),
      expected: { thread: 'worker', maxBatchRows: 4 },
    },
    {
      name: 'slower than a run may be',
      measured: timings([1, 400]),
      expected: { thread: 'worker', maxBatchRows: 1 },
    },
  ])('a model that is $name', ({ measured, expected }) => {
    expect(placementOf(measured, 'auto', 256)).toEqual(expected);
  });

  test('the configuration has the last word on the thread', () => {
    expect(placementOf(timings([1, 20]), 'main', 256)).toEqual({ thread: 'main', maxBatchRows: 1 });
    expect(placementOf(timings([1, 0.1], [256, 1]), 'worker', 256)).toEqual({
      thread: 'worker',
      maxBatchRows: 256,
    });
  });
});
