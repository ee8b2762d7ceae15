import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CallError } from '../../../../functions/errors.ts';
import { readOnnxSignature } from '../../../../functions/release/checks/onnx-header.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';
import { delimitedField, varintField } from '../../../../common/artifact/protobuf.ts';
import {
  floatMapType,
  graphProto,
  onnxModel,
  sequenceValue,
  tensor,
  tensorType,
  type Node,
} from '../../../support/onnx-writer.ts';
import { StoredBytes, type Part } from './stored-bytes.ts';

const BREAST_CANCER = {
  inputs: [{ name: 'features', type: 'float32', shape: [null, 30] }],
  outputs: [
    { name: 'label', type: 'int64', shape: [null] },
    { name: 'probabilities', type: 'float32', shape: [null, 2] },
  ],
};
const IDENTITY: Node = { op: 'Identity', inputs: ['x'], outputs: ['y'] };
const X = { name: 'x', type: 'float32', shape: ['N', 3] } as const;
const Y = { name: 'y', type: 'float32', shape: ['N', 3] } as const;
const SMALL_PARTS = { inputs: [X], outputs: [Y], nodes: [IDENTITY] };
const SMALL = onnxModel(SMALL_PARTS);

// Fields of onnx.proto.
const GRAPH = 7;
const INITIALIZER = 5;
const INPUT = 11;
const OUTPUT = 12;

