import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { CallError } from '../../../../functions/errors.ts';
import { compareContract, readSignature } from '../../../../functions/release/checks/contract.ts';
import {
  SignatureSchema,
  type Field,
  type Signature,
} from '../../../../functions/release/checks/signature.ts';
import type { Verified } from '../../../../functions/release/checks/verify.ts';
import { onnxModel } from '../../../predictor/onnx-writer.ts';
import { StoredBytes } from './stored-bytes.ts';

type Shape = Field['shape'];

function field(name: string, shape: Shape = [null, 1], type = 'float32'): Field {
  return { name, type, shape };
}

function takes(...inputs: Field[]): Signature {
  return { inputs, outputs: [field('y')] };
}

function gives(...outputs: Field[]): Signature {
  return { inputs: [field('x')], outputs };
}

const AGE = field('age');
const CITY = field('city', [null, 1], 'string');
const LABEL = field('label', [null], 'int64');
const SCORES = field('scores', [null, 2]);

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

const MARKER = 'churn/v1/model.onnx';
const MODEL = onnxModel({
  inputs: [{ name: 'x', type: 'float32', shape: ['N', 3] }],
  outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
  nodes: [],
});
const FROM_MODEL: Signature = { inputs: [field('x', [null, 3])], outputs: [field('y')] };

async function read(marker: string, content: Uint8Array, signature?: unknown): Promise<Signature | null> {
  const stored = new StoredBytes();
  return readSignature(stored, { marker: stored.put(marker, content), manifest: manifest(signature) });
}

/** As verify.ts has read it. */
function manifest(signature: unknown): Verified['manifest'] {
  if (signature === undefined) return null;
  const files = [{ path: 'model.onnx', size: 5, sha256: 'a'.repeat(64) }];
  return { schema: 1, files, signature, rows: null };
}

describe('readSignature', () => {
  it.each(['v1', 'v2'])(
    'reads the same from the manifest and the model of the example: %s',
    async (version) => {
      const load = (name: string) =>
        readFileSync(
          new URL(`../../../../examples/breast-cancer/artifacts/${version}/${name}`, import.meta.url),
        );
      const { signature } = JSON.parse(load('manifest.json').toString()) as { signature: unknown };
      const told = await read(MARKER, Buffer.from('not read'), signature);
      expect(told?.inputs).toEqual([field('features', [null, 30])]);
      expect(await read(MARKER, load('model.onnx'))).toEqual(told);
      expect(compareContract(told, told, true).verdict).toBe('pass');
    },
  );

  it('takes the manifest of a model that is not ONNX', async () => {
    const told = { inputs: [field('image', [null, 3, 224, 224])], outputs: [LABEL] };
    expect(await read('churn/v1/model.pt', Buffer.from('weights'), told)).toEqual(told);
    expect(await read('churn/v1/model.pt', MODEL)).toBeNull();
  });

  it('takes what ONNX Runtime calls the types, and leaves out what is not kept', async () => {
    const told = {
      inputs: [{ ...field('x', [null], 'tensor(float)'), unit: 'm' }, field('z', [null], 'tensor(double)')],
      outputs: [field('p', null, 'seq(map(int64,tensor(float)))'), field('q', null, 'tensor(int64)')],
      by: 'train.py',
    };
    expect(await read(MARKER, MODEL, told)).toEqual({
      inputs: [field('x', [null]), field('z', [null], 'float64')],
      outputs: [field('p', null, 'seq<map<int64,float32>>'), field('q', null, 'int64')],
    });
  });

  it.each<[string, unknown]>([
    ['there is no manifest', undefined],
    ['its signature is a text', 'x, y'],
    ['its signature is null', null],
    ['its signature is an array', []],
    ['its signature has no outputs', { inputs: [AGE], outputs: [] }],
    ['its inputs are an object', { inputs: { AGE }, outputs: [LABEL] }],
    ['a field has no type', takes({ ...AGE, type: undefined as unknown as string })],
    ['a dimension is a name', { inputs: [{ ...AGE, shape: ['N', 1] }], outputs: [LABEL] }],
    ['a dimension is negative', takes(field('age', [-1, 1]))],
    ['a dimension is half', takes(field('age', [null, 1.5]))],
    ['an input is there twice', takes(AGE, AGE)],
    ['it has 65 inputs', takes(...Array.from({ length: 65 }, (_, i) => field(`${i}`)))],
    [
      'its signature is more than is kept',
      takes(...Array.from({ length: 64 }, (_, i) => field(`${i}`.padEnd(128, 'x')))),
    ],
    ['a type gets too long in our words', takes(field('x', null, 'float('.repeat(10)))],
  ])('asks the model where %s', async (_, signature) => {
    expect(await read(MARKER, MODEL, signature)).toEqual(FROM_MODEL);
  });

  it('gives what a ledger takes', async () => {
    for (const signature of [undefined, takes(AGE)])
      expect(Value.Check(SignatureSchema, await read(MARKER, MODEL, signature))).toBe(true);
  });

  it('lets a call that failed through', async () => {
    const stored = new StoredBytes();
    const marker = stored.put(MARKER, MODEL);
    const error = new CallError('artifacts.readRange', 'UNAVAILABLE', 'try again');
    const broken = Object.assign(stored, { readRange: () => Promise.reject(error) });
    await expect(readSignature(broken, { marker, manifest: null })).rejects.toBe(error);
  });
});
