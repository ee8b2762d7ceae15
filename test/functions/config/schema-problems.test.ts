import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { describeErrors } from '../../../functions/config/schema-problems.ts';

const schema = Compile(
  Type.Object(
    { name: Type.String(), inner: Type.Object({ size: Type.Integer() }), list: Type.Array(Type.String()) },
    { additionalProperties: false },
  ),
);

function problemsOf(value: unknown): string[] {
  return describeErrors(schema.Errors(value), value);
}

describe('describeErrors', () => {
  it.each<[string, unknown, string[]]>([
    ['nothing', undefined, ['(top): must be object, got nothing']],
    ['null', null, ['(top): must be object, got null']],
    ['what is missing', { inner: {}, list: [] }, ['name: must be given', 'inner.size: must be given']],
    [
      'kinds, never values',
      { name: 5, inner: { size: 'secret' }, list: ['a', { b: 'secret' }] },
      [
        'name: must be string, got a number',
        'inner.size: must be integer, got a string',
        'list.1: must be string, got an object',
      ],
    ],
    [
      'arrays and booleans',
      { name: true, inner: [1, 2], list: '' },
      [
        'name: must be string, got a boolean',
        'inner: must be object, got an array of 2',
        'list: must be array, got an empty string',
      ],
    ],
    [
      'what is unknown',
      { name: 'a', inner: { size: 1 }, list: [], more: 1 },
      ['more: not a field that is known here'],
    ],
  ])('names %s', (_, value, expected) => {
    expect(problemsOf(value)).toEqual(expected);
  });

  it('cuts the name of a field that is absurdly long', () => {
    const value = { name: 'a', inner: { size: 1 }, list: [], ['x'.repeat(5_000)]: 1 };
    expect(problemsOf(value)[0]).toHaveLength(120 + '…: not a field that is known here'.length);
  });
});
