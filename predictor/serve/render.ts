/**
 * Writes predictions as JSON text straight from the tensors the model returned. A prediction is the bare value
 * of the only output, or an object by output name; with a key it is always an object. Nothing is written beyond what
 * a reply may have.
 */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import type { Tensor } from '../model/runtime.ts';
import type { TensorData } from '../model/tensor-types.ts';
import { KEY } from '../../common/artifact/interface.ts';
import { JsonWriter, type Budget } from './json-writer.ts';

/** Rows `at` to `at + count - 1` of a run's `rows`, which are the instances from `from` on. */
export interface Stretch {
  readonly at: number;
  readonly count: number;
  readonly rows: number;
  readonly from: number;
}

/**
 * Writes the predictions of a stretch, with commas between them. `keys`: the JSON text of each instance's key, or null.
 * Throws a ReplyTooLarge once the budget is spent.
 */
export type RenderRows = (
  results: readonly Tensor[],
  stretch: Stretch,
  keys: readonly (string | null)[] | null,
  budget: Budget,
) => string;

export interface RenderOptions {
  /** Digits after the decimal point that floating-point values are rounded to; null: all. */
  readonly decimals: number | null;
  /** One a tensor: whether its first dimension counts the rows of the run. */
  readonly leading: readonly boolean[];
  /** True: a prediction is an object even where it has one output; by default it is bare then. */
  readonly isNamed?: boolean;
}

type RenderValue = (results: readonly Tensor[], row: number, rows: number) => void;

const COMMA = 44;
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [91, 93, 123, 125];
/** One for all: nothing waits while predictions are written. */
const writer = new JsonWriter();

/** Makes the renderer of these outputs; `tensors` are the names of what the model returns, in its order. */
export function rowRenderer(
  outputs: readonly OutputSpec[],
  tensors: readonly string[],
  options: RenderOptions,
): RenderRows {
  const values = outputs.map((output) => valueRenderer(output, tensors, options));
  const labels = outputs.map((output, i) => label(`${i === 0 ? '' : ','}${JSON.stringify(output.name)}:`));
  const [only] = values;
  // An output may have the key's name: then the prediction stands beside the key as a whole.
  const nested = outputs.some((output) => output.name === KEY);

  const fields: RenderValue = (results, row, rows) => {
    for (let i = 0; i < values.length; i += 1) {
      labels[i]?.();
      values[i]?.(results, row, rows);
    }
  };
  const object: RenderValue = (results, row, rows) => {
    writer.character(OPEN_OBJECT);
    fields(results, row, rows);
    writer.character(CLOSE_OBJECT);
  };
  const bare = values.length === 1 && only !== undefined && options.isNamed !== true ? only : object;
  const keyed = (results: readonly Tensor[], row: number, rows: number, key: string): void => {
    writer.text(`{"${KEY}":${key},`);
    if (nested) {
      writer.text('"prediction":');
      bare(results, row, rows);
    } else fields(results, row, rows);
    writer.character(CLOSE_OBJECT);
  };
  return (results, { at, count, rows, from }, keys, budget) => {
    writer.begin(budget);
    for (let i = 0; i < count; i += 1) {
      if (i > 0) writer.character(COMMA);
      const key = keys === null ? null : (keys[from + i] ?? null);
      if (key === null) bare(results, at + i, rows);
      else keyed(results, at + i, rows, key);
    }
    return writer.end();
  };
}

/** Writes a text that comes again and again. */
function label(text: string): () => void {
  const bytes = Buffer.from(text);
  const isAscii = bytes.length === text.length;
  return () => writer.label(bytes, isAscii);
}

