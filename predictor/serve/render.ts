/**
 * Writes predictions as JSON text straight from the tensors the model returned. A prediction is the bare value
 * of the only output, or an object by output name; with a key it is always an object. Nothing is written beyond what
 * a reply may have: a few rows of numbers may be gigabytes of text.
 */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import type { Tensor } from '../model/runtime.ts';
import type { TensorData } from '../model/tensor-types.ts';
import { KEY } from './instances.ts';
import { ReplyTooLarge } from './reply-too-large.ts';

/** What a reply may still have, in bytes of UTF-8. */
export interface Budget {
  left: number;
}

/** Writes the prediction of row `row` of a run's `rows`. Throws a ReplyTooLarge once the budget is spent. */
export type RenderRow = (
  results: readonly Tensor[],
  row: number,
  rows: number,
  key: string | null,
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

type RenderValue = (results: readonly Tensor[], row: number, rows: number, budget: Budget) => string;

/** Elements of a vector that are written between two looks at the budget. */
const STRETCH = 1024;

/** Makes the renderer of these outputs; `tensors` are the names of what the model returns, in its order. */
export function rowRenderer(
  outputs: readonly OutputSpec[],
  tensors: readonly string[],
  options: RenderOptions,
): RenderRow {
  const values = outputs.map((output) => valueRenderer(output, tensors, options));
  const labels = outputs.map((output, i) => `${i === 0 ? '' : ','}${JSON.stringify(output.name)}:`);
  const labelBytes = labels.reduce((sum, label) => sum + Buffer.byteLength(label), 0);
  const [only] = values;
  // An output may have the key's name: then the prediction stands beside the key as a whole.
  const nested = outputs.some((output) => output.name === KEY);

  const object: RenderValue = (results, row, rows, budget) => {
    let text = '';
    for (let i = 0; i < values.length; i += 1) {
      text += `${labels[i]}${values[i]?.(results, row, rows, budget)}`;
    }
    budget.left -= labelBytes + 2;
    return text;
  };
  const bare: RenderValue = (results, row, rows, budget) => {
    if (values.length === 1 && only !== undefined && options.isNamed !== true)
      return only(results, row, rows, budget);
    return `{${object(results, row, rows, budget)}}`;
  };
  return (results, row, rows, key, budget) => {
    if (key === null) return bare(results, row, rows, budget);
    spend(budget, Buffer.byteLength(key) + `{"${KEY}":,`.length);
    if (nested) return `{"${KEY}":${key},"prediction":${bare(results, row, rows, budget)}}`;
    return `{"${KEY}":${key},${object(results, row, rows, budget)}}`;
  };
}

function spend(budget: Budget, bytes: number): void {
  budget.left -= bytes;
  if (budget.left < 0) throw new ReplyTooLarge();
}

function valueRenderer(output: OutputSpec, tensors: readonly string[], options: RenderOptions): RenderValue {
  if (output.as === 'list') {
    const parts = output.tensors.map((name) => tensorRenderer(tensors.indexOf(name), options));
    return (results, row, rows, budget) => {
      spend(budget, parts.length + 1);
      return `[${parts.map((part) => part(results, row, rows, budget)).join(',')}]`;
    };
  }
  const index = tensors.indexOf(output.tensor);
  if (output.as === 'tensor') return tensorRenderer(index, options);
  if (output.as === 'element') return elementRenderer(index, output.index, options);
  const labels = output.keys.map((key, i) => `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`);
  const labelBytes = labels.reduce((sum, label) => sum + Buffer.byteLength(label), 0);
  const map = (data: TensorData, row: number, budget: Budget): string => {
    const at = row * labels.length;
    spend(budget, labelBytes + 1);
    let text = '';
    for (let i = 0; i < labels.length; i += 1) {
      const value = element(data, at + i, false, options);
      spend(budget, value.length);
      text += labels[i] + value;
    }
    return `${text}}`;
  };
  if (options.leading[index] === true) {
    return (results, row, _rows, budget) => map(results[index]?.data ?? [], row, budget);
  }
  // The tensor belongs whole to its one instance: a map for each of its rows.
  return (results, _row, _rows, budget) => {
    const data = results[index]?.data ?? [];
    const count = data.length / labels.length;
    spend(budget, count + 1);
    return `[${Array.from({ length: count }, (_, row) => map(data, row, budget)).join(',')}]`;
  };
}

function tensorRenderer(index: number, options: RenderOptions): RenderValue {
  return (results, row, rows, budget) => {
    const tensor = results[index];
    if (tensor === undefined) return 'null';
    const { data, dims } = tensor;
    const truth = tensor.type === 'bool';
    // A tensor without a row dimension belongs whole to its one instance.
    const leading = options.leading[index] === true;
    const first = leading ? 1 : 0;
    const stride = leading ? data.length / rows : data.length;
    const at = leading ? row * stride : 0;
    if (dims.length === first) {
      const text = element(data, at, truth, options);
      spend(budget, bytesOf(text, data));
      return text;
    }
    if (dims.length === first + 1) return vector(data, at, stride, truth, options, budget);
    // What the shortest elements would take, before any is written.
    if (2 * stride > budget.left) throw new ReplyTooLarge();
    return nested(data, at, stride, dims, first, truth, options, budget);
  };
}

function elementRenderer(index: number, place: number, options: RenderOptions): RenderValue {
  return (results, row, rows, budget) => {
    const tensor = results[index];
    if (tensor === undefined) return 'null';
    const { data, type } = tensor;
    const stride = options.leading[index] === true ? data.length / rows : data.length;
    const at = options.leading[index] === true ? row * stride : 0;
    const text = place < stride ? element(data, at + place, type === 'bool', options) : 'null';
    spend(budget, bytesOf(text, data));
    return text;
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
  budget: Budget,
): string {
  if (depth === dims.length - 1) return vector(data, at, length, truth, options, budget);
  const count = dims[depth] ?? 0;
  const step = count === 0 ? 0 : length / count;
  spend(budget, count + 1);
  let text = '[';
  for (let i = 0; i < count; i += 1) {
    if (i > 0) text += ',';
    text += nested(data, at + i * step, step, dims, depth + 1, truth, options, budget);
  }
  return `${text}]`;
}

function vector(
  data: TensorData,
  at: number,
  length: number,
  truth: boolean,
  options: RenderOptions,
  budget: Budget,
): string {
  if (2 * length > budget.left) throw new ReplyTooLarge();
  if (length === 0) {
    budget.left -= 2;
    return '[]';
  }
  let text = `[${element(data, at, truth, options)}`;
  let spent = 0;
  for (let i = 1; i < length; i += 1) {
    text += `,${element(data, at + i, truth, options)}`;
    if (i % STRETCH !== 0) continue;
    spend(budget, text.length - spent);
    spent = text.length;
  }
  spend(budget, text.length - spent + 1);
  if (Array.isArray(data)) spend(budget, bytesOf(text, data) - text.length);
  return `${text}]`;
}

/** Bytes of what was written of such data: all but texts is ASCII. */
function bytesOf(text: string, data: TensorData): number {
  return Array.isArray(data) ? Buffer.byteLength(text) : text.length;
}

function element(data: TensorData, at: number, truth: boolean, options: RenderOptions): string {
  const value = data[at];
  if (typeof value === 'number') {
    if (truth) return value === 0 ? 'false' : 'true';
    // JSON has no NaN and no infinities; protobuf's JSON mapping says them as text.
    if (value - value !== 0) return `"${value}"`;
    if (value === 0) return Object.is(value, -0) ? '-0' : '0';
    return options.decimals === null ? `${value}` : String(Number(value.toFixed(options.decimals)));
  }
  if (typeof value === 'bigint') {
    // Beyond 2^53 JSON readers round: such integers are text, as in protobuf's JSON mapping.
    const number = Number(value);
    return Number.isSafeInteger(number) ? `${number}` : `"${value}"`;
  }
  return JSON.stringify(value ?? null);
}
