/** Sorted pieces of results become one file in the order of the input. */
import { expect, it } from 'vitest';
import { mergedOf } from './stored-rows.ts';

const prediction = (value: unknown): string => JSON.stringify({ prediction: value });

it('joins each row to its result, wherever that lies', async () => {
  const rows = [0, 1, 2, 3].map((n) => `{"slipway_row":${n}, "x": ${n}.0}`);
  const merged = await mergedOf(
    [...rows, '{"slipway_row":4}'],
    [
      [
        [0, prediction(0)],
        [3, prediction('ä')],
      ],
      [
        [1, '{"error":1}'],
        [1, prediction(1)],
        [4, '{"error":4}'],
      ],
    ],
  );
  expect(merged.lines).toEqual([
    '{"instance":{ "x": 0.0},"prediction":0}',
    '{"instance":{ "x": 1.0},"prediction":1}',
    '{"instance":{ "x": 2.0},"error":{"code":5,"status":"NOT_FOUND","message":"Vertex AI returned nothing for this row."}}',
    '{"instance":{ "x": 3.0},"prediction":"ä"}',
    '{"instance":{},"error":4}',
  ]);
  expect(merged.missing).toBe(1);
});

it('names rows by their key, with all its digits', async () => {
  const merged = await mergedOf(
    ['{"slipway_row":0,"id":12345678901234567890}', '{"slipway_row":1,"id":"b","x":1}'],
    [
      [
        [0, prediction(0)],
        [1, prediction(1)],
      ],
    ],
    { key: 'id' },
  );
  expect(merged.lines).toEqual(['{"key":12345678901234567890,"prediction":0}', '{"key":"b","prediction":1}']);
});

it('takes rows that are longer than a stretch', async () => {
  const text = 'x'.repeat(3 * 1024 * 1024);
  const { lines } = await mergedOf(
    [`{"slipway_row":0,"x":"${text}"}`, '{"slipway_row":1,"x":1}'],
    [
      [
        [0, prediction(0)],
        [1, prediction(1)],
      ],
    ],
  );
  expect(lines.map((line) => line.slice(-16))).toEqual([',"prediction":0}', ',"prediction":1}']);
  expect(lines[0]).toHaveLength('{"instance":{"x":""},"prediction":0}'.length + text.length);
});

it('delivers fewer rows at a time where results are large, so that memory has a bound', async () => {
  const large = 'y'.repeat(100_000);
  const count = 200;
  const rows = Array.from({ length: count }, (_, n) => `{"slipway_row":${n},"x":${n}}`);
  const piece = rows.map((_, n) => [n, prediction(`${n} ${large}`)] as const);
  const { lines, parts, largestPart } = await mergedOf(rows, [piece], { largest: 100_100 });
  expect(lines.map((line) => /"prediction":"(\d+) /.exec(line)?.[1])).toEqual(rows.map((_, n) => String(n)));
  expect(parts).toBe(5);
  expect(largestPart).toBeLessThan(5_000_000);
});
