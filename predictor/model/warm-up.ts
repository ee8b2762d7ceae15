/**
 * Runs a model before anyone depends on it, with made-up rows, at growing batch sizes: what is slow only once
 * happens now, and the times say how many rows a run may take.
 */
import type { InputLayout, Layout } from '../serve/layout.ts';
import type { Runtime, Tensor } from './runtime.ts';

export interface Timing {
  readonly rows: number;
  /** The fastest of a few runs. */
  readonly ms: number;
}

const RUNS = 3;

/** Zeros, false and empty text, `rows` of them; open dimensions have one element. */
export function madeUpFeeds(layout: Layout, rows: number): Tensor[] {
  return layout.inputs.map((input) => madeUpTensor(input, layout.batched ? rows : 1));
}

function madeUpTensor(input: InputLayout, rows: number): Tensor {
  const shape = input.shape.map((dim) => dim ?? 1);
  const dims = input.leading ? [rows, ...shape] : shape;
  const length = dims.reduce((product, dim) => product * dim, 1);
  const data = input.type.allocate(length);
  if (Array.isArray(data)) data.fill('');
  return { type: input.typeName, dims, data };
}

/** Runs `feedsOf` each size and tells how long that takes. Stops at the first size that takes over `enoughMs`. */
export async function timeRuns(
  runtime: Runtime,
  sizes: readonly number[],
  feedsOf: (rows: number) => Tensor[],
  enoughMs: number,
): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const rows of sizes) {
    const feeds = feedsOf(rows);
    let ms = Number.POSITIVE_INFINITY;
    for (let run = 0; run < RUNS; run += 1) {
      const start = performance.now();
      await runtime.run(feeds);
      ms = Math.min(ms, performance.now() - start);
      if (ms > enoughMs) break;
    }
    timings.push({ rows, ms });
    if (ms > enoughMs) break;
  }
  return timings;
}
