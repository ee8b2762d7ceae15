import { expect, test } from 'vitest';

import { rowErrorOf } from '../../../common/batch/rows.ts';

const error = { code: 400, status: 'INVALID_ARGUMENT', message: 'x: expected a number, got a string' };

test('a refused row is known with and without its key', () => {
  expect(rowErrorOf({ error })).toEqual(error);
  expect(rowErrorOf({ key: 17, error })).toEqual(error);
});

test.each([
  ['a number', 0.5],
  ['null', null],
  ['an array', [{ error }]],
  ['a map of the class "error"', { error: 0.25, fine: 0.75 }],
  ['a map of maps', { error: { code: 0.25, status: 0.5, message: 0.25 } }],
  ['a record of a handler', { error, score: 1 }],
  ['a larger error', { error: { ...error, details: [] } }],
])('a prediction is none: %s', (_, prediction) => {
  expect(rowErrorOf(prediction)).toBeUndefined();
});
