/** How long runs take: by the number of rows, and by the length of what is open. */
import { RunError } from '../model/model-error.ts';
import type { Runtime } from '../model/runtime.ts';
import { madeUpRow, type Vocabulary } from './made-up.ts';
import { joined, shapeKey, type Row } from './rows.ts';
import { elements, ELEMENTS_MAX, tryRun, type Sample } from './samples.ts';

export interface Timing {
  readonly rows: number;
  /** Elements of one row. */
  readonly elements: number;
  /** Milliseconds of the fastest of a few runs. */
  readonly ms: number;
}

const TIMED_RUNS = 3;
// A run this long is long enough to know.
const LONG_RUN_MS = 100;

/** Times the shortest of the samples, in as many rows as a run may have. */
export async function timeRows(
  runtime: Runtime,
  samples: readonly Sample[],
  most: number,
): Promise<Timing[]> {
  const [first] = samples;
  if (first === undefined) return [];
  const key = shapeKey(first.row);
  const alike = samples.filter(({ row }) => shapeKey(row) === key).map(({ row }) => row);
  const timings: Timing[] = [];
  for (const rows of batchSizes(most)) {
    const cycled = Array.from({ length: rows }, (_, i) => alike[i % alike.length] ?? first.row);
    if (rows > 1 && rows * sizeOf(first.row) > ELEMENTS_MAX) break;
    const ms = await fastest(runtime, rows === 1 ? first.row : joined(cycled));
    if (ms === null) break;
    timings.push({ rows, elements: sizeOf(first.row), ms });
    if (ms >= LONG_RUN_MS) break;
  }
  return timings;
}

/** Times one instance of ever longer open dimensions: four times as long as the one before, until that is long. */
export async function timeLengths(
  runtime: Runtime,
  samples: readonly Sample[],
  vocabulary: Vocabulary,
  mostElements: number,
): Promise<Timing[]> {
  const longest = samples.toSorted((a, b) => sizeOf(a.row) - sizeOf(b.row)).at(-1);
  if (longest === undefined) return [];
  const { inputs } = runtime.signature;
  const timings: Timing[] = [];
  for (let factor = 4; ; factor *= 4) {
    const shapes = inputs.map((input, i) =>
      (longest.row[i]?.dims ?? []).map((dim, at) =>
        // What is 1 here counts rows.
        input.shape[at] === null && dim > 1 ? dim * factor : dim,
      ),
    );
    const size = elements(shapes);
    if (size <= sizeOf(longest.row) || size > Math.min(ELEMENTS_MAX, mostElements)) break;
    const ms = await fastest(runtime, madeUpRow(inputs, shapes, 0, vocabulary));
    if (ms === null) break;
    timings.push({ rows: 1, elements: size, ms });
    if (ms >= LONG_RUN_MS) break;
  }
  return timings;
}

/** True if rows of the same shape took times that are far apart: what is asked decides how much is done. */
export async function variesByValue(runtime: Runtime, samples: readonly Sample[]): Promise<boolean> {
  const times: number[] = [];
  for (const { row } of samples.slice(0, 6)) {
    const ms = await fastest(runtime, row);
    if (ms !== null) times.push(ms);
  }
  const most = Math.max(...times);
  return times.length > 1 && most > 5 && most > 4 * Math.min(...times);
}

async function fastest(runtime: Runtime, row: Row): Promise<number | null> {
  let least = Number.POSITIVE_INFINITY;
  for (let run = 0; run < TIMED_RUNS && (run === 0 || least < LONG_RUN_MS); run += 1) {
    const start = performance.now();
    if ((await tryRun(runtime, row)) instanceof RunError) return null;
    least = Math.min(least, performance.now() - start);
  }
  return least;
}

function sizeOf(row: Row): number {
  return elements(row.map((tensor) => tensor.dims));
}

/** 1, 4, 16, … and the most rows a batch may have. */
function batchSizes(most: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 4) sizes.push(size);
  return [...sizes, most];
}
