import { describe, expect, it } from 'vitest';
import { firstDifference } from '../../../common/artifact/difference.ts';

describe('firstDifference', () => {
  it.each<[unknown, unknown, string | null]>([
    [0.5, 0.500_09, null],
    [0.5, 0.500_11, 'prediction: expected 0.5, got 0.50011'],
    [1_000_000, 1_000_099, null],
    [-1_000_000, -1_000_101, 'prediction: expected -1000000, got -1000101'],
    [0, -0, null],
    [0.5, NaN, 'prediction: expected 0.5, got NaN'],
    [0.5, Infinity, 'prediction: expected 0.5, got Infinity'],
    [Infinity, 0.5, 'prediction: expected Infinity, got 0.5'],
    [Infinity, -Infinity, 'prediction: expected Infinity, got -Infinity'],
    [Infinity, Infinity, null],
    [1, '1', 'prediction: expected 1, got "1"'],
    [1, null, 'prediction: expected 1, got null'],
    [null, null, null],
    [null, undefined, 'prediction: expected null, got nothing'],
    [true, 1, 'prediction: expected true, got 1'],
    ['yes', 'yes', null],
    ['yes', 'Yes', 'prediction: expected "yes", got "Yes"'],
    [[0.1, 0.9], [0.1, 0.9], null],
    [[0.1, 0.9], [0.9, 0.1], 'prediction[0]: expected 0.1, got 0.9'],
    [[1], [1, 1], 'prediction: expected 1 elements, got 2'],
    [[1], 1, 'prediction: expected an array of 1, got 1'],
    [[], {}, 'prediction: expected an array of 0, got an object'],
    [{ a: 1 }, [1, 2], 'prediction: expected an object, got an array of 2'],
    [[1, [2, 3]], [1, [2, 4]], 'prediction[1][1]: expected 3, got 4'],
    ['NaN', 'NaN', null],
    [0, 1e-5, null],
    [{ label: 'a', p: [0.5] }, { p: [0.5], label: 'a' }, null],
    [{ p: [0.5] }, { p: [0.6] }, 'prediction.p[0]: expected 0.5, got 0.6'],
    [{ p: 1 }, { p: 1, q: 2 }, 'prediction.q: expected nothing, got 2'],
    [{ p: 1, q: 2 }, { p: 1 }, 'prediction.q: expected 2, got nothing'],
    [{}, { toString: 1 }, 'prediction.toString: expected nothing, got 1'],
    ['x'.repeat(5_000), '', `prediction: expected "${'x'.repeat(100)}…", got ""`],
  ])('of %j and %j', (expected, got, difference) => {
    expect(firstDifference(expected, got, 1e-4)).toBe(difference);
  });

  it('may ask for the very same', () => {
    expect(firstDifference(0.1 + 0.2, 0.3, 0)).toBe('prediction: expected 0.30000000000000004, got 0.3');
    expect(firstDifference(3, 3, 0)).toBeNull();
  });
});
