import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareContract } from '../../../../functions/release/checks/contract.ts';
import { digestsOf } from '../../../../functions/release/ledger/kept-contract.ts';
import { type Signature } from '../../../../functions/release/checks/signature.ts';
import { AGE, CITY, field, gives, LABEL, SCORES, takes, type Shape } from './fields.ts';

/** Whom the changes break, and in which words. */
type Row = [
  change: string,
  live: Signature,
  candidate: Signature,
  forward: boolean,
  backward: boolean,
  words: string,
];

const CHANGES: Row[] = [
  ['an input is gone', takes(AGE, CITY), takes(AGE), true, true, 'input "city" is gone'],
  ['an input is new', takes(AGE), takes(AGE, CITY), true, true, 'input "city" is new'],
  [
    'an input has another name',
    takes(AGE, CITY),
    takes(field('years'), CITY),
    true,
    true,
    'input "age" is now called "years"',
  ],
  [
    'the only input has another name',
    takes(AGE),
    takes(field('years')),
    true,
    true,
    'input "age" is now called "years"',
  ],
  [
    'an input has another name and type',
    takes(AGE),
    takes(CITY),
    true,
    true,
    'input "age" is gone; input "city" is new',
  ],
  ['inputs change places', takes(AGE, CITY), takes(CITY, AGE), true, true, 'the inputs are in another order'],
  [
    'an input has another type',
    takes(AGE),
    takes(field('age', [null, 1], 'int64')),
    true,
    true,
    'input "age" is int64 instead of float32',
  ],
  ...shapes('input', [null, 30], [null, 30, 1], true, true),
  ...shapes('input', [null, 30], [null, 31], true, true),
  ...shapes('input', [null, null], [null, 30], true, false),
  ...shapes('input', [null, 30], [null, null], false, true),
  ...shapes('input', [null, null, 3], [null, 3, null], true, true),
  ...shapes('input', [null, 30], [8, 30], true, false),
  ...shapes('input', [null, 30], [1, 30], false, false),
  ...shapes('input', [1, 30], [null, 30], false, false),
  ...shapes('input', [], [null, 2], true, true),
  ...shapes('input', null, [null, 2], false, false),
  ...shapes('input', [null, 2], null, false, false),

  ['an output is gone', gives(LABEL, SCORES, AGE), gives(LABEL, SCORES), true, false, 'output "age" is gone'],
  ['an output is new', gives(LABEL, SCORES), gives(LABEL, SCORES, AGE), false, true, 'output "age" is new'],
  [
    'the only output gets company',
    gives(LABEL),
    gives(LABEL, SCORES),
    true,
    true,
    'a prediction is an object by output instead of a bare value',
  ],
  [
    'an output has another name',
    gives(LABEL, SCORES),
    gives(LABEL, field('probabilities', [null, 2])),
    true,
    true,
    'output "scores" is now called "probabilities"',
  ],
  [
    'an output has another type',
    gives(LABEL),
    gives(field('label', [null], 'string')),
    true,
    true,
    'output "label" is string instead of int64',
  ],
  [
    'an output is no map any more',
    gives(field('p', null, 'seq<map<int64,float32>>')),
    gives(field('p', [null, 2])),
    true,
    true,
    'output "p" is float32 instead of seq<map<int64,float32>>',
  ],
  ...shapes('output', [null, 2], [null], true, true),
  ...shapes('output', [null, 2], [null, 3], true, true),
  ...shapes('output', [null, null], [null, 2], false, true),
  ...shapes('output', [null, 2], [null, null], true, false),
  ...shapes('output', [null, 2], [1, 2], false, false),
  ...shapes('output', [null, 2], [], false, false),
  ...shapes('output', [null, 2], null, false, false),
];

function shapes(
  side: 'input' | 'output',
  live: Shape,
  candidate: Shape,
  forward: boolean,
  backward: boolean,
): Row[] {
  const of = side === 'input' ? takes : gives;
  const [before, after] = [words(live), words(candidate)];
  const text = `${side} "f" is ${after} instead of ${before}`;
  return [
    [
      `${before} ${side} becomes ${after}`,
      of(field('f', live)),
      of(field('f', candidate)),
      forward,
      backward,
      text,
    ],
  ];
}

function words(shape: Shape): string {
  return shape === null
    ? 'of any shape'
    : JSON.stringify(shape).replaceAll('null', 'any').replaceAll(',', ', ');
}

