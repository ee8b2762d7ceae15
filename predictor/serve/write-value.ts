/**
 * Copies one JSON value into a tensor's memory, checking as it goes: one pass, no intermediate arrays. The
 * contract is strict: numbers are numbers, nothing is coerced, every dimension is as declared.
 */
import type { TensorData } from '../model/tensor-types.ts';
import { BadInput, classOf } from './bad-input.ts';
import { byteLength, isBase64, textOf, writeBytes, type Base64 } from './base64.ts';
import type { InputLayout } from './layout.ts';

// Where the value that is being written sits, one index a dimension. Kept here so that the good path builds none.
export const path: number[] = [];
const NUL = '\u0000';

/**
 * Writes `value` at `data[at…]`, and throws a BadInput that names instance and field if it does not fit.
 * `shape` is the instance's own, which for inputs of open dimensions `shapeOf` has found.
 */
export function writeValue(
  value: unknown,
  data: TensorData,
  at: number,
  input: InputLayout,
  shape: readonly number[],
  instance: number,
  nullIsNaN: boolean,
): void {
  // A column of a table is declared [N, 1]; its values may come bare.
  if (input.size === 1 && !Array.isArray(value)) {
    writeElement(value, data, at, input, 0, instance, nullIsNaN);
    return;
  }
  writeLevel(value, data, at, input, shape, 0, instance, nullIsNaN);
}

function writeLevel(
  value: unknown,
  data: TensorData,
  start: number,
  input: InputLayout,
  shape: readonly number[],
  depth: number,
  instance: number,
  nullIsNaN: boolean,
): number {
  if (depth === shape.length) {
    writeElement(value, data, start, input, depth, instance, nullIsNaN);
    return start + 1;
  }
  const length = shape[depth] ?? 0;
  if (!Array.isArray(value) || value.length !== length) {
    if (isBase64(value)) return writeBase64(value, data, start, input, shape, depth, instance);
    throw badInput(input, depth, instance, `an array of ${length}`, classOf(value));
  }
  let at = start;
  if (depth === shape.length - 1 && data instanceof Float32Array) {
    const { min, max } = input.type;
    for (let index = 0; index < length; index += 1) {
      const element: unknown = value[index];
      if (typeof element === 'number' && element >= min && element <= max) data[at] = element;
      else {
        path[depth] = index;
        writeElement(element, data, at, input, depth + 1, instance, nullIsNaN);
      }
      at += 1;
    }
    return at;
  }
  for (let index = 0; index < length; index += 1) {
    path[depth] = index;
    at = writeLevel(value[index], data, at, input, shape, depth + 1, instance, nullIsNaN);
  }
  return at;
}

function writeElement(
  value: unknown,
  data: TensorData,
  at: number,
  input: InputLayout,
  depth: number,
  instance: number,
  nullIsNaN: boolean,
): void {
  const { kind, min, max } = input.type;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    const integer = toBigInt(value);
    // -2^63 and 2^63 are exact as numbers: a bigint compares with them as it should.
    if (integer !== null && integer >= min && integer < max) {
      data[at] = integer;
      return;
    }
  } else if (Array.isArray(data)) {
    // The runtime would cut a text at its NUL, and put U+FFFD for what is no character.
    if (typeof value === 'string' && value.isWellFormed() && !value.includes(NUL)) {
      data[at] = value;
      return;
    }
  } else if (kind === 'boolean') {
    if (typeof value === 'boolean') {
      data[at] = value ? 1 : 0;
      return;
    }
  } else if (typeof value === 'number' && value >= min && value <= max) {
    if (kind === 'float' || Number.isInteger(value)) {
      data[at] = value;
      return;
    }
  } else if (value === null && kind === 'float' && nullIsNaN) {
    data[at] = Number.NaN;
    return;
  }
  if (isBase64(value)) writeBase64(value, data, at, input, [], depth, instance);
  else {
    const hint = kind === 'float' ? nanHint(value, nullIsNaN) : '';
    throw badInput(input, depth, instance, expectation(input, nullIsNaN), got(value, input), hint);
  }
}

/** Writes the bytes of uint8 elements, all that are left of the shape from `depth` on, or those of a text. */
function writeBase64(
  value: Base64,
  data: TensorData,
  start: number,
  input: InputLayout,
  shape: readonly number[],
  depth: number,
  instance: number,
): number {
  const { kind } = input.type;
  if (Array.isArray(data) && depth >= shape.length) {
    const text = textOf(value);
    if (text === null || text.includes(NUL)) {
      const found = text === null ? 'something else' : 'one with a NUL character';
      throw badInput(input, depth, instance, 'a text in UTF-8, in base64', found);
    }
    data[start] = text;
    return start + 1;
  }
  if (!(data instanceof Uint8Array) || kind === 'boolean') {
    const expected = kind === 'string' ? 'an array' : expectation(input, false);
    throw badInput(input, depth, instance, expected, 'base64', `base64 is for uint8 and string elements`);
  }
  const length = shape.slice(depth).reduce((product, dim) => product * dim, 1);
  const found = byteLength(value);
  if (found !== length) {
    const got = found === null ? 'something else' : `${found}`;
    throw badInput(input, depth, instance, `${length} bytes in base64`, got);
  }
  if (!writeBytes(value, data, start, length)) {
    throw badInput(input, depth, instance, `${length} bytes in base64`, 'something else');
  }
  return start + length;
}

/** What helps the sender of a missing number. */
function nanHint(value: unknown, nullIsNaN: boolean): string {
  const isNaN = value === 'NaN' || value === 'nan';
  if (nullIsNaN) return isNaN ? 'send null for NaN' : '';
  if (value !== null && !isNaN) return '';
  return 'null is NaN with SLIPWAY_NULL_IS_NAN=on, in serving.env of slipway.yaml';
}

/** An integer that JSON says exactly: a number up to 2^53, or its digits as text. */
function toBigInt(value: unknown): bigint | null {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && /^-?\d{1,20}$/.test(value)) return BigInt(value);
  return null;
}

function expectation({ type, typeName }: InputLayout, nullIsNaN: boolean): string {
  if (type.kind === 'float') return `a number (${typeName})${nullIsNaN ? ' or null' : ''}`;
  if (type.kind === 'integer') return `a whole number from ${type.min} to ${type.max} (${typeName})`;
  if (type.kind === 'bigint') return `a whole number (${typeName}), as text of digits beyond 2^53`;
  return type.kind === 'boolean' ? 'true or false' : 'a string';
}

function got(value: unknown, input: InputLayout): string {
  const { kind, min, max } = input.type;
  const isNumeric = kind !== 'boolean' && kind !== 'string';
  const outOfRange = isNumeric && typeof value === 'number' && (value < min || value > max);
  if (outOfRange) return `a number out of the range of ${input.typeName}`;
  if (kind === 'string' && typeof value === 'string') {
    return value.includes(NUL) ? 'one with a NUL character' : 'one with half of a surrogate pair';
  }
  return classOf(value);
}

/** The refusal of the element at the first `depth` indices of `path`. */
export function badInput(
  input: InputLayout,
  depth: number,
  instance: number,
  expected: string,
  found: string,
  hint = '',
): BadInput {
  const indices = path.slice(0, depth).map((index) => `[${index}]`);
  return new BadInput({ instance, field: input.name + indices.join('') }, expected, found, hint);
}
