/**
 * The shape of one instance's part of an input with open dimensions: by its first elements, and all others agree.
 * They do before there is memory for as many: a long first row and thousands of empty ones are few bytes as text.
 */
import { classOf } from './bad-input.ts';
import { byteLength, isBase64 } from './base64.ts';
import type { InputLayout } from './layout.ts';
import { badInput, path } from './write-value.ts';

// ONNX has no bound; numpy's is 64, and no model comes near.
const DIMENSIONS_MAX = 32;

/** Throws a BadInput if the value has no shape, or not that of the input. */
export function shapeOf(value: unknown, input: InputLayout, instance: number): number[] {
  const shape = firstShape(value, input, instance);
  assertRegular(value, input, shape, 0, instance);
  return shape;
}

function firstShape(value: unknown, input: InputLayout, instance: number): number[] {
  const shape: number[] = [];
  let level = value;
  if (input.anyRank) {
    for (; Array.isArray(level); level = level[0] ?? null) {
      shape.push(level.length);
      if (shape.length <= DIMENSIONS_MAX) continue;
      throw badInput(input, 0, instance, `at most ${DIMENSIONS_MAX} dimensions`, 'more');
    }
    if (isBase64(level) && input.typeName === 'uint8') shape.push(byteLength(level) ?? 0);
    return shape;
  }
  for (const dim of input.shape) {
    if (isBase64(level) && input.typeName === 'uint8') return bytesShape(level, input, shape, instance);
    if (!Array.isArray(level)) {
      path.fill(0, 0, shape.length);
      throw badInput(input, shape.length, instance, 'an array', classOf(level));
    }
    shape.push(dim ?? level.length);
    level = level[0] ?? [];
  }
  return shape;
}

/** The dimensions that are left take the bytes of a base64 value: one of them may be open. */
function bytesShape(
  value: { b64: unknown },
  input: InputLayout,
  shape: readonly number[],
  instance: number,
): number[] {
  const rest = input.shape.slice(shape.length);
  const known = rest.reduce<number>((product, dim) => product * (dim ?? 1), 1);
  const open = rest.filter((dim) => dim === null).length;
  const bytes = byteLength(value) ?? 0;
  if (open > 1 || (open === 1 && (known === 0 || bytes % known !== 0))) {
    path.fill(0, 0, shape.length);
    const expected = open > 1 ? 'arrays' : `a multiple of ${known} bytes in base64`;
    const got = open > 1 ? `base64, which does not say ${open} lengths` : `${bytes}`;
    throw badInput(input, shape.length, instance, expected, got);
  }
  return [...shape, ...rest.map((dim) => dim ?? bytes / known)];
}

function assertRegular(
  value: unknown,
  input: InputLayout,
  shape: readonly number[],
  depth: number,
  instance: number,
): void {
  // What is no array at all has its name from the write, which follows.
  if (depth === shape.length || isBase64(value)) return;
  const length = shape[depth] ?? 0;
  if (!Array.isArray(value) || value.length !== length) {
    throw badInput(input, depth, instance, `an array of ${length}`, classOf(value));
  }
  if (depth === shape.length - 1) return;
  for (let index = 0; index < length; index += 1) {
    path[depth] = index;
    assertRegular(value[index], input, shape, depth + 1, instance);
  }
}