function valueRenderer(output: OutputSpec, tensors: readonly string[], options: RenderOptions): RenderValue {
  if (output.as === 'list') {
    const parts = output.tensors.map((name) => tensorRenderer(tensors.indexOf(name), options));
    return (results, row, rows) => {
      writer.character(OPEN_LIST);
      for (let i = 0; i < parts.length; i += 1) {
        if (i > 0) writer.character(COMMA);
        parts[i]?.(results, row, rows);
      }
      writer.character(CLOSE_LIST);
    };
  }
  const index = tensors.indexOf(output.tensor);
  if (output.as === 'tensor') return tensorRenderer(index, options);
  if (output.as === 'element') return elementRenderer(index, output.index, options);
  const labels = output.keys.map((key, i) => label(`${i === 0 ? '{' : ','}${JSON.stringify(key)}:`));
  const map = (data: TensorData, row: number): void => {
    const at = row * labels.length;
    for (let i = 0; i < labels.length; i += 1) {
      labels[i]?.();
      element(data, at + i, false, options);
    }
    writer.character(CLOSE_OBJECT);
  };
  if (options.leading[index] === true) {
    return (results, row) => map(results[index]?.data ?? [], row);
  }
  // The tensor belongs whole to its one instance: a map for each of its rows.
  return (results) => {
    const data = results[index]?.data ?? [];
    const count = data.length / labels.length;
    writer.character(OPEN_LIST);
    for (let i = 0; i < count; i += 1) {
      if (i > 0) writer.character(COMMA);
      map(data, i);
    }
    writer.character(CLOSE_LIST);
  };
}

function tensorRenderer(index: number, options: RenderOptions): RenderValue {
  // A tensor without a row dimension belongs whole to its one instance.
  const leading = options.leading[index] === true;
  const first = leading ? 1 : 0;
  return (results, row, rows) => {
    const tensor = results[index];
    if (tensor === undefined) {
      writer.text('null');
      return;
    }
    const { data, dims } = tensor;
    const truth = tensor.type === 'bool';
    const stride = leading ? data.length / rows : data.length;
    const at = leading ? row * stride : 0;
    if (dims.length === first) element(data, at, truth, options);
    else if (dims.length === first + 1) vector(data, at, stride, truth, options);
    else {
      // What the shortest elements would take, before any is written.
      writer.expect(2 * stride);
      nested(data, at, stride, dims, first, truth, options);
    }
  };
}

function elementRenderer(index: number, place: number, options: RenderOptions): RenderValue {
  return (results, row, rows) => {
    const tensor = results[index];
    if (tensor === undefined) {
      writer.text('null');
      return;
    }
    const { data, type } = tensor;
    const stride = options.leading[index] === true ? data.length / rows : data.length;
    const at = options.leading[index] === true ? row * stride : 0;
    if (place < stride) element(data, at + place, type === 'bool', options);
    else writer.text('null');
  };
}

function nested(
  data: TensorData,
  at: number,
  length: number,
  dims: readonly number[],
  depth: number,
  truth: boolean,
  options: RenderOptions,
): void {
  if (depth === dims.length - 1) {
    vector(data, at, length, truth, options);
    return;
  }
  const count = dims[depth] ?? 0;
  const step = count === 0 ? 0 : length / count;
  writer.character(OPEN_LIST);
  for (let i = 0; i < count; i += 1) {
    if (i > 0) writer.character(COMMA);
    nested(data, at + i * step, step, dims, depth + 1, truth, options);
  }
  writer.character(CLOSE_LIST);
}

function vector(data: TensorData, at: number, length: number, truth: boolean, options: RenderOptions): void {
  writer.expect(2 * length);
  writer.character(OPEN_LIST);
  const end = at + length;
  let next = at;
  if (data instanceof Float32Array && options.decimals === null) next = writer.float32s(data, at, end);
  for (let i = next; i < end; i += 1) {
    if (i > at) writer.character(COMMA);
    element(data, i, truth, options);
  }
  writer.character(CLOSE_LIST);
}

function element(data: TensorData, at: number, truth: boolean, { decimals }: RenderOptions): void {
  const value = data[at];
  if (typeof value === 'number') {
    if (truth) writer.text(value === 0 ? 'false' : 'true');
    // JSON has no NaN and no infinities; protobuf's JSON mapping says them as text.
    else if (value - value !== 0) writer.text(`"${value}"`);
    else if (decimals !== null && value !== 0) writer.text(String(Number(value.toFixed(decimals))));
    else if (data instanceof Float32Array) writer.float32(value);
    else if (value === 0 && Object.is(value, -0)) writer.text('-0');
    else if (Number.isSafeInteger(value)) writer.integer(value);
    else writer.text(`${value}`);
    return;
  }
  if (typeof value === 'bigint') {
    // Beyond 2^53 JSON readers round: such integers are text, as in protobuf's JSON mapping.
    const number = Number(value);
    if (Number.isSafeInteger(number)) writer.integer(number);
    else writer.text(`"${value}"`);
    return;
  }
  writer.text(JSON.stringify(value ?? null));
}
