/** The predictor's list of bad inputs: each is refused by name, changes nothing, and the next request is answered. */
import { describe, expect, test } from 'vitest';
import type { BadInput } from '../../../predictor/serve/bad-input.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

function deep(levels: number): unknown {
  return JSON.parse('['.repeat(levels) + ']'.repeat(levels));
}

const BODIES: { name: string; body: unknown; message: RegExp }[] = [
  { name: 'null', body: null, message: /^request: expected a JSON object with "instances", got null$/ },
  { name: 'an array', body: [1], message: /got an array of 1$/ },
  { name: 'a number', body: 7, message: /got an integer$/ },
  { name: 'no instances', body: {}, message: /^instances: expected an array, got nothing$/ },
  { name: 'instances null', body: { instances: null }, message: /^instances: expected an array, got null$/ },
  { name: 'instances an object', body: { instances: {} }, message: /^instances: .*got an object$/ },
  { name: 'instances a string', body: { instances: 'abc' }, message: /^instances: .*got a string$/ },
  { name: 'another field', body: { instances: [], rows: 1 }, message: /got the field "rows"$/ },
  {
    name: '__proto__ as a field',
    body: JSON.parse('{"instances":[],"__proto__":{"x":1}}'),
    message: /got the field "__proto__"$/,
  },
  { name: 'parameters a number', body: { instances: [[1, 2, 3]], parameters: 3 }, message: /^parameters: / },
  {
    name: 'unknown parameter',
    body: { instances: [[1, 2, 3]], parameters: { topK: 1 } },
    message: /^parameters: expected outputs, decimals or errors, got the field "topK"$/,
  },
  {
    name: 'unknown output',
    body: { instances: [[1, 2, 3]], parameters: { outputs: ['z'] } },
    message: /^parameters.outputs\[0\]: expected one of "y", got "z"$/,
  },
];

