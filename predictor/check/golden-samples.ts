/** Golden rows as the tensors of runs. */
import type { GoldenRow } from '../../common/artifact/golden-row.ts';
import { RunError } from '../model/model-error.ts';
import type { Port, Runtime, Signature, Tensor } from '../model/runtime.ts';
import { BadInput } from '../serve/bad-input.ts';
import { feedsOf } from '../serve/feeds.ts';
import { declaredReading, layoutOf, type Layout, type Rows } from '../serve/layout.ts';
import { tryRun, type Sample } from './samples.ts';

// Rows that are asked both alone and together.
const MOST = 8;
const ALONE = { maxBatchRows: 1, maxBatchBytes: Number.MAX_SAFE_INTEGER, nullIsNaN: true };

/** The first golden rows that differ, as far as they fit and the runtime takes them: the golden check says why not. */
export async function goldenSamples(
  runtime: Runtime,
  golden: readonly GoldenRow[] | null,
  rows: Rows,
): Promise<Sample[]> {
  const layout = layoutOf(runtime.signature, declaredReading(runtime.signature, rows));
  const samples: Sample[] = [];
  for (const instance of firstDistinct(golden ?? [])) {
    const row = rowOf(layout, instance);
    if (row === null) continue;
    const results = await tryRun(runtime, row);
    if (!(results instanceof RunError)) samples.push({ row, results });
  }
  return samples;
}

function firstDistinct(golden: readonly GoldenRow[]): unknown[] {
  const known = new Map<string, unknown>();
  for (const { instance } of golden) {
    if (known.size >= MOST) break;
    known.set(JSON.stringify(instance), instance);
  }
  return [...known.values()];
}

function rowOf(layout: Layout, instance: unknown): readonly Tensor[] | null {
  try {
    return feedsOf(layout, [instance], ALONE);
  } catch (error) {
    if (error instanceof BadInput) return null;
    throw error;
  }
}

/** How many arrays deep the input's value in an instance nests, or null if the instance has none. */
export function depthOf(instance: unknown, inputs: Signature['inputs'], name: string): number | null {
  const value = valueOf(instance, inputs, name);
  if (value === undefined) return null;
  let depth = 0;
  for (let level = value; Array.isArray(level); level = level[0]) depth += 1;
  return depth;
}

function valueOf(instance: unknown, inputs: readonly Port[], name: string): unknown {
  if (typeof instance === 'object' && instance !== null && !Array.isArray(instance)) {
    return Object.hasOwn(instance, name) ? Reflect.get(instance, name) : undefined;
  }
  if (inputs.length === 1) return instance;
  return Array.isArray(instance) ? instance[inputs.findIndex((input) => input.name === name)] : undefined;
}
