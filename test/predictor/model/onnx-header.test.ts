import { describe, expect, test } from 'vitest';
import { readHeader } from '../../../predictor/model/onnx-header.ts';
import { delimitedField, varintField } from '../../../common/artifact/protobuf.ts';
import * as others from '../models-without-rows.ts';
import { onnxModel, tensor, tensorType } from '../../support/onnx-writer.ts';

/** A model file of one input or output, of the given TypeProto. */
function withValue(field: 11 | 12, type: Uint8Array, ...more: readonly Uint8Array[]): Uint8Array {
  const value = Buffer.concat([delimitedField(1, 'v'), delimitedField(2, type)]);
  return delimitedField(7, Buffer.concat([...more, delimitedField(field, value)]));
}

/** The TypeProto of a tensor of a TensorProto.DataType. */
function elements(type: number): Uint8Array {
  return delimitedField(1, varintField(1, type));
}

describe('readHeader', () => {
  test('knows the metadata, and the categories and tokens, of every column', () => {
    expect(readHeader(others.categories())).toMatchObject({ texts: [['cat', 'dog']], integers: [] });
    const { metadata } = readHeader(others.waveform('samples', [1, 2], { 'slipway.rows': 'none', a: 'b' }));
    expect([...metadata]).toEqual([
      ['slipway.rows', 'none'],
      ['a', 'b'],
    ]);
    const tokens = onnxModel({
      inputs: [{ name: 'x', type: 'string', shape: ['N'] }],
      outputs: [{ name: 'y', type: 'bool', shape: ['N'] }],
      initializers: [tensor('tokens', 'string', [2], ['é', 'b'])],
      nodes: [
        {
          op: 'LabelEncoder',
          domain: 'ai.onnx.ml',
          inputs: ['x'],
          outputs: ['y'],
          attributes: { keys_int64s: { ints: [7, 300] } },
        },
      ],
    });
    expect(readHeader(tokens)).toMatchObject({ texts: [['é', 'b']], integers: [[7, 300]] });
  });

  test('tells inputs without a shape from those without dimensions', () => {
    expect(readHeader(withValue(11, tensorType('float32'))).anyRank).toEqual(['v']);
    expect(readHeader(withValue(11, tensorType('float32', []))).anyRank).toEqual([]);
  });

  test.each([
    {
      name: 'optional',
      type: delimitedField(9, tensorType('float32')),
      why: /got an optional; export it as a plain tensor/,
    },
    {
      name: 'sequence',
      type: delimitedField(4, tensorType('float32')),
      why: /got a sequence; export it as one tensor/,
    },
    { name: 'map', type: delimitedField(5, ''), why: /got a map;/ },
    { name: 'float16', type: elements(10), why: /got float16; .*keep_io_types=True/ },
    { name: 'bfloat16', type: elements(16), why: /got bfloat16; .* float32/ },
    { name: 'complex', type: elements(14), why: /got complex64;/ },
    { name: 'int4', type: elements(22), why: /got 4-bit or 2-bit integers; export with int8/ },
  ])('refuses an input of type $name with what to do', ({ type, why }) => {
    expect(() => readHeader(withValue(11, type))).toThrow(/^input "v": expected a/);
    expect(() => readHeader(withValue(11, type))).toThrow(why);
  });

  test('refuses an output of float16; one without a type is the runtime’s to know; initializers are no inputs', () => {
    expect(() => readHeader(withValue(12, elements(10)))).toThrow(/^output "v": .*keep_io_types=True/);
    expect(() => readHeader(delimitedField(7, delimitedField(12, delimitedField(1, 'v'))))).not.toThrow();
    const initializer = delimitedField(5, Buffer.concat([varintField(2, 10), delimitedField(8, 'v')]));
    expect(() => readHeader(withValue(11, elements(10), initializer))).not.toThrow();
  });
});