const INSTANCES: { name: string; instance: unknown; message: RegExp }[] = [
  { name: 'null', instance: null, message: /^instances\[1\].x: expected an array of 3, got null$/ },
  { name: 'a number', instance: 5, message: /^instances\[1\].x: expected an array of 3, got an integer$/ },
  { name: 'too short', instance: [1, 2], message: /expected an array of 3, got an array of 2$/ },
  { name: 'too long', instance: [1, 2, 3, 4], message: /got an array of 4$/ },
  { name: 'empty', instance: [], message: /got an empty array$/ },
  {
    name: 'too deep',
    instance: [[1], [2], [3]],
    message: /^instances\[1\].x\[0\]: expected a number \(float32\), got an array of 1$/,
  },
  {
    name: '10,000 levels',
    instance: deep(10_000),
    message: /^instances\[1\].x: expected an array of 3, got an array of 1$/,
  },
  {
    name: 'a string among numbers',
    instance: [1, '2', 3],
    message: /^instances\[1\].x\[1\]: expected a number \(float32\), got a string$/,
  },
  { name: 'a boolean', instance: [1, 2, true], message: /x\[2\]: .*got a boolean$/ },
  {
    name: 'null among numbers',
    instance: [null, 2, 3],
    message:
      /x\[0\]: .*got null \(null is NaN with SLIPWAY_NULL_IS_NAN=on, in serving\.env of slipway\.yaml\)$/,
  },
  { name: '1e400', instance: [1, 2, JSON.parse('1e400')], message: /x\[2\]: .*out of the range of float32$/ },
  { name: 'beyond float32', instance: [1, 2, 3.5e38], message: /x\[2\]: .*out of the range of float32$/ },
  {
    name: 'the text NaN',
    instance: ['NaN', 2, 3],
    message: /x\[0\]: .*got a string \(null is NaN with SLIPWAY_NULL_IS_NAN=on/,
  },
  { name: 'an empty object', instance: {}, message: /^instances\[1\].x: expected a value, got nothing$/ },
  {
    name: 'a wrong name',
    instance: { features: [1, 2, 3] },
    message: /^instances\[1\]: expected the fields "x", got the field "features"$/,
  },
  { name: 'an extra input', instance: { x: [1, 2, 3], z: 1 }, message: /got the field "z"$/ },
  {
    name: '__proto__ as input',
    instance: JSON.parse('{"__proto__":[1,2,3]}'),
    message: /got the field "__proto__"$/,
  },
  {
    name: 'constructor as input',
    instance: JSON.parse('{"constructor":[1,2,3]}'),
    message: /got the field "constructor"$/,
  },
  { name: 'a very long name', instance: { ['n'.repeat(1e6)]: 1 }, message: /^.{0,200}$/ },
];

describe('a body that does not fit', () => {
  test.each(BODIES)('$name', async ({ body, message }) => {
    const { predictor, runs } = await servePredictor(models.logistic());
    await expect(ask(predictor, body)).rejects.toThrow(message);
    expect(runs).toEqual([]);
    expect(await predictions(predictor, [[0, 0, 0]])).toHaveLength(1);
  });
});

describe('an instance that does not fit', () => {
  test.each(INSTANCES)('$name', async ({ instance, message }) => {
    const { predictor, runs } = await servePredictor(models.logistic());
    const good = ask(predictor, { instances: [[1, 1, 1]] });
    const neighbour = ask(predictor, { instances: [[2, 2, 2]] });
    const error: BadInput = await ask(predictor, { instances: [[0, 0, 0], instance] }).then(
      () => expect.unreachable(),
      (reason) => reason,
    );
    expect(error.message).toMatch(message);
    expect(error.instance).toBe(1);
    await Promise.all([good, neighbour]);
    expect(runs.reduce((sum, rows) => sum + rows, 0)).toBe(2);
    expect(predictor.queue.rows).toBe(0);
    expect(predictor.queue.bytes).toBe(0);
  });
});

describe('values out of the range of their type', () => {
  test.each([
    { type: 'int8', value: 128 },
    { type: 'int32', value: 1.5 },
    { type: 'int32', value: 2 ** 31 },
    { type: 'uint8', value: -1 },
    { type: 'int64', value: 2 ** 53 },
    { type: 'int64', value: '9223372036854775808' },
    { type: 'int64', value: '0x10' },
    { type: 'int64', value: '' },
    { type: 'int64', value: 0.5 },
    { type: 'uint64', value: '-1' },
    { type: 'uint64', value: '18446744073709551616' },
    { type: 'bool', value: 1 },
    { type: 'bool', value: 'true' },
    { type: 'string', value: 1 },
    { type: 'string', value: null },
    { type: 'float64', value: '1' },
  ] as const)('$type: $value', async ({ type, value }) => {
    const { predictor } = await servePredictor(models.identity(type));
    await expect(ask(predictor, { instances: [[value, value]] })).rejects.toThrow(
      /^instances\[0\]\.x\[0\]: expected .*, got /,
    );
  });
});

describe('texts that the runtime would change', () => {
  test.each([
    { name: 'with a NUL', text: 'a\u0000b', got: 'one with a NUL character' },
    { name: 'with a high surrogate alone', text: 'a\uD800', got: 'one with half of a surrogate pair' },
    { name: 'with a low surrogate alone', text: '\uDC00a', got: 'one with half of a surrogate pair' },
  ])('$name', async ({ text, got }) => {
    const { predictor } = await servePredictor(models.identity('string', ['N']));
    await expect(predictions(predictor, ['good', text])).rejects.toThrow(
      `instances[1].x: expected a string, got ${got}`,
    );
  });
});

test.each([
  { value: 7, got: 'an integer' },
  { value: 0.5, got: 'a fraction' },
  { value: true, got: 'a boolean' },
])('for a text, $got is called by its name', async ({ value, got }) => {
  const { predictor } = await servePredictor(models.identity('string', ['N']));
  await expect(predictions(predictor, [value])).rejects.toThrow(`expected a string, got ${got}`);
});

test('parameters are read although there is no instance', async () => {
  const { predictor } = await servePredictor(models.logistic());
  await expect(ask(predictor, { instances: [], parameters: { foo: 1 } })).rejects.toThrow(/the field "foo"/);
});

test('ragged rows of an open shape are refused', async () => {
  const { predictor } = await servePredictor(models.identity('float32', ['N', 'T', 2]));
  await expect(ask(predictor, { instances: [[[1, 2], [3]]] })).rejects.toThrow(
    /^instances\[0\]\.x\[1\]: expected an array of 2, got an array of 1$/,
  );
});

test('no message repeats a value of the request', async () => {
  const { predictor } = await servePredictor(models.logistic());
  const secret = 'correct horse battery staple';
  await expect(ask(predictor, { instances: [[1, secret, 3]] })).rejects.not.toThrow(secret);
});

test('a 10 MB string for a string input is answered', async () => {
  const { predictor } = await servePredictor(models.identity('string', ['N']), { maxBodyBytes: 20_000_000 });
  const text = 'ü'.repeat(5_000_000);
  expect(await predictions(predictor, [text])).toEqual([text]);
});
