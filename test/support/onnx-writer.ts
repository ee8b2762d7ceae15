/** Writes small ONNX models for tests, so that none of them needs Python. Field numbers: onnx.proto. */
import { delimitedField, varintField } from '../../common/artifact/protobuf.ts';

// TensorProto.DataType
export const ONNX_TYPES = {
  float32: 1,
  uint8: 2,
  int8: 3,
  uint16: 4,
  int16: 5,
  int32: 6,
  int64: 7,
  string: 8,
  bool: 9,
  float64: 11,
  uint32: 12,
  uint64: 13,
} as const;
export type OnnxType = keyof typeof ONNX_TYPES;

/** A graph input or output. A string in `shape` is a dynamic dimension; without one it may have any shape. */
export interface Value {
  readonly name: string;
  readonly type: OnnxType;
  readonly shape?: readonly (number | string)[];
}

export type Attribute =
  | number
  | string
  | readonly number[]
  | readonly string[]
  | Uint8Array
  | { readonly int: number }
  | { readonly graph: Uint8Array }
  | { readonly ints: readonly number[] };

export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, Attribute>>;
  readonly domain?: string;
}

export interface ModelParts {
  readonly inputs: readonly Value[];
  /** A Value, or the bytes of a ValueInfoProto for what is not a tensor. */
  readonly outputs: readonly (Value | Uint8Array)[];
  readonly nodes: readonly Node[];
  /** TensorProtos made by `tensor`. */
  readonly initializers?: readonly Uint8Array[];
  readonly metadata?: Readonly<Record<string, string>>;
}

/** The bytes of a model in opset 17 and ai.onnx.ml 3. */
export function onnxModel(parts: ModelParts): Uint8Array {
  return Buffer.concat([
    varintField(1, 8),
    delimitedField(8, varintField(2, 17)),
    delimitedField(8, Buffer.concat([delimitedField(1, 'ai.onnx.ml'), varintField(2, 3)])),
    delimitedField(7, graphProto(parts)),
    ...Object.entries(parts.metadata ?? {}).map(([key, value]) =>
      delimitedField(14, Buffer.concat([delimitedField(1, key), delimitedField(2, value)])),
    ),
  ]);
}

/** A GraphProto: a model's, or the body of a node that runs one. */
export function graphProto(parts: ModelParts): Uint8Array {
  return Buffer.concat([
    ...parts.nodes.map((node) => delimitedField(1, nodeProto(node))),
    delimitedField(2, 'test'),
    ...(parts.initializers ?? []).map((tensor) => delimitedField(5, tensor)),
    ...parts.inputs.map((value) => delimitedField(11, valueInfo(value))),
    ...parts.outputs.map((value) =>
      delimitedField(12, value instanceof Uint8Array ? value : valueInfo(value)),
    ),
  ]);
}

/** A TensorProto. `values` are floats for float32, else integers (bool: 0 or 1) or strings. */
export function tensor(
  name: string,
  type: 'float32' | 'int64' | 'string' | 'int32' | 'bool' | 'float64',
  dims: readonly number[],
  values: readonly (number | string)[] | Float32Array,
): Uint8Array {
  const head = [...dims.map((dim) => varintField(1, dim)), varintField(2, ONNX_TYPES[type])];
  return Buffer.concat([...head, ...tensorData(type, values), delimitedField(8, name)]);
}

function tensorData(type: string, values: readonly (number | string)[] | Float32Array): Uint8Array[] {
  if (values instanceof Float32Array) return [delimitedField(9, bytesOf(values))];
  if (type === 'string') return values.map((value) => delimitedField(6, String(value)));
  const numbers = values.map(Number);
  if (type === 'float32') return [delimitedField(9, bytesOf(Float32Array.from(numbers)))];
  if (type === 'float64') return [delimitedField(9, bytesOf(Float64Array.from(numbers)))];
  if (type === 'int32') return [delimitedField(9, bytesOf(Int32Array.from(numbers)))];
  if (type === 'bool') return [delimitedField(9, Uint8Array.from(numbers))];
  return [delimitedField(9, bytesOf(BigInt64Array.from(numbers, BigInt)))];
}

/** A ValueInfoProto of a sequence whose elements are the given TypeProto. */
export function sequenceValue(name: string, elementType: Uint8Array): Uint8Array {
  return Buffer.concat([
    delimitedField(1, name),
    delimitedField(2, delimitedField(4, delimitedField(1, elementType))),
  ]);
}

/** The TypeProto of a tensor. */
export function tensorType(type: OnnxType, shape?: readonly (number | string)[]): Uint8Array {
  const dims = (shape ?? []).map((dim) =>
    delimitedField(1, typeof dim === 'number' ? varintField(1, dim) : delimitedField(2, dim)),
  );
  const shapeField = shape === undefined ? [] : [delimitedField(2, Buffer.concat(dims))];
  return delimitedField(1, Buffer.concat([varintField(1, ONNX_TYPES[type]), ...shapeField]));
}

/** The TypeProto of map(key, float tensor), what ZipMap makes a sequence of. */
export function floatMapType(key: 'int64' | 'string'): Uint8Array {
  return delimitedField(
    5,
    Buffer.concat([varintField(1, ONNX_TYPES[key]), delimitedField(2, tensorType('float32', []))]),
  );
}

function valueInfo(value: Value): Uint8Array {
  return Buffer.concat([
    delimitedField(1, value.name),
    delimitedField(2, tensorType(value.type, value.shape)),
  ]);
}

function nodeProto(node: Node): Uint8Array {
  return Buffer.concat([
    ...node.inputs.map((name) => delimitedField(1, name)),
    ...node.outputs.map((name) => delimitedField(2, name)),
    delimitedField(4, node.op),
    ...Object.entries(node.attributes ?? {}).map(([name, value]) =>
      delimitedField(5, attribute(name, value)),
    ),
    ...(node.domain === undefined ? [] : [delimitedField(7, node.domain)]),
  ]);
}

// AttributeProto: f 2, i 3, s 4, t 5, floats 7, ints 8, strings 9, type 20.
function attribute(name: string, value: Attribute): Uint8Array {
  return Buffer.concat([delimitedField(1, name), ...attributeValue(value)]);
}

function attributeValue(value: Attribute): Uint8Array[] {
  if (typeof value === 'number') return [floatField(2, value), varintField(20, 1)];
  if (typeof value === 'string') return [delimitedField(4, value), varintField(20, 3)];
  if (value instanceof Uint8Array) return [delimitedField(5, value), varintField(20, 4)];
  if ('graph' in value) return [delimitedField(6, value.graph), varintField(20, 5)];
  if ('int' in value) return [varintField(3, value.int), varintField(20, 2)];
  if ('ints' in value) return [...value.ints.map((int) => varintField(8, int)), varintField(20, 7)];
  if (value.every((element) => typeof element === 'string')) {
    return [...value.map((element) => delimitedField(9, element)), varintField(20, 8)];
  }
  return [...value.map((element) => floatField(7, element)), varintField(20, 6)];
}

function floatField(number: number, value: number): Uint8Array {
  return Buffer.concat([Uint8Array.of(number * 8 + 5), bytesOf(Float32Array.of(value))]);
}

function bytesOf(array: Float32Array | Float64Array | BigInt64Array | Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
