/**
 * From a request's body to its answer's text, without HTTP: reads the body, puts its instances into batches and
 * tells the outcome.
 */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import type { Runtime, Tensor } from '../model/runtime.ts';
import { BadInput, classOf, quoted } from './bad-input.ts';
import { Batcher, type OnRun } from './batcher.ts';
import { InstanceReader } from './instances.ts';
import { Job, type Outcome } from './job.ts';
import { numberShapeOf, type Layout } from './layout.ts';
import { NumberRows } from './number-rows.ts';
import { readParameters } from './parameters.ts';
import { Queue } from './queue.ts';
import { rowRenderer, type RenderRows } from './render.ts';
import type { Errors } from './row-errors.ts';

export interface PredictorOptions {
  readonly runtime: Runtime;
  readonly layout: Layout;
  readonly outputs: readonly OutputSpec[];
  readonly batching: boolean;
  readonly maxBatchRows: number;
  readonly maxBatchBytes: number;
  readonly batchWaitMs: number;
  readonly timeoutMs: number;
  readonly nullIsNaN: boolean;
  /** What a row that does not fit costs, where the request does not say; by default the request. */
  readonly errors?: Errors;
  /** Bytes a reply may have; all by default. */
  readonly maxReplyBytes?: number;
  /** True: a prediction is an object even where it has one output. */
  readonly isNamed?: boolean;
  /** Milliseconds a run may take, as far as past runs tell; by default as many rows run as there may be. */
  readonly targetRunMs?: number;
  /** True, and that by default, if a run holds up this thread. */
  readonly onMainThread?: boolean;
  /** The feeds of a row that the model has taken, if there is one: it tells whose fault a refusal is. */
  readonly known?: readonly Tensor[] | null;
  /** False: a run that fails fails all its requests, as checks want; by default its rows are run again apart. */
  readonly runsAgain?: boolean;
  readonly onRun: OnRun;
  /** Told when the model takes nothing any more, not even what it took before. */
  readonly onBroken?: (cause: Error) => void;
}

// Under V8's limit of a string's length.
const REPLY_MAX = 2 ** 29 - 2 ** 20;

export class Predictor {
  readonly options: PredictorOptions;
  readonly queue: Queue;
  readonly #batcher: Batcher;
  readonly #reader: InstanceReader;
  readonly #tensors: readonly string[];
  readonly #leading: readonly boolean[];
  readonly #renderAll: RenderRows;
  readonly #maxReplyBytes: number;

  constructor(options: PredictorOptions) {
    const { layout, runtime, outputs, maxBatchRows, maxBatchBytes, nullIsNaN, batching: shared } = options;
    this.options = options;
    this.#reader = new InstanceReader(layout);
    this.queue = new Queue({
      layout,
      reader: this.#reader,
      maxBatchRows,
      maxBatchBytes,
      shared,
      nullIsNaN,
      targetRunMs: options.targetRunMs ?? Number.POSITIVE_INFINITY,
    });
    const {
      batchWaitMs: waitMs,
      timeoutMs,
      onRun,
      onMainThread = true,
      runsAgain = true,
      known = null,
      onBroken = () => {},
    } = options;
    this.#batcher = new Batcher({
      runtime,
      queue: this.queue,
      leading: layout.outputs.map((output) => output.leading),
      onMainThread,
      runsAgain,
      known,
      waitMs,
      timeoutMs,
      onRun,
      onBroken,
    });
    this.#maxReplyBytes = Math.min(options.maxReplyBytes ?? REPLY_MAX, REPLY_MAX);
    this.#tensors = runtime.signature.outputs.map((output) => output.name);
    this.#leading = layout.outputs.map((output) => output.leading);
    this.#renderAll = rowRenderer(outputs, this.#tensors, {
      decimals: null,
      leading: this.#leading,
      isNamed: options.isNamed ?? false,
    });
  }

  /** All requests of this turn of the event loop are there. */
  endTurn(): void {
    this.#batcher.endTurn();
  }

  /** Milliseconds of work that wait. */
  get backlogMs(): number {
    return this.queue.backlogMs;
  }

  /**
   * Answers one request body, as JSON or as NumberRows of this model's shape, by `settle`, once. Throws a BadInput if it does not fit the contract; then `settle`
   * is not called and nothing of it runs.
   */
  predict(body: unknown, settle: (outcome: Outcome) => void, isDisconnected: () => boolean = never): void {
    if (body instanceof NumberRows) {
      this.#predictNumbers(body, settle, isDisconnected);
      return;
    }
    const { instances, parameters } = readBody(body);
    const rows = instances.length;
    const { render, errors } = this.#wishes(parameters);
    if (rows === 0) {
      settle({ ok: true, text: '{"predictions":[]}' });
      return;
    }
    const job = new Job({
      rows,
      keys: this.#keys(instances, errors),
      render,
      errors,
      maxBytes: this.#maxReplyBytes,
      isDisconnected,
      settle,
    });
    this.#batcher.add(job, instances);
  }

  /** The shape of an instance where a request may be NumberRows, or null. */
  get numberShape(): readonly number[] | null {
    return numberShapeOf(this.options.layout);
  }

  #predictNumbers(
    numbers: NumberRows,
    settle: (outcome: Outcome) => void,
    isDisconnected: () => boolean,
  ): void {
    const job = new Job({
      rows: numbers.rows,
      keys: null,
      render: this.#renderAll,
      errors: this.options.errors ?? 'request',
      maxBytes: this.#maxReplyBytes,
      isDisconnected,
      settle,
    });
    this.#batcher.add(job, numbers);
  }

  #wishes(parameters: unknown): { render: RenderRows; errors: Errors } {
    const { errors: usual = 'request', isNamed = false } = this.options;
    if (parameters === undefined) return { render: this.#renderAll, errors: usual };
    const { outputs, decimals, errors } = readParameters(parameters, this.options.outputs);
    const render = rowRenderer(outputs, this.#tensors, { decimals, leading: this.#leading, isNamed });
    return { render, errors: errors ?? usual };
  }

  #keys(instances: readonly unknown[], errors: Errors): readonly (string | null)[] | null {
    let keys: (string | null)[] | null = null;
    for (let i = 0; i < instances.length; i += 1) {
      const key = this.#key(instances[i], i, errors);
      if (key === null) continue;
      keys ??= Array.from({ length: instances.length }, () => null);
      keys[i] = key;
    }
    return keys;
  }

  /** Where errors are of rows, a key that cannot be written is none: it must not cost the other rows. */
  #key(instance: unknown, index: number, errors: Errors): string | null {
    try {
      return this.#reader.key(instance, index);
    } catch (error) {
      if (errors === 'row') return null;
      throw error;
    }
  }
}

export interface Body {
  readonly instances: readonly unknown[];
  readonly parameters: unknown;
}

/** Takes a request's body apart. Throws a BadInput. */
export function readBody(body: unknown): Body {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new BadInput({}, 'a JSON object with "instances"', classOf(body));
  }
  let instances: unknown;
  let parameters: unknown;
  for (const [name, value] of Object.entries(body)) {
    if (name === 'instances') instances = value;
    else if (name === 'parameters') parameters = value;
    else throw new BadInput({}, 'the fields "instances" and "parameters"', `the field ${quoted(name)}`);
  }
  if (!Array.isArray(instances)) throw new BadInput({ field: 'instances' }, 'an array', classOf(instances));
  return { instances, parameters };
}

function never(): boolean {
  return false;
}