describe('readOnnxSignature', () => {
  it.each(['v1', 'v2'])('reads what scikit-learn exported: %s', async (version) => {
    const file = new URL(
      `../../../../examples/breast-cancer/artifacts/${version}/model.onnx`,
      import.meta.url,
    );
    expect(await read(readFileSync(file))).toEqual(BREAST_CANCER);
  });

  it('reads every element type of JSON, scalars, fixed and open dimensions', async () => {
    const types = ['float64', 'int8', 'uint64', 'string', 'bool'] as const;
    const model = onnxModel({
      inputs: types.map((type, i) => ({ name: `in_${type}`, type, shape: ['N', 2, 'M'].slice(0, i) })),
      outputs: [Y],
      nodes: [IDENTITY],
    });
    expect((await read(model))?.inputs).toEqual([
      { name: 'in_float64', type: 'float64', shape: [] },
      { name: 'in_int8', type: 'int8', shape: [null] },
      { name: 'in_uint64', type: 'uint64', shape: [null, 2] },
      { name: 'in_string', type: 'string', shape: [null, 2, null] },
      { name: 'in_bool', type: 'bool', shape: [null, 2, null] },
    ]);
  });

  it.each<[string, Uint8Array, string, (number | null)[] | null]>([
    ['a tensor without a shape', tensorType('float32'), 'float32', null],
    ['float16', elements(10), 'float16', null],
    ['bfloat16', elements(16), 'bfloat16', null],
    ['a dimension of nothing', shaped(new Uint8Array()), 'float32', [null]],
    ['a negative dimension', shaped(varintField(1, -1)), 'float32', [null]],
    ['a dimension of 0', shaped(varintField(1, 0)), 'float32', [0]],
    [
      'a dimension with a denotation',
      shaped(Buffer.concat([varintField(1, 5), delimitedField(3, 'CH')])),
      'float32',
      [5],
    ],
    ['an optional', delimitedField(9, delimitedField(1, tensorType('int64', [1]))), 'optional<int64>', null],
    ['a sparse tensor', delimitedField(8, tensorType('float32', [1]).subarray(2)), 'sparse<float32>', null],
  ])('reads %s', async (_, type, word, shape) => {
    const model = onnxModel({ inputs: [X], outputs: [valueOf('y', type)], nodes: [] });
    expect((await read(model))?.outputs).toEqual([{ name: 'y', type: word, shape }]);
  });

  it('has words for the sequences of scikit-learn', async () => {
    const outputs = [
      sequenceValue('p', floatMapType('int64')),
      sequenceValue('q', floatMapType('string')),
      sequenceValue('r', tensorType('float32', ['N'])),
    ];
    expect((await read(onnxModel({ inputs: [X], outputs, nodes: [] })))?.outputs).toEqual([
      { name: 'p', type: 'seq<map<int64,float32>>', shape: null },
      { name: 'q', type: 'seq<map<string,float32>>', shape: null },
      { name: 'r', type: 'seq<float32>', shape: null },
    ]);
  });

  it('leaves out inputs that have a default, however many and wherever they stand', async () => {
    const weights = Array.from({ length: 100 }, (_, i) => `w${i}`);
    const inputs = [...weights, 'x', 's'].map((name) => ({ ...X, name }));
    const initializers = weights.map((name) => tensor(name, 'float32', [1], [1]));
    const dense = graphProto({ inputs, outputs: [Y], nodes: [IDENTITY], initializers });
    const sparse = delimitedField(15, delimitedField(1, tensor('s', 'float32', [1], [1])));
    const graph = Buffer.concat([dense, sparse]);
    expect((await read(delimitedField(GRAPH, graph)))?.inputs).toEqual([
      { name: 'x', type: 'float32', shape: [null, 3] },
    ]);
  });

  it('takes the parts of a graph in any order', async () => {
    const value = (name: string) => valueOf(name, tensorType('float32', [1]));
    const graph = Buffer.concat([
      delimitedField(OUTPUT, value('y')),
      delimitedField(INPUT, value('w')),
      delimitedField(INPUT, value('x')),
      delimitedField(INITIALIZER, tensor('w', 'float32', [1], [1])),
    ]);
    expect(names(await read(Buffer.concat([delimitedField(GRAPH, graph), varintField(1, 3)])))).toEqual([
      'x',
      'y',
    ]);
  });

  it('reads a thousand inputs with long names', async () => {
    const bytes = onnxModel({ inputs: many(1_000, 128), outputs: many(65, 8), nodes: [] });
    const signature = await read(bytes);
    expect(signature?.inputs).toHaveLength(1_000);
    expect(signature?.outputs).toHaveLength(65);
  });

  it('reads little of a large file: not its weights', async () => {
    const { parts, size } = withWeights(40, 16_000_000);
    const { signature, stored } = await readParts(...parts);
    expect(size).toBeGreaterThan(600_000_000);
    expect(names(signature)).toEqual(['x', 'y']);
    expect(stored.reads).toBeLessThanOrEqual(42);
    expect(stored.bytesRead).toBeLessThan(3_000_000);
  });

  it('gives up on a file of more weights than it has reads for', async () => {
    const { signature, stored } = await readParts(...withWeights(400, 100_000).parts);
    expect(signature).toBeNull();
    expect(stored.reads).toBe(256);
    expect(stored.bytesRead).toBeLessThanOrEqual(256 * 65_536);
  });

  it('gives up on a file of more fields than are looked at, and in a short time', async () => {
    const began = process.cpuUsage();
    const { signature, stored } = await readParts(delimitedField(GRAPH, Buffer.alloc(2_000_000, '\x0a\x00')));
    expect(signature).toBeNull();
    expect(stored.bytesRead).toBeLessThan(1_000_000);
    expect(process.cpuUsage(began).user).toBeLessThan(5_000_000);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', new Uint8Array()],
    ['text', Buffer.from('this is no model\n'.repeat(100))],
    ['a zip file', Buffer.from('PK\x03\x04'.padEnd(1000, '\0'))],
    ['a pickle', Buffer.from('\x80\x04\x95\x00\x00\x00'.padEnd(1000, 'c'))],
    ['HDF5', Buffer.concat([Buffer.from('894844460d0a1a0a', 'hex'), Buffer.alloc(1000)])],
    ['no graph', varintField(1, 8)],
    ['an empty graph', delimitedField(GRAPH, '')],
    ['two graphs', Buffer.concat([SMALL, SMALL])],
    ['a graph that is a number', varintField(GRAPH, 5)],
    ['no outputs', onnxModel({ inputs: [X], outputs: [], nodes: [] })],
    ['two outputs of one name', onnxModel({ inputs: [X], outputs: [Y, Y], nodes: [] })],
    ['a name of 129', onnxModel({ inputs: [X], outputs: [{ ...Y, name: 'y'.repeat(129) }], nodes: [] })],
    [
      'a name of a megabyte',
      onnxModel({ inputs: [{ ...X, name: 'x'.repeat(1e6) }], outputs: [Y], nodes: [] }),
    ],
    ['nine dimensions', onnxModel({ inputs: [X], outputs: [{ ...Y, shape: Array(9).fill(1) }], nodes: [] })],
    ['an output without a type', withOutput(delimitedField(1, 'y'))],
    ['an element type of tomorrow', withOutput(valueOf('y', elements(99)))],
    ['an empty type', withOutput(valueOf('y', new Uint8Array()))],
    ['a map without a key', withOutput(valueOf('y', delimitedField(5, delimitedField(2, elements(1)))))],
    ['an empty sequence', withOutput(valueOf('y', delimitedField(4, '')))],
    ['types 5 deep', withOutput(valueOf('y', nested(4)))],
    ['types 5,000 deep', withOutput(valueOf('y', nested(5_000)))],
    ['a name that is not UTF-8', withOutput(Buffer.concat([delimitedField(1, Buffer.of(0xff)), typed()]))],
    ['a name that is a number', withOutput(Buffer.concat([varintField(1, 7), typed()]))],
    ['a length beyond the end', Buffer.of(0x3a, 0x7f, 0x0a)],
    ['a length of 2^64', Buffer.of(0x3a, ...Array<number>(9).fill(0xff), 0x01)],
    ['a number of 11 bytes', Buffer.of(0x08, ...Array<number>(10).fill(0xff), 0x01)],
    ['a number without an end', Buffer.alloc(100_000, 0xff)],
    ['a group', Buffer.of(0x3b, 0x0a)],
    ['wire type 7', Buffer.of(0x3f)],
    ['field number 0', Buffer.of(0x02, 0x00)],
    ['zeros', Buffer.alloc(100_000)],
  ])('knows nothing of %s', async (_, bytes) => {
    expect(await read(bytes)).toBeNull();
  });

  it('knows nothing of a model that was cut, wherever', async () => {
    for (let length = 0; length < SMALL.length; length += 1)
      expect(await read(SMALL.subarray(0, length))).toBeNull();
  });

  it('comes to an end for any bytes', async () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const changed = fc
      .tuple(fc.nat(SMALL.length - 1), fc.nat(255), fc.nat(SMALL.length - 1), fc.nat(255))
      .map(([i, a, j, b]) => SMALL.map((byte, at) => (at === i ? a : at === j ? b : byte)));
    const graphs = bytes.map((content) => delimitedField(GRAPH, content));
    const outputs = bytes.map((content) => withOutput(content));
    const property = fc.asyncProperty(fc.oneof(bytes, changed, graphs, outputs), async (file) => {
      const { signature, stored } = await readParts(file);
      expect(stored.reads).toBeLessThanOrEqual(1);
      expect(signature === null || signature.outputs.length > 0).toBe(true);
    });
    await fc.assert(property, { numRuns: 2_000 });
  });

  it('knows nothing of an object that is gone, or gets shorter, while it is read', async () => {
    const stored = new StoredBytes();
    const object = stored.put('model.onnx', SMALL);
    expect(await readOnnxSignature(stored, { ...object, size: SMALL.length * 2 })).toBeNull();
    stored.delete('model.onnx');
    expect(await readOnnxSignature(stored, object)).toBeNull();
  });

  it('lets a call that failed through', async () => {
    const error = new CallError('artifacts.readRange', 'UNAVAILABLE', 'try again');
    const artifacts = { readRange: () => Promise.reject(error) };
    await expect(readOnnxSignature(artifacts, new StoredBytes().put('m', SMALL))).rejects.toBe(error);
  });
});

