/**
 * What a model has to show before it serves: it takes instances; its golden rows come out as they should; and rows
 * that share a run get the answers they get alone. This runs where the model is, which for a model that nobody
 * knows yet is a process of its own: what the runtime does not survive is no answer.
 */
import { judge } from './judge.ts';
import type { Vocabulary } from './made-up.ts';
import { assertAskable } from './askable.ts';
import type { Row } from './rows.ts';
import { isSteady } from './steady.ts';
import { timeLengths, timeRows, variesByValue, type Timing } from './timing.ts';
import type { Claim } from '../model/claim.ts';
import { openWidth } from './width.ts';
import { compareGolden } from '../model/golden.ts';
import type { GoldenRow } from '../../common/artifact/golden-row.ts';
import { ModelError } from '../model/model-error.ts';
import type { OutputSpec } from '../model/onnx-outputs.ts';
import type { Runtime } from '../model/runtime.ts';
import { BadInput } from '../serve/bad-input.ts';
import { layoutOf, type Layout, type Reading } from '../serve/layout.ts';
import { Predictor } from '../serve/predictor.ts';

/** What is known of a model without running it. */
export interface Candidate {
  readonly outputs: readonly OutputSpec[];
  /** True: a prediction is an object even where it has one output; by default it is bare then. */
  readonly isNamed?: boolean;
  readonly golden: readonly GoldenRow[] | null;
  readonly claim: Claim | null;
  readonly vocabulary: Vocabulary;
}

export interface CheckOptions {
  readonly batching: boolean;
  readonly goldenTolerance: number;
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  readonly batchWaitMs: number;
  readonly nullIsNaN: boolean;
  /** Bytes a request may have, or null if a handler makes the model's instances out of it. */
  readonly maxBody: number | null;
  /** True if the model is loaded with the runtime's optimizations, which may be why it is not steady. */
  readonly optimized: boolean;
}

/** Plain data: it comes from where the model was checked. */
export interface Findings {
  /** False if the same row is not answered the same again. Then, of an optimized model, nothing else is found out. */
  readonly steady: boolean;
  /** As the model was loaded for this. */
  readonly optimized: boolean;
  readonly reading: Reading;
  readonly timings: readonly Timing[];
  /** True if what a run costs depends on what is asked: the length of an open dimension, or the values. */
  readonly costVaries: boolean;
  /** A row that the model has taken, or null if there is none, or none that is small. */
  readonly known: Row | null;
  /** What a person may want to know, for the log. */
  readonly remarks: readonly string[];
}

/** Checks a model. Rejects with a ModelError if it cannot be asked, or answers its golden rows differently. */
export async function checkModel(
  runtime: Runtime,
  candidate: Candidate,
  options: CheckOptions,
): Promise<Findings> {
  const { signature } = runtime;
  const { golden, vocabulary } = candidate;
  const { optimized } = options;
  assertAskable(signature, options.maxBody);
  const verdict = await judge(runtime, { ...candidate, maxBatchRows: options.maxBatchRows });
  const { reading, samples } = verdict;
  const remarks = [...verdict.remarks];
  const steady = await isSteady(runtime, samples);
  const known = samples.find(({ row }) => isSmall(row))?.row ?? null;
  if (!steady && optimized)
    return { steady, optimized, reading, timings: [], costVaries: true, known, remarks };
  if (!optimized && steady)
    remarks.push(
      'loaded without optimizations, with which the same row is answered differently when it is asked again',
    );
  if (!steady) remarks.push('the same row is answered differently when it is asked again');
  const width = openWidth(signature, samples);
  if (width !== null) remarks.push(width);

  const layout = layoutOf(signature, reading);
  if (golden !== null) {
    const predictor = predictorFor(runtime, candidate, layout, options);
    remarks.push(...(await checkGolden(predictor, golden, options.goldenTolerance)));
  }
  const mostRows = layout.batched ? options.maxBatchRows : 1;
  const byRows = await timeRows(runtime, samples, mostRows);
  const mostElements = (options.maxBody ?? Number.POSITIVE_INFINITY) / 2;
  const byLength = layout.uniform ? [] : await timeLengths(runtime, samples, vocabulary, mostElements);
  const costVaries = !layout.uniform || (await variesByValue(runtime, samples));
  return {
    steady,
    optimized,
    reading,
    timings: [...byRows, ...byLength],
    costVaries,
    known,
    remarks,
  };
}

// It is kept for as long as the model serves.
const SMALL_ELEMENTS = 1_000_000;

function isSmall(row: Row): boolean {
  return row.reduce((sum, { data }) => sum + data.length, 0) <= SMALL_ELEMENTS;
}

/** A predictor for questions of our own: nobody counts them, and they may take their time. */
export function predictorFor(
  runtime: Runtime,
  { outputs, isNamed = false }: Pick<Candidate, 'outputs' | 'isNamed'>,
  layout: Layout,
  options: Omit<CheckOptions, 'maxBody' | 'goldenTolerance' | 'optimized'>,
): Predictor {
  const timeoutMs = Number.POSITIVE_INFINITY;
  return new Predictor({
    ...options,
    runtime,
    layout,
    outputs,
    isNamed,
    timeoutMs,
    runsAgain: false,
    onRun: () => {},
  });
}

/**
 * Asks the golden rows, and says what a person may want to know of them. Rejects with a ModelError that names the
 * line of the first that comes out wrong.
 */
export async function checkGolden(
  predictor: Predictor,
  golden: readonly GoldenRow[],
  tolerance: number,
): Promise<string[]> {
  const answers = await askAll(predictor, golden);
  const whole = predictor.options.layout.outputs.some((output) => !output.leading);
  return compareGolden(golden, answers, tolerance, whole);
}

async function askAll(predictor: Predictor, golden: readonly GoldenRow[]): Promise<unknown[]> {
  try {
    return await ask(
      predictor,
      golden.map((row) => row.instance),
    );
  } catch {
    // One of them cannot be answered; which one, they tell one by one.
    const answers: unknown[] = [];
    for (const row of golden) answers.push(await askOne(predictor, row));
    return answers;
  }
}

async function askOne(predictor: Predictor, { line, instance }: GoldenRow): Promise<unknown> {
  try {
    const [answer] = await ask(predictor, [instance]);
    return answer;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const why = error instanceof BadInput ? reason.replace(/^instances\[0\]\.?/, '') : reason;
    throw new ModelError(`the model cannot answer golden.jsonl line ${line}: ${why.replace(/^: /, '')}`);
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
