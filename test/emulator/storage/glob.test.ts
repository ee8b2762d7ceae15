import { describe, expect, test } from 'vitest';

import { parseGlob } from '../../../emulator/storage/glob.ts';

describe('a glob matches', () => {
  /** The cases of python-storage's system test, answered by Google Cloud. */
  const names = ['foo/bar', 'foo/baz', 'foo/foobar', 'foobar'];
  test.each([
    ['foo*bar', ['foobar']],
    ['foo**bar', ['foo/bar', 'foo/foobar', 'foobar']],
    ['**/foobar', ['foo/foobar', 'foobar']],
    ['*/ba[rz]', ['foo/bar', 'foo/baz']],
    ['*/ba[!a-y]', ['foo/baz']],
    ['**/{foobar,baz}', ['foo/baz', 'foo/foobar', 'foobar']],
    ['foo/{foo*,*baz}', ['foo/baz', 'foo/foobar']],
  ])('%s', (glob, expected) => {
    expect(names.filter((name) => parseGlob(glob).matches(name))).toEqual(expected);
  });

  test.each([
    ['churn/*/model.onnx', 'churn/v1/model.onnx', true],
    ['churn/*/model.onnx', 'churn/v1/deep/model.onnx', false],
    ['churn/**/model.onnx', 'churn/model.onnx', true],
    ['churn/**/model.onnx', 'churn/a/b/model.onnx', true],
    ['churn/**/model.onnx', 'churn/a/bmodel.onnx', false],
    ['**', 'any/thing', true],
    ['a?c', 'abc', true],
    ['a?c', 'a/c', false],
    ['a?c', 'a😀c', true],
    ['a[/b]c', 'a/c', false],
    ['a[!b]c', 'a/c', false],
    ['a[]b]c', 'a]c', true],
    ['a[^b-d]c', 'aec', true],
    ['a[b-]c', 'a-c', true],
    [String.raw`a\*c`, 'a*c', true],
    [String.raw`a\*c`, 'abc', false],
    ['v{1,2{3,4}}/m', 'v24/m', true],
    ['v{,1}', 'v', true],
    ['a.b+c(d)|e^$', 'a.b+c(d)|e^$', true],
    ['a.c', 'abc', false],
    ['a,b}', 'a,b}', true],
    ['line*end', 'line\u2028end', true],
  ])('%s and %s: %s', (glob, name, expected) => {
    expect(parseGlob(glob).matches(name)).toBe(expected);
  });
});

test.each(['a[b', 'a{b', 'a[]', 'a{b,[c}', 'a[z-a]'])('%s is refused', (glob) => {
  expect(() => parseGlob(glob)).toThrow(`Invalid glob pattern: '${glob}'.`);
});

test('knows what every match begins with', () => {
  expect(parseGlob('churn/v*/model.onnx').prefix).toBe('churn/v');
  expect(parseGlob(String.raw`a\b`).prefix).toBe('a');
});
