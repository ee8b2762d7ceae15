/**
 * What a model has to show before it serves: it runs; its golden rows come out as they should; and rows that
 * share a run get the answers they get alone. It is asked the way requests are, through a Predictor.
 */
import { compareGolden, firstDifference, type GoldenRow } from './model/golden.ts';
import { causesOf, ModelError } from './model/model-error.ts';
import type { Runtime } from './model/runtime.ts';
import { feedsOf } from './serve/feeds.ts';
import { declaredReading, layoutOf, type Layout } from './serve/layout.ts';
import type { Predictor } from './serve/predictor.ts';

export interface Candidate {
  readonly runtime: Runtime;
  readonly golden: readonly GoldenRow[] | null;
}

export interface CheckOptions {
  readonly createPredictor: (layout: Layout) => Predictor;
  readonly goldenTolerance: number;
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  readonly nullIsNaN: boolean;
}

export interface Timing {
  readonly rows: number;
  /** Milliseconds of the fastest of a few runs. */
  readonly ms: number;
}

export interface Findings {
  readonly layout: Layout;
  readonly timings: readonly Timing[];
  /** What a person may want to know, for the log. */
  readonly remarks: readonly string[];
}

const TIMED_RUNS = 3;
// A run this long is long enough to know.
const LONG_RUN_MS = 100;
// Rows that are asked both alone and together.
const COMPARED_ROWS = 8;
const BATCH_TOLERANCE = 1e-4;
const ZEROS = { float: 0, integer: 0, bigint: 0, boolean: false, string: '' } as const;

/** Asks the golden rows again, of a model whose findings are known. Throws a ModelError if they come out wrong. */
export async function checkGolden(
  predictor: Predictor,
  golden: readonly GoldenRow[],
  tolerance: number,
): Promise<void> {
  try {
    const answers = await ask(
      predictor,
      golden.map((row) => row.instance),
    );
    compareGolden(golden, answers, tolerance);
  } catch (error) {
    throw asModelError(error);
  }
}

/** Checks a model. Throws a ModelError if its golden rows come out wrong. */
export async function checkModel(candidate: Candidate, options: CheckOptions): Promise<Findings> {
  const { runtime, golden } = candidate;
  const layout = layoutOf(runtime.signature);
  const rows = golden?.map((row) => row.instance) ?? [madeUpInstance(layout)];
  try {
    const compared = golden === null ? [rows[0], rows[0]] : rows.slice(0, COMPARED_ROWS);
    const difference = layout.batched
      ? await batchDifference(options.createPredictor(layout), compared)
      : null;
    const found =
      difference === null
        ? layout
        : layoutOf(runtime.signature, declaredReading(runtime.signature, 'single'));
    const remarks = difference === null ? [] : [`rows run one by one, since together ${difference}`];

    const predictor = options.createPredictor(found);
    if (golden === null) await ask(predictor, rows);
    else await checkGolden(predictor, golden, options.goldenTolerance);
    return { layout: found, timings: await timeRuns(runtime, found, rows, options), remarks };
  } catch (error) {
    if (golden !== null) throw asModelError(error);
    // Zeros may be nothing this model takes, such as a category it was not trained on.
    return {
      layout,
      timings: [],
      remarks: [`a made-up row of zeros was refused: ${causesOf(error).join(': ')}`],
    };
  }
}

/** How rows that share a run are answered differently from rows alone, or null. */
async function batchDifference(predictor: Predictor, rows: readonly unknown[]): Promise<string | null> {
  try {
    const alone: unknown[] = [];
    for (const row of rows) alone.push(...(await ask(predictor, [row])));
    return firstDifference(alone, await ask(predictor, rows), BATCH_TOLERANCE, 'predictions');
  } catch (error) {
    return causesOf(error).join(': ');
  }
}

/** The predictions for the instances. Rejects as the request would have been. */
function ask(predictor: Predictor, instances: readonly unknown[]): Promise<unknown[]> {
  return new Promise((resolve, reject) => {
    predictor.predict({ instances }, (outcome) => {
      if (outcome.ok) resolve(JSON.parse(outcome.text).predictions);
      else reject(outcome.error);
    });
  });
}

async function timeRuns(
  runtime: Runtime,
  layout: Layout,
  rows: readonly unknown[],
  options: CheckOptions,
): Promise<Timing[]> {
  const timings: Timing[] = [];
  for (const size of batchSizes(layout.batched ? options.maxBatchRows : 1)) {
    const instances = Array.from({ length: size }, (_, i) => rows[i % rows.length]);
    const feeds = feedsOf(layout, instances, options);
    let ms = await runtime.time(feeds);
    for (let run = 1; run < TIMED_RUNS && ms < LONG_RUN_MS; run += 1)
      ms = Math.min(ms, await runtime.time(feeds));
    timings.push({ rows: size, ms });
    if (ms >= LONG_RUN_MS) break;
  }
  return timings;
}

/** 1, 4, 16, … and the most rows a batch may have. */
function batchSizes(most: number): number[] {
  const sizes: number[] = [];
  for (let size = 1; size < most; size *= 4) sizes.push(size);
  return [...sizes, most];
}

/** Zeros, false and empty text; open dimensions have one element. */
function madeUpInstance(layout: Layout): unknown {
  const values = layout.inputs.map((input) => {
    let value: unknown = ZEROS[input.type.kind];
    for (const dim of input.shape.toReversed()) value = Array<unknown>(dim ?? 1).fill(value);
    return [input.name, value];
  });
  return Object.fromEntries(values);
}

function asModelError(error: unknown): ModelError {
  if (error instanceof ModelError) return error;
  return new ModelError('the model cannot answer the rows of golden.jsonl', { cause: error });
}
