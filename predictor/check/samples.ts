/** Asks a model made-up rows until it has taken some: of several lengths where its dimensions are open. */
import { RunError } from '../model/model-error.ts';
import type { Port, Runtime, Tensor } from '../model/runtime.ts';
import { elementType } from '../model/tensor-types.ts';
import { filled, KINDS, madeUpRow, tamed, type Vocabulary } from './made-up.ts';
import { same, shapeKey, type Row } from './rows.ts';

/** One instance that the model has taken, and what it answered. */
export interface Sample {
  readonly row: Row;
  readonly results: readonly Tensor[];
}

export interface Asked {
  readonly samples: readonly Sample[];
  /** Why the last row that was not taken was refused, or null. */
  readonly refusal: string | null;
}

/** Rows of a length are asked until this many are taken. */
const WANTED = 12;
const TRIES = 6 * KINDS;
// Models of a fixed number of columns take only that many; pictures have to be large enough.
const LENGTHS = [...Array.from({ length: 32 }, (_, i) => i + 2), 48, 64, 96, 100, 128, 224, 256, 384, 512];
/** Elements a made-up row may have. */
export const ELEMENTS_MAX = 4 * 1024 * 1024;
/** Elements of a run of several rows. Of large ones, such as pictures, there are fewer: the start is waited for. */
export const COMPARED_ELEMENTS = 1024 * 1024;
// Milliseconds after which no more rows of a length, and no more lengths, are tried.
const PATIENCE_MS = 1500;

/**
 * Made-up instances of two lengths that the model takes, or of its only one. `first`: what an open first dimension
 * is; null: as long as the others.
 */
export async function askMadeUp(runtime: Runtime, vocabulary: Vocabulary, first: 1 | null): Promise<Asked> {
  const { inputs } = runtime.signature;
  const samples: Sample[] = [];
  let refusal: string | null = null;
  let taken = 0;
  const start = performance.now();
  for (const length of hasOpen(inputs, first) ? LENGTHS : [1]) {
    const shapes = inputs.map((input) => shapeOf(input, first, length));
    if (taken > 0 && elements(shapes) > ELEMENTS_MAX) break;
    const asked = await askLength(runtime, shapes, vocabulary);
    samples.push(...asked.samples);
    refusal = asked.refusal ?? refusal;
    if (asked.samples.length > 0) taken += 1;
    if (taken === 2 || performance.now() - start > PATIENCE_MS * (taken + 1)) break;
  }
  return { samples, refusal };
}

/** The samples that are left when those which say nothing new are taken out. */
export function distinct(samples: readonly Sample[]): Sample[] {
  return samples.filter((sample, i) => !samples.slice(0, i).some((other) => same(sample.row, other.row)));
}

/** What the model answers, or why the runtime refuses these values. Rejects if the runtime is gone. */
export async function tryRun(runtime: Runtime, row: Row): Promise<readonly Tensor[] | RunError> {
  try {
    return await runtime.run(row);
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}

/** The shape of a made-up tensor for an input. */
export function shapeOf(input: Port, first: 1 | null, length: number): number[] {
  if (input.anyRank) return [length];
  return input.shape.map((dim, i) => dim ?? (i === 0 && first !== null ? first : length));
}

/** Elements of a row of these shapes. */
export function elements(shapes: readonly (readonly number[])[]): number {
  return shapes.reduce((sum, shape) => sum + shape.reduce((product, dim) => product * dim, 1), 0);
}

async function askLength(
  runtime: Runtime,
  shapes: readonly (readonly number[])[],
  vocabulary: Vocabulary,
): Promise<Asked> {
  const { inputs } = runtime.signature;
  const samples: Sample[] = [];
  let refusal: string | null = null;
  const start = performance.now();
  const tame = await growsByValue(runtime, madeUpRow(inputs, shapes, 0, vocabulary));
  for (let kind = 0; kind < tries(inputs, vocabulary) && samples.length < wanted(shapes); kind += 1) {
    const made = madeUpRow(inputs, shapes, kind, vocabulary);
    const row = tame ? tamed(made) : made;
    const results = await tryRun(runtime, row);
    if (results instanceof RunError) refusal = results.message;
    else samples.push({ row, results });
    if (performance.now() - start > PATIENCE_MS && samples.length >= 2) break;
    if (performance.now() - start > PATIENCE_MS && samples.length === 0) break;
  }
  return { samples: distinct(samples), refusal };
}

/**
 * True if twos are answered in another shape than ones: the values say how large the answer is, as the pads of Pad, the
 * sizes of Resize and the step of STFT do. A value drawn at large would be a run without an end, and a step of 0 the end
 * of the process.
 */
async function growsByValue(runtime: Runtime, row: Row): Promise<boolean> {
  const ones = await tryRun(runtime, filled(row, 1));
  const twos = await tryRun(runtime, filled(row, 2));
  if (ones instanceof RunError || twos instanceof RunError) return false;
  return shapeKey(ones) !== shapeKey(twos);
}

function tries(inputs: readonly Port[], vocabulary: Vocabulary): number {
  const known = vocabulary.texts.length + vocabulary.integers.length > 0;
  const named = inputs.some((input) => !['float', 'boolean'].includes(elementType(input.type).kind));
  return known && named ? TRIES : 2 * KINDS;
}

function wanted(shapes: readonly (readonly number[])[]): number {
  return Math.max(3, Math.min(WANTED, Math.floor(COMPARED_ELEMENTS / 2 / Math.max(1, elements(shapes)))));
}

function hasOpen(inputs: readonly Port[], first: 1 | null): boolean {
  return inputs.some(
    (input) => input.anyRank || input.shape.some((dim, i) => dim === null && (i > 0 || first === null)),
  );
}
