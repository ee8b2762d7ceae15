/**
 * The element types of ONNX tensors that can be said in JSON, by the names onnxruntime-node gives them. float16 is
 * not among them: onnxruntime-node 1.30 cannot take its own Float16Array.
 */

export type TensorData =
  | Float32Array
  | Float64Array
  | Int8Array
  | Int16Array
  | Int32Array
  | Uint8Array
  | Uint16Array
  | Uint32Array
  | BigInt64Array
  | BigUint64Array
  | string[];

/** How the elements of a type look in JSON. `bigint`: an integer, or a string of digits beyond 2^53. */
export type ElementKind = 'float' | 'integer' | 'bigint' | 'boolean' | 'string';

export interface ElementType {
  readonly kind: ElementKind;
  /** Bytes an element takes; for strings what is reckoned for one. */
  readonly bytes: number;
  readonly min: number;
  readonly max: number;
  readonly allocate: (length: number) => TensorData;
}

const FLOAT32_MAX = 3.4028234663852886e38;

export const ELEMENT_TYPES = {
  float32: float(4, FLOAT32_MAX, (length) => new Float32Array(length)),
  float64: float(8, Number.MAX_VALUE, (length) => new Float64Array(length)),
  int8: integer(1, -128, 127, (length) => new Int8Array(length)),
  int16: integer(2, -32_768, 32_767, (length) => new Int16Array(length)),
  int32: integer(4, -2_147_483_648, 2_147_483_647, (length) => new Int32Array(length)),
  uint8: integer(1, 0, 255, (length) => new Uint8Array(length)),
  uint16: integer(2, 0, 65_535, (length) => new Uint16Array(length)),
  uint32: integer(4, 0, 4_294_967_295, (length) => new Uint32Array(length)),
  int64: big(-(2 ** 63), 2 ** 63, (length) => new BigInt64Array(length)),
  uint64: big(0, 2 ** 64, (length) => new BigUint64Array(length)),
  bool: { kind: 'boolean', bytes: 1, min: 0, max: 1, allocate: (length) => new Uint8Array(length) },
  string: { kind: 'string', bytes: 32, min: 0, max: 0, allocate: (length) => Array<string>(length) },
} as const satisfies Record<string, ElementType>;

export type TypeName = keyof typeof ELEMENT_TYPES;

export function isTypeName(name: string): name is TypeName {
  return Object.hasOwn(ELEMENT_TYPES, name);
}

export function elementType(name: TypeName): ElementType {
  return ELEMENT_TYPES[name];
}

type Allocate = (length: number) => TensorData;

function float(bytes: number, max: number, allocate: Allocate): ElementType {
  return { kind: 'float', bytes, min: -max, max, allocate };
}

function integer(bytes: number, min: number, max: number, allocate: Allocate): ElementType {
  return { kind: 'integer', bytes, min, max, allocate };
}

function big(min: number, max: number, allocate: Allocate): ElementType {
  return { kind: 'bigint', bytes: 8, min, max, allocate };
}