describe('compareContract', () => {
  it.each(CHANGES)('%s', (_, live, candidate, forward, backward, text) => {
    const alone = compareContract(live, candidate, false);
    expect(alone.verdict).toBe(forward ? 'fail' : 'pass');
    expect(alone.reason).toContain(text);
    expect(alone.changes.some((change) => change.forward)).toBe(forward);
    expect(alone.changes.some((change) => change.backward)).toBe(backward);

    const shared = compareContract(live, candidate, true);
    expect(shared.verdict).toBe(forward || backward ? 'fail' : 'pass');
    expect(shared.reason).toContain(text);
    expect(shared.changes).toEqual(alone.changes);
  });

  it.each<[string, Signature | null, Signature | null, boolean, 'pass' | 'fail', string]>([
    [
      'nothing has changed',
      takes(AGE),
      takes(AGE),
      true,
      'pass',
      'The inputs and outputs are those of the live model.',
    ],
    [
      'outputs change places',
      gives(LABEL, SCORES),
      gives(SCORES, LABEL),
      true,
      'pass',
      'The inputs and outputs are those of the live model.',
    ],
    [
      'the live model is not known',
      null,
      takes(AGE),
      true,
      'pass',
      'Not compared: the inputs and outputs of the live model are not known.',
    ],
    [
      'the candidate is not known',
      takes(AGE),
      null,
      true,
      'pass',
      'Not compared: the inputs and outputs of the candidate are not known.',
    ],
    [
      'neither is known',
      null,
      null,
      true,
      'pass',
      'Not compared: the inputs and outputs of both models are not known.',
    ],
    [
      'today’s callers do not mind',
      gives(LABEL, SCORES),
      gives(LABEL, SCORES, AGE),
      false,
      'pass',
      'Callers of the live model can go on as they are: output "age" is new.',
    ],
    [
      'tomorrow’s callers mind',
      gives(LABEL, SCORES),
      gives(LABEL, SCORES, AGE),
      true,
      'fail',
      'Callers of the candidate would break while the live model still answers: output "age" is new.',
    ],
    [
      'today’s callers mind',
      { inputs: [AGE, CITY], outputs: [LABEL, SCORES] },
      { inputs: [AGE], outputs: [LABEL, field('scores', [null, 3])] },
      false,
      'fail',
      'Callers of the live model would break: input "city" is gone; output "scores" is [any, 3] instead of [any, 2].',
    ],
    [
      'both mind, each something else',
      gives(LABEL, SCORES, AGE),
      gives(LABEL, SCORES, CITY),
      true,
      'fail',
      'Callers of the live model would break: output "age" is gone. ' +
        'Callers of the candidate would break while the live model still answers: output "city" is new.',
    ],
    [
      'a name has a line break',
      takes(field('a\nb')),
      takes(),
      false,
      'fail',
      'Callers of the live model would break: input "a\\nb" is gone.',
    ],
    [
      'a name is long',
      takes(field('x'.repeat(128))),
      takes(),
      false,
      'fail',
      `Callers of the live model would break: input "${'x'.repeat(39)}…" is gone.`,
    ],
    [
      'there is too much to tell',
      takes(...Array.from({ length: 64 }, (_, i) => field(`column ${i}`))),
      takes(),
      false,
      'fail',
      `Callers of the live model would break: ${Array.from({ length: 11 }, (_, i) => `input "column ${i}" is gone`).join('; ')}; and 53 more.`,
    ],
  ])('says it in words: %s', (_, live, candidate, sharesTraffic, verdict, reason) => {
    expect(compareContract(live, candidate, sharesTraffic)).toMatchObject({ verdict, reason });
  });

  it('finds the one change among ten thousand inputs, and quickly', () => {
    const columns = Array.from({ length: 10_000 }, (_, i) => field(`column ${i}`));
    const live = takes(...columns);
    expect(compareContract(live, takes(...columns), true).verdict).toBe('pass');
    expect(compareContract(live, takes(...columns, AGE), false)).toMatchObject({
      verdict: 'fail',
      reason: 'Callers of the live model would break: input "age" is new.',
    });
  });

  it('says that fields differ where the ledger keeps no more of them than digests', () => {
    const live = digestsOf(takes(AGE, CITY));
    expect(compareContract(live, takes(AGE, CITY), true).verdict).toBe('pass');
    expect(compareContract(live, takes(AGE), true)).toMatchObject({
      verdict: 'fail',
      reason: 'Callers of the live model may break: its inputs are others, too many to be named here.',
    });
  });

  it('holds for any two signatures: short reasons, and the same told in reverse', () => {
    const shape = fc.option(fc.array(fc.option(fc.nat(3)), { maxLength: 3 }));
    const name = fc.oneof(
      fc.constantFrom('a', 'b', 'c', '__proto__', 'constructor'),
      fc.string({ maxLength: 128 }),
    );
    const fields = fc.uniqueArray(fc.record({ name, type: fc.constantFrom('float32', 'string'), shape }), {
      selector: (each) => each.name,
      maxLength: 64,
    });
    const signature = fc.record({ inputs: fields, outputs: fields });
    fc.assert(
      fc.property(signature, signature, fc.boolean(), (live, candidate, sharesTraffic) => {
        const there = compareContract(live, candidate, sharesTraffic);
        const back = compareContract(candidate, live, sharesTraffic);
        expect(there.reason.length).toBeLessThanOrEqual(400);
        expect(there.changes.some((change) => change.forward)).toBe(
          back.changes.some((change) => change.backward),
        );
        expect(compareContract(live, live, true)).toMatchObject({ verdict: 'pass', changes: [] });
      }),
    );
  });
});
