/** Two interfaces of one service: whom each difference breaks, named by its field. */
import { describe, expect, it } from 'vitest';
import type { Interface, RequestField, ResponseField } from '../../../../common/artifact/interface.ts';
import { compareInterfaces } from '../../../../functions/release/checks/contract.ts';
import { interfaceChanges } from '../../../../functions/release/checks/interface-changes.ts';

type Fields = Readonly<Record<string, RequestField>>;

const ID: RequestField = { type: 'string' };
const SCORE: Interface['response'] = { score: { type: 'number' } };

function takes(fields: Fields, parameters?: Interface['parameters']): Interface {
  return {
    request: { id: ID, ...fields },
    response: SCORE,
    ...(parameters !== undefined && { parameters }),
  };
}

function gives(fields: Readonly<Record<string, ResponseField>>): Interface {
  return { request: { id: ID }, response: fields };
}

const x = (field: Partial<RequestField>) => takes({ x: { type: 'number', ...field } });

describe('a change of the interface', () => {
  it.each<[Interface, Interface, string, boolean, boolean]>([
    [takes({}), x({}), 'request field "x" is new and required', true, true],
    [takes({}), x({ optional: true }), 'request field "x" is new and may be left out', false, false],
    [takes({}), x({ default: 0 }), 'request field "x" is new and may be left out', false, false],
    [x({}), takes({}), 'request field "x" is gone', true, true],
    [x({ optional: true }), takes({}), 'request field "x" is gone', true, false],
    [x({ deprecated: true }), takes({}), 'request field "x" is gone, after it was deprecated', false, false],
    [x({ optional: true }), x({}), 'request field "x" may not be left out any more', true, false],
    [x({}), x({ optional: true }), 'request field "x" may be left out', false, false],
    [x({ type: 'integer' }), x({}), 'request field "x" is a number instead of an integer', false, true],
    [x({}), x({ type: 'integer' }), 'request field "x" is an integer instead of a number', true, false],
    [x({}), x({ type: 'string' }), 'request field "x" is a string instead of a number', true, true],
    [x({ list: 3 }), x({ list: 'any' }), 'has a list of any length instead of a list of 3', false, true],
    [x({ list: 'any' }), x({ list: 3 }), 'has a list of 3 instead of a list of any length', true, false],
    [x({}), x({ list: 3 }), 'has a list of 3 instead of one value', true, true],
    [x({ default: 0 }), x({ default: 1 }), 'request field "x" has the default 1', false, false],
    [x({ optional: true }), x({ override: 'v.x' }), 'request field "x" replaces v.x', false, false],
    [gives(SCORE), gives({ ...SCORE, why: ID }), 'response field "why" is new', false, false],
    [gives({ ...SCORE, why: ID }), gives(SCORE), 'response field "why" is gone', true, false],
    [
      gives({ score: { type: 'integer' } }),
      gives(SCORE),
      'response field "score" is a number instead of an integer',
      true,
      false,
    ],
    [
      gives(SCORE),
      gives({ score: { type: 'integer' } }),
      'response field "score" is an integer instead of a number',
      false,
      true,
    ],
    [takes({}), takes({}, { floor: { type: 'number' } }), 'parameter "floor" is new', false, false],
    [takes({}, { floor: { type: 'number' } }), takes({}), 'parameter "floor" is gone', true, false],
  ])('%#: %j → %j', (live, next, words, forward, backward) => {
    const changes = interfaceChanges(live, next);
    expect(changes.map(({ field, what }) => `${field} ${what}`).join('; ')).toContain(words);
    expect(changes.some((change) => change.forward)).toBe(forward);
    expect(changes.some((change) => change.backward)).toBe(backward);
  });

  it('of two fields with names of Object itself is seen', () => {
    const fields: [string, RequestField][] = [
      ['constructor', { type: 'number' }],
      ['toString', { type: 'string' }],
    ];
    const odd = takes(Object.fromEntries(fields));
    expect(interfaceChanges(odd, takes({})).map(({ field }) => field)).toEqual([
      'request field "constructor"',
      'request field "toString"',
    ]);
    expect(interfaceChanges(odd, odd)).toEqual([]);
  });
});

describe('the verdict', () => {
  it('passes what is added, and names it', () => {
    expect(compareInterfaces(takes({}), x({ optional: true }), true)).toMatchObject({
      verdict: 'pass',
      reason:
        'Callers of the live release can go on as they are: request field "x" is new and may be left out.',
    });
    expect(compareInterfaces(takes({}), takes({}), true)).toMatchObject({ verdict: 'pass', changes: [] });
  });

  it('fails what breaks callers of before, and in a canary those of after', () => {
    expect(compareInterfaces(x({}), takes({}), false)).toMatchObject({
      verdict: 'fail',
      reason: 'Callers of the live release would break: request field "x" is gone.',
    });
    const widened: [Interface, Interface] = [x({ type: 'integer' }), x({})];
    expect(compareInterfaces(...widened, false).verdict).toBe('pass');
    expect(compareInterfaces(...widened, true)).toMatchObject({
      verdict: 'fail',
      reason:
        'Callers of the candidate would break while the live release still answers: request field "x" is a number instead of an integer.',
    });
  });
});
