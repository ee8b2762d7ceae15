/**
 * Writes predictions as JSON text straight from the tensors the model returned. A prediction is the bare value
 * of the only output, or an object by output name; with a key it is always an object.
 */
import type { OutputSpec } from '../model/onnx-outputs.ts';
import type { Tensor } from '../model/runtime.ts';
import type { TensorData } from '../model/tensor-types.ts';
import { KEY } from './instances.ts';

/** Writes the prediction of row `row` of a run's `rows`. */
export type RenderRow = (results: readonly Tensor[], row: number, rows: number, key: string | null) => string;

export interface RenderOptions {
  /** Digits after the decimal point that floating-point values are rounded to; null: all. */
  readonly decimals: number | null;
  /** One a tensor: whether its first dimension counts the rows of the run. */
  readonly leading: readonly boolean[];
}

type RenderValue = (results: readonly Tensor[], row: number, rows: number) => string;

/** Makes the renderer of these outputs; `tensors` are the names of what the model returns, in its order. */
export function rowRenderer(
  outputs: readonly OutputSpec[],
  tensors: readonly string[],
  options: RenderOptions,
): RenderRow {
  const values = outputs.map((output) => valueRenderer(output, tensors, options));
  const labels = outputs.map((output, i) => `${i === 0 ? '' : ','}${JSON.stringify(output.name)}:`);
  const [only] = values;

  const object: RenderValue = (results, row, rows) => {
    let text = '';
    for (let i = 0; i < values.length; i += 1) text += `${labels[i]}${values[i]?.(results, row, rows)}`;
    return text;
  };
  return (results, row, rows, key) => {
    if (key !== null) return `{"${KEY}":${key},${object(results, row, rows)}}`;
    if (values.length === 1 && only !== undefined) return only(results, row, rows);
    return `{${object(results, row, rows)}}`;
  };
}

function valueRenderer(output: OutputSpec, tensors: readonly string[], options: RenderOptions): RenderValue {
  if (output.as === 'list') {
    const parts = output.tensors.map((name) => tensorRenderer(tensors.indexOf(name), options));
    return (results, row, rows) => `[${parts.map((part) => part(results, row, rows)).join(',')}]`;
  }
  const index = tensors.indexOf(output.tensor);
  if (output.as === 'tensor') return tensorRenderer(index, options);
  const labels = output.keys.map((key, i) => `${i === 0 ? '{' : ','}${JSON.stringify(key)}:`);
  const map = (data: TensorData, row: number): string => {
    const at = row * labels.length;
    let text = '';
    for (let i = 0; i < labels.length; i += 1) text += labels[i] + element(data, at + i, false, options);
    return `${text}}`;
  };
  if (options.leading[index] === true) return (results, row) => map(results[index]?.data ?? [], row);
  // The tensor belongs whole to its one instance: a map for each of its rows.
  return (results) => {
    const data = results[index]?.data ?? [];
    const maps = Array.from({ length: data.length / labels.length }, (_, row) => map(data, row));
    return `[${maps.join(',')}]`;
  };
}

function tensorRenderer(index: number, options: RenderOptions): RenderValue {
  return (results, row, rows) => {
    const tensor = results[index];
    if (tensor === undefined) return 'null';
    const { data, dims } = tensor;
    const truth = tensor.type === 'bool';
    // A tensor without a row dimension belongs whole to its one instance.
    const leading = options.leading[index] === true;
    const first = leading ? 1 : 0;
    const stride = leading ? data.length / rows : data.length;
    const at = leading ? row * stride : 0;
    if (dims.length === first) return element(data, at, truth, options);
    if (dims.length === first + 1) return vector(data, at, stride, truth, options);
    return nested(data, at, stride, dims, first, truth, options);
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
): string {
  if (depth === dims.length - 1) return vector(data, at, length, truth, options);
  const count = dims[depth] ?? 0;
  const step = count === 0 ? 0 : length / count;
  const parts = Array.from({ length: count }, (_, i) =>
    nested(data, at + i * step, step, dims, depth + 1, truth, options),
  );
  return `[${parts.join(',')}]`;
}

function vector(
  data: TensorData,
  at: number,
  length: number,
  truth: boolean,
  options: RenderOptions,
): string {
  if (length === 0) return '[]';
  let text = `[${element(data, at, truth, options)}`;
  for (let i = 1; i < length; i += 1) text += `,${element(data, at + i, truth, options)}`;
  return `${text}]`;
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
