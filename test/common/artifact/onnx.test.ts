/** The functions read an ONNX file by ranges of a stored object, the predictor in memory: both see the same model. */
import { describe, expect, it } from 'vitest';
import { readOnnxSignature } from '../../../functions/release/checks/onnx-header.ts';
import { readHeader } from '../../../predictor/model/onnx-header.ts';
import { onnxModel, tensor, type Value } from '../../support/onnx-writer.ts';

async function signatureOf(bytes: Uint8Array) {
  const object = {
    bucket: 'models',
    name: 'churn/v1/model.onnx',
    generation: '1',
    createdAt: 0,
    size: bytes.length,
    checksum: null,
    contentEncoding: null,
  };
  const readRange = (_: unknown, start: number, end: number) => Promise.resolve(bytes.subarray(start, end));
  return readOnnxSignature({ readRange }, object);
}

/** Whether each of both has read it. */
async function areReadable(bytes: Uint8Array): Promise<[functions: boolean, predictor: boolean]> {
  const signature = await signatureOf(bytes);
  try {
    readHeader(bytes);
    return [signature !== null, true];
  } catch {
    return [signature !== null, false];
  }
}

const X: Value = { name: 'x', type: 'float32', shape: ['N', 3] };
const WHATEVER: Value = { name: 'whatever', type: 'int64' };
const OUTPUTS: Value[] = [{ name: 'y', type: 'float32', shape: ['N', 1] }];
const GOOD = onnxModel({ inputs: [X], outputs: OUTPUTS, nodes: [] });

describe('an ONNX file', () => {
  it.each<[string, Value[], string[]]>([
    ['with one input', [X], []],
    ['with an input of any shape', [X, WHATEVER], ['whatever']],
    ['with an input that has a default', [X, { ...WHATEVER, name: 'W' }], []],
    ['with inputs of any shape alone', [WHATEVER], ['whatever']],
  ])('%s has inputs of any shape as both see it', async (_, inputs, anyShape) => {
    const initializers = [tensor('W', 'int64', [1], [7])];
    const bytes = onnxModel({ inputs, outputs: OUTPUTS, initializers, nodes: [] });
    const signature = await signatureOf(bytes);
    expect(readHeader(bytes).anyRank).toEqual(anyShape);
    expect(signature?.inputs.filter(({ shape }) => shape === null).map(({ name }) => name)).toEqual(anyShape);
  });

  it.each<[string, Uint8Array, boolean]>([
    ['whole', GOOD, true],
    ['cut in its graph', GOOD.subarray(0, GOOD.length - 3), false],
    ['of a wire type that does not exist', Buffer.from([0x0c]), false],
    ['of field number 0', Buffer.from([0x00, 0x01]), false],
    ['whose length runs over its end', Buffer.from([0x3a, 0x7f, 0x01]), false],
    [
      'with a number of eleven bytes',
      Buffer.from([0x08, ...Array.from({ length: 10 }, () => 0xff), 0x01]),
      false,
    ],
  ])('%s is readable or not to both', async (_, bytes, isReadable) => {
    await expect(areReadable(bytes)).resolves.toEqual([isReadable, isReadable]);
  });
});
