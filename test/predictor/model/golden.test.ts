import { describe, expect, test } from 'vitest';
import { compareGolden, firstDifference, readGolden } from '../../../predictor/model/golden.ts';

describe('readGolden', () => {
  test('numbers its rows by their lines', () => {
    const text = '{"instance":[1],"prediction":2}\n\n{"instance":{"x":1},"prediction":null}\n';
    expect(readGolden(text)).toEqual([
      { line: 1, instance: [1], prediction: 2 },
      { line: 3, instance: { x: 1 }, prediction: null },
    ]);
  });

  test.each([
    { text: '' },
    { text: '\n' },
    { text: '[1,2]' },
    { text: '{"instance":1}' },
    { text: '{"instance":' },
  ])('refuses $text', ({ text }) => {
    expect(() => readGolden(text)).toThrow(/^golden\.jsonl/);
  });
});

describe('firstDifference', () => {
  test.each([
    { expected: 1, got: 1.00001, difference: null },
    { expected: 1, got: 1.001, difference: 'prediction: expected 1, got 1.001' },
    { expected: 1e9, got: 1e9 + 10, difference: null },
    { expected: 0, got: 1e-5, difference: null },
    { expected: [1, [2, 3]], got: [1, [2, 4]], difference: 'prediction[1][1]: expected 3, got 4' },
    { expected: [1], got: [1, 2], difference: 'prediction: expected 1 elements, got 2' },
    { expected: { a: 1 }, got: { a: 1, b: 2 }, difference: 'prediction.b: expected undefined, got 2' },
    { expected: 'cat', got: 'dog', difference: 'prediction: expected "cat", got "dog"' },
    { expected: 1, got: '1', difference: 'prediction: expected 1, got "1"' },
    { expected: 'NaN', got: 'NaN', difference: null },
  ])('of $expected and $got', ({ expected, got, difference }) => {
    expect(firstDifference(expected, got, 1e-4)).toBe(difference);
  });
});

test('compareGolden names the line of the first row that differs', () => {
  const rows = [
    { line: 1, instance: 0, prediction: 1 },
    { line: 4, instance: 0, prediction: [2] },
  ];
  expect(() => compareGolden(rows, [1, [3]], 1e-4)).toThrow(
    'the model answers golden.jsonl line 4 differently: prediction[0]: expected 2, got 3, with a tolerance of 0.0001',
  );
});