function read(bytes: Uint8Array): Promise<Signature | null> {
  return readParts(bytes).then(({ signature }) => signature);
}

async function readParts(...parts: Part[]): Promise<{ signature: Signature | null; stored: StoredBytes }> {
  const stored = new StoredBytes();
  const object = stored.put('model.onnx', ...parts);
  return { signature: await readOnnxSignature(stored, object), stored };
}

function names(signature: Signature | null): string[] {
  return [...(signature?.inputs ?? []), ...(signature?.outputs ?? [])].map(({ name }) => name);
}

/** A ValueInfoProto. */
function valueOf(name: string, type: Uint8Array): Uint8Array {
  return Buffer.concat([delimitedField(1, name), delimitedField(2, type)]);
}

/** The field of a ValueInfoProto that is its type. */
function typed(): Uint8Array {
  return delimitedField(2, tensorType('float32', [1]));
}

/** The TypeProto of a tensor of that element type, by number. */
function elements(number: number): Uint8Array {
  return delimitedField(1, varintField(1, number));
}

/** The TypeProto of a float tensor with this one dimension. */
function shaped(dim: Uint8Array): Uint8Array {
  return delimitedField(1, Buffer.concat([varintField(1, 1), delimitedField(2, delimitedField(1, dim))]));
}

/** A tensor in so many sequences. */
function nested(depth: number): Uint8Array {
  let type: Uint8Array = elements(1);
  for (let i = 0; i < depth; i += 1) type = delimitedField(4, delimitedField(1, type));
  return type;
}

function withOutput(value: Uint8Array): Uint8Array {
  return onnxModel({ inputs: [X], outputs: [value], nodes: [IDENTITY] });
}

function many(count: number, length: number) {
  return Array.from({ length: count }, (_, i) => ({ ...Y, name: String(i).padStart(length, 'n') }));
}

/** A model with so many initializers of so many bytes, which are not there. */
function withWeights(count: number, bytes: number): { parts: Part[]; size: number } {
  const tensors = Array.from({ length: count }, (_, i): Part[] => {
    const head = Buffer.concat([varintField(2, 1), delimitedField(8, `w${i}`), headOf(9, bytes)]);
    return [headOf(INITIALIZER, head.length + bytes), head, bytes];
  }).flat();
  const graph: Part[] = [...tensors, graphProto(SMALL_PARTS)];
  const size = graph.reduce<number>((sum, part) => sum + (typeof part === 'number' ? part : part.length), 0);
  return { parts: [varintField(1, 8), headOf(GRAPH, size), ...graph], size };
}

/** The tag and length of a field. */
function headOf(number: number, length: number): Uint8Array {
  return Buffer.concat([Buffer.of(number * 8 + 2), varintField(1, length).subarray(1)]);
}
