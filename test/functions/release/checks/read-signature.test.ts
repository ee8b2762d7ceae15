import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Value } from 'typebox/value';
import { CallError } from '../../../../functions/errors.ts';
import { compareContract, readSignature } from '../../../../functions/release/checks/contract.ts';
import { SignatureSchema, type Signature } from '../../../../functions/release/checks/signature.ts';
import type { Verified } from '../../../../functions/release/checks/verify.ts';
import { onnxModel } from '../../../support/onnx-writer.ts';
import { StoredBytes } from './stored-bytes.ts';
import { AGE, field, LABEL, takes } from './fields.ts';

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
