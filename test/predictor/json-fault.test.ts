import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { jsonFault } from '../../predictor/json-fault.ts';

describe('what is no JSON is called by its name and its place', () => {
  test.each([
    { text: '', got: 'an empty one' },
    { text: ' \n', got: 'an empty one' },
    { text: '{"instances":[NaN]}', got: 'NaN at line 1, column 15', hint: /SLIPWAY_NULL_IS_NAN=on/ },
    { text: '{"instances":[1,\n nan]}', got: 'nan at line 2, column 2', hint: /SLIPWAY_NULL_IS_NAN=on/ },
    { text: '[-Infinity]', got: 'Infinity at line 1, column 2', hint: /none/ },
    { text: '[None]', got: 'None at line 1, column 2', hint: /null/ },
    { text: '{"a":True}', got: 'True at line 1, column 6', hint: /true/ },
    { text: '[undefined]', got: 'undefined at line 1, column 2', hint: /null/ },
    { text: "{'instances':[1]}", got: 'a single quote at line 1, column 2', hint: /double quotes/ },
    { text: '{"instances":[1,]}', got: 'a comma before ] at line 1, column 17' },
    { text: '{"instances":[1],}', got: 'a comma before } at line 1, column 18' },
    { text: '[1,,2]', got: ', at line 1, column 4' },
    { text: '\uFEFF{"instances":[1]}', got: 'a byte order mark at line 1, column 1', hint: /UTF-8 without/ },
    { text: '{\u0000"', got: 'a NUL character at line 1, column 2', hint: /UTF-8/ },
    { text: '{"instances":[[1,2', got: 'its end at line 1, column 19', hint: /cut off/ },
    { text: '["a', got: 'its end at line 1, column 4', hint: /cut off/ },
    { text: '["a\nb"]', got: 'a line break or another control character in a text at line 1, column 4' },
    { text: '["\\x"]', got: 'an escape that JSON does not have at line 1, column 3' },
    { text: '[01]', got: 'a number that JSON does not have at line 1, column 2' },
    { text: '[1.]', got: 'a number that JSON does not have at line 1, column 2' },
    { text: '[.5]', got: 'a number that JSON does not have at line 1, column 2' },
    { text: '[+1]', got: 'a number that JSON does not have at line 1, column 2' },
    { text: '{"a" 1}', got: 'a number that JSON does not have at line 1, column 6' },
    { text: 'instances=1', got: 'something else at line 1, column 1' },
    { text: '{"a":1} x', got: 'something else at line 1, column 9' },
    { text: '{"a":1}}', got: '} at line 1, column 8' },
    { text: '{a:1}', got: 'something else at line 1, column 2' },
  ])('$text', ({ text, got, hint }) => {
    const fault = jsonFault(text);
    expect(fault.got).toBe(got);
    expect(fault.hint).toMatch(hint ?? /^/);
  });

  test('what stands before the place is JSON, or the beginning of some', () => {
    const edits = fc.tuple(
      fc.json(),
      fc.nat(),
      fc.constantFrom('', 'NaN', "'", ',', '}', ']', '\u0001', '\\'),
    );
    fc.assert(
      fc.property(edits, ([json, seed, put]) => {
        const at = seed % (json.length + 1);
        const text = put === '' ? json.slice(0, at) : json.slice(0, at) + put + json.slice(at);
        fc.pre(!isJson(text));
        const column = / column (\d+)$/.exec(jsonFault(text).got)?.[1] ?? '1';
        const before = text.slice(0, Number(column) - 1);
        expect(isJson(before) ? 'its end' : jsonFault(before).got).toMatch(/^its end|^an empty one/);
      }),
    );
  });

  test('of any depth', () => {
    expect(jsonFault('['.repeat(700_000)).got).toBe('its end at line 1, column 700001');
    expect(jsonFault(`${'[{"a":'.repeat(100_000)}x`).got).toMatch(/^something else at line 1/);
  });
});

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
