import { expect, it } from 'vitest';
import { memberOf, partsOf } from '../../../common/batch/json-parts.ts';

it.each([
  ['[]', []],
  [
    '[ {"a": [1, 2]}, "x,]\\"", 12345678901234567890 ]',
    ['{"a": [1, 2]}', '"x,]\\""', '12345678901234567890'],
  ],
  ['{"a": {"b": 1}, "c": "}"}', ['"a": {"b": 1}', '"c": "}"']],
])('takes %s apart', (text, parts) => {
  expect(partsOf(text)).toEqual(parts);
});

it('gives a member as it is written', () => {
  const line = '{"instance": {"prediction": 1}, "prediction": {"n": 9007199254740993, "t": ": , \\\\"}}';
  expect(memberOf(line, 'prediction')).toBe('{"n": 9007199254740993, "t": ": , \\\\"}');
  expect(memberOf('{"key": 1}', 'prediction')).toBeUndefined();
});
