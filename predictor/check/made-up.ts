/**
 * Made-up rows: what a model is asked before anybody else asks it. Seeded, so that a model gets the same ones each
 * time; different from one another and not zero, so that what mixes rows shows; of several magnitudes, so that
 * trees take more than one branch; and of values the file itself names, since a model may take no others.
 */
import type { Port, Tensor } from '../model/runtime.ts';
import { elementType, type ElementType, type TensorData } from '../model/tensor-types.ts';

/** Categories and tokens that the model file names, one list an operator that has them. */
export interface Vocabulary {
  readonly texts: readonly (readonly string[])[];
  readonly integers: readonly (readonly number[])[];
}

export type Random = () => number;

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
export function seeded(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

type Draw = (random: Random) => number;

const FLOATS: readonly Draw[] = [
  (random) => random() * 2 - 1,
  (random) => random(),
  (random) => (random() - 0.5) * 10 ** (random() * 7 - 2),
  (random) => (random() < 0.5 ? 0 : 1),
  (random) => random() * 100,
  (random) => 10 ** (random() * 6),
];
const INTEGERS: readonly Draw[] = [
  (random) => Math.floor(random() * 2),
  (random) => Math.floor(random() * 3),
  () => 1,
  (random) => Math.floor(random() * 10),
  (random) => 1 + Math.floor(random() * 2),
  (random) => Math.floor(random() * 256),
];
const WORDS = ['a', 'b', 'Free money', 'the cat sat', 'x1', 'yes', 'no', 'été'];

/** How many kinds of rows there are before they come again with other values. */
export const KINDS = FLOATS.length;

/** One value an input, of these shapes. `kind` counts up from 0: rows of different kinds look different. */
export function madeUpRow(
  inputs: readonly Port[],
  shapes: readonly (readonly number[])[],
  kind: number,
  vocabulary: Vocabulary,
): Tensor[] {
  const random = seeded(kind * 7919 + 1);
  let textSlots = 0;
  let integerSlots = 0;
  return inputs.map((input, i) => {
    const dims = shapes[i] ?? [];
    const length = dims.reduce((product, dim) => product * dim, 1);
    const type = elementType(input.type);
    const data = type.allocate(length);
    // Exporters keep the order of the columns: the n-th column of texts has the n-th list of categories.
    const texts = slots(vocabulary.texts, textSlots, kind);
    const integers = slots(vocabulary.integers, integerSlots, kind);
    if (type.kind === 'string') textSlots += Math.min(length, SLOTS);
    if (type.kind === 'bigint' || type.kind === 'integer') integerSlots += Math.min(length, SLOTS);
    const drawn = Math.min(length, DRAWN);
    for (let at = 0; at < drawn; at += 1) write(data, at, type, kind, random, texts, integers);
    repeat(data, drawn);
    return { type: input.type, dims, data };
  });
}

/** The row with all its numbers set to `value`. */
export function filled(row: readonly Tensor[], value: 1 | 2): Tensor[] {
  return row.map((tensor) => mapped(tensor, () => value));
}

/** The row with its numbers brought between 1 and 2. */
export function tamed(row: readonly Tensor[]): Tensor[] {
  return row.map((tensor) => mapped(tensor, (number) => Math.min(2, Math.max(1, number))));
}

function mapped(tensor: Tensor, change: (number: number) => number): Tensor {
  const { type, dims, data } = tensor;
  // Texts have no size, and truth has two values.
  if (Array.isArray(data) || type === 'bool') return tensor;
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) {
    return { type, dims, data: data.map((value) => BigInt(change(Number(value)))) };
  }
  return { type, dims, data: data.map(change) };
}

// Values of a tensor that are drawn; a larger one, such as a picture, has them again and again.
const DRAWN = 5003;

/** Fills the rest with what is there. */
function repeat(data: TensorData, drawn: number): void {
  if (drawn === data.length) return;
  if (Array.isArray(data)) for (let at = drawn; at < data.length; at += 1) data[at] = data[at - drawn] ?? '';
  else for (let at = drawn; at < data.length; at *= 2) data.copyWithin(at, 0, at);
}

// Columns that may have a list of their own.
const SLOTS = 256;

type Lists<T> = (at: number) => readonly T[] | null;

/** The list for element `at` of an input whose first one is the `from`-th of its type; null for values at large. */
function slots<T>(lists: readonly (readonly T[])[], from: number, kind: number): Lists<T> {
  // Now and then another column's list, or none: the order may be another one, and not every column has a list.
  const turn = Math.floor(kind / KINDS);
  if (lists.length === 0 || turn % 3 === 2) return () => null;
  return (at) => lists[(from + at + turn) % lists.length] ?? null;
}

function write(
  data: TensorData,
  at: number,
  type: ElementType,
  kind: number,
  random: Random,
  texts: Lists<string>,
  integers: Lists<number>,
): void {
  if (Array.isArray(data)) {
    data[at] = pick(texts(at) ?? WORDS, random) ?? '';
    return;
  }
  const draws = type.kind === 'float' ? FLOATS : INTEGERS;
  let value = draws[kind % draws.length]?.(random) ?? 0;
  if (type.kind === 'boolean') value %= 2;
  if (type.kind === 'bigint' || type.kind === 'integer') {
    const known = integers(at);
    if (known !== null) value = pick(known, random) ?? value;
  }
  // 256 values are more than int8 has.
  value = Math.min(type.max, Math.max(type.min, value));
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) data[at] = BigInt(Math.trunc(value));
  else data[at] = value;
}

function pick<T>(list: readonly T[], random: Random): T | undefined {
  return list[Math.floor(random() * list.length)];
}
