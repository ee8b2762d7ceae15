import { describe, expect, test } from 'vitest';
import { compareGolden, readGolden } from '../../../predictor/model/golden.ts';

const read = (text: string | Uint8Array) => readGolden(Buffer.from(text));

describe('readGolden', () => {
  test('numbers its rows by their lines', () => {
    const text = '{"instance":[1],"prediction":2}\n\n{"instance":{"x":1},"prediction":null}\r\n';
    expect(read(text)).toEqual([
      { line: 1, instance: [1], prediction: 2 },
      { line: 3, instance: { x: 1 }, prediction: null },
    ]);
  });

  const row = '{"instance":[1],"prediction":2}';
  test.each([
    { text: '', why: /: expected at least one row, got none$/ },
    { text: '\n', why: /: expected at least one row, got none$/ },
    { text: `\ufeff${row}`, why: / line 1: expected JSON, got a byte order mark .* without one/ },
    { text: Buffer.from(`\ufeff${row}`, 'utf16le'), why: / line 1: expected UTF-8, got UTF-16/ },
    { text: '{"instance":1,"prediction":NaN}', why: / line 1: .* JSON has no NaN; write it as text, "NaN"/ },
    { text: `${row}\n{"instance":[-Infinity],"prediction":1}`, why: / line 2: .* JSON has no -Infinity;/ },
    { text: `[${row}]`, why: / line 1: .* got an array; rows are not elements of a list but lines/ },
    { text: `[\n${row},\n${row}]`, why: / line 1: .* goes on in the next line/ },
    {
      text: JSON.stringify(JSON.parse(row), null, 2),
      why: / line 1: .* by json.dumps\(row\) without indent$/,
    },
    { text: "{'instance': 1, 'prediction': 1}", why: / line 1: .* single quotes/ },
    { text: '[1,2]', why: / line 1: .* got an array/ },
    { text: `${row}\n7`, why: / line 2: .* got something else$/ },
    { text: '{"instance":1}', why: / line 1: .* an object without "prediction"$/ },
    { text: '{"prediction":1}', why: / line 1: .* an object without "instance"$/ },
    { text: '{"instance":1 "prediction":2}', why: / line 1: .* not JSON from column 15 on$/ },
  ])('refuses $text', ({ text, why }) => {
    expect(() => read(text)).toThrow(why);
    expect(() => read(text)).toThrow(/^golden\.jsonl/);
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

describe('rows that were recorded without a first dimension of 1', () => {
  const rows = [{ line: 2, instance: 0, prediction: [0, 4] }];
  test('pass where outputs have one of their own, with a remark', () => {
    expect(compareGolden(rows, [[[0, 4]]], 0, true)).toEqual([
      expect.stringMatching(/without their first dimension/),
    ]);
    const named = [{ line: 1, instance: 0, prediction: { a: [1], b: 'x' } }];
    expect(compareGolden(named, [{ a: [[1]], b: ['x'] }], 0, true)).toHaveLength(1);
  });

  test.each([
    { answer: [[0, 5]], whole: true },
    {
      answer: [
        [0, 4],
        [0, 4],
      ],
      whole: true,
    },
    { answer: [], whole: true },
    { answer: [[0, 4]], whole: false },
  ])('fail with $answer, whole $whole', ({ answer, whole }) => {
    expect(() => compareGolden(rows, [answer], 0, whole)).toThrow(/line 2 differently/);
  });
});
