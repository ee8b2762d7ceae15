/** Rows as tensors: joined along the first dimension, and compared with what a run of several gave for each. */
import type { Tensor } from '../model/runtime.ts';
import { elementType, type TensorData } from '../model/tensor-types.ts';

/** One value an input, each with a first dimension of 1 where that counts rows. */
export type Row = readonly Tensor[];

/** One row after the other, of equal shapes but for the first dimension. */
export function joined(rows: readonly Row[]): Tensor[] {
  const [first] = rows;
  if (first === undefined) throw new Error('expected a row, got none');
  return first.map((tensor, i) => {
    const parts = rows.map((row) => row[i]?.data ?? []);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    const data = elementType(tensor.type).allocate(length);
    let at = 0;
    for (const part of parts) {
      copy(part, data, at);
      at += part.length;
    }
    const count = rows.reduce((sum, row) => sum + (row[i]?.dims[0] ?? 1), 0);
    return { type: tensor.type, dims: [count, ...tensor.dims.slice(1)], data };
  });
}

function copy(from: TensorData, to: TensorData, at: number): void {
  if (Array.isArray(from) || Array.isArray(to)) {
    for (let index = 0; index < from.length; index += 1) to[at + index] = from[index] ?? '';
    return;
  }
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- both were allocated for one type of elements
  (to as Float32Array).set(from as Float32Array, at);
}

/** Rows of the same shapes have the same key. */
export function shapeKey(row: Row): string {
  return JSON.stringify(row.map((tensor) => tensor.dims));
}

/** True if two rows, or two results, have the same shapes and values. */
export function same(one: readonly Tensor[], other: readonly Tensor[]): boolean {
  return one.every((tensor, i) => {
    const beside = other[i];
    if (beside === undefined || tensor.dims.join() !== beside.dims.join()) return false;
    return differsAt(tensor.data, beside.data, 0, 0) === null;
  });
}

/** How row `row` of a run of several differs from the row alone, by more than is allowed, in words, or null. */
export function rowDifference(
  alone: Tensor,
  together: Tensor,
  row: number,
  allowed: number,
  name: string,
): string | null {
  if (
    alone.dims.length !== together.dims.length ||
    alone.dims.slice(1).join() !== together.dims.slice(1).join()
  ) {
    return `${name} has the shape [${together.dims.join()}], and [${alone.dims.join()}] for a row alone`;
  }
  const start = row * alone.data.length;
  const at = differsAt(alone.data, together.data, start, allowed);
  if (at === null) return null;
  const [expected, got] = [alone.data[at], together.data[start + at]].map(quoted);
  return `${name}[${at}] of a row is ${got}, and ${expected} for the row alone`;
}

/** Of what a row is answered; the runtime's kernels differ by the number of rows. */
const TOLERANCE = 1e-4;
/** Of what a row asks, where float32 values cancel out. */
const NOISE = 1e-6;

/** By how much an answer to the row may differ from another answer to it, and still be the same. */
export function allowance(row: Row, answer: Tensor): number {
  return TOLERANCE * magnitude([answer]) + NOISE * Math.max(1, magnitude(row));
}

function magnitude(results: readonly (Tensor | undefined)[]): number {
  let most = 0;
  for (const tensor of results) {
    for (const value of tensor?.data ?? []) {
      if (typeof value === 'number' && Number.isFinite(value)) most = Math.max(most, Math.abs(value));
    }
  }
  return most;
}

function differsAt(one: TensorData, other: TensorData, start: number, allowed: number): number | null {
  for (let at = 0; at < one.length; at += 1) {
    const a = one[at];
    const b = other[start + at];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const close =
      typeof a === 'number' &&
      typeof b === 'number' &&
      one instanceof Float32Array === other instanceof Float32Array
        ? Math.abs(a - b) <= (isFloat(one) ? allowed : 0)
        : false;
    if (!close) return at;
  }
  return null;
}

function isFloat(data: TensorData): boolean {
  return data instanceof Float32Array || data instanceof Float64Array;
}

const SHOWN_CHARS_MAX = 40;

function quoted(value: unknown): string {
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value);
  return text.length > SHOWN_CHARS_MAX ? `${text.slice(0, SHOWN_CHARS_MAX)}…` : text;
}
