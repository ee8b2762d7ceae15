/** Parameters of the interface reach the handler with their defaults, and only with their type. */
import { describe, expect, it } from 'vitest';
import { withParameters } from '../../../predictor/features/interface-parameters.ts';
import { BadInput } from '../../../predictor/serve/bad-input.ts';

const PARAMETERS = { floor: { type: 'number', default: 0.1 }, region: { type: 'string' } } as const;

function asked(body: unknown): unknown {
  let seen: unknown = null;
  withParameters((given) => (seen = given), PARAMETERS)(
    body,
    () => {},
    () => false,
  );
  return seen;
}

describe('parameters', () => {
  it.each([
    [{ instances: [] }, { instances: [], parameters: { floor: 0.1 } }],
    [
      { instances: [], parameters: { floor: 0.2, decimals: 2 } },
      { instances: [], parameters: { floor: 0.2, decimals: 2 } },
    ],
    [{ parameters: [1] }, { parameters: [1] }],
    [7, 7],
  ])('%j become %j', (body, seen) => {
    expect(asked(body)).toEqual(seen);
  });

  it('of another type are refused', () => {
    expect(() => asked({ instances: [], parameters: { region: 5 } })).toThrow(BadInput);
  });
});
