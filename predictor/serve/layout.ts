/**
 * How the model's tensors hold rows. Most models are batched: the first dimension of every input and output
 * counts the rows, so rows of many requests share one run. All others are run for one instance at a time, which
 * is a row of its own, or, where no first dimension is known to count rows, the tensors as they are.
 */
import { elementType, type ElementType, type TypeName } from '../model/tensor-types.ts';
import type { Port, Signature } from '../model/runtime.ts';

export type Shape = readonly (number | null)[];

export interface InputLayout {
  readonly name: string;
  readonly typeName: TypeName;
  readonly type: ElementType;
  /** The shape of one instance's part. */
  readonly shape: Shape;
  /** True if the model takes any number of dimensions: then `shape` says nothing. */
  readonly anyRank: boolean;
  /** The names of its open dimensions, where they have one. */
  readonly symbols: readonly (string | null)[];
  /** Elements of one instance's part, or null if that differs. */
  readonly size: number | null;
  /** True if the tensor has a leading dimension for rows, which an instance does not have. */
  readonly leading: boolean;
}

export interface OutputLayout {
  /** True if the tensor has a leading dimension for rows, which a prediction does not have. */
  readonly leading: boolean;
  /** The shape of one prediction's part, or null if that can be anything. */
  readonly shape: Shape | null;
}

export interface Layout {
  readonly inputs: readonly InputLayout[];
  /** In the order of the signature's. */
  readonly outputs: readonly OutputLayout[];
  /** True if a run takes any number of rows. */
  readonly batched: boolean;
  /** True if all instances have the same shape. */
  readonly uniform: boolean;
}

/**
 * What the first dimensions are. `shared`: they count rows, and rows may share a run. `single`: they count rows,
 * and a run takes one. `none`: they are as much the instance's as all others.
 */
export type Rows = 'shared' | 'single' | 'none';

/** How a model's tensors are read: what is declared, and what runs have shown. */
export interface Reading {
  readonly rows: Rows;
  readonly outputs: readonly OutputLayout[];
}

/** The layout of a model that is read so, by default as its signature declares. */
export function layoutOf(signature: Signature, reading: Reading = declaredReading(signature)): Layout {
  const inputs = signature.inputs.map((input) => inputLayout(input, reading.rows));
  const uniform = inputs.every((input) => input.size !== null);
  return { inputs, outputs: reading.outputs, batched: reading.rows === 'shared', uniform };
}

/** The shape of an instance that is nothing but so many float32 numbers, or null if the model takes other things. */
export function numberShapeOf({ inputs }: Layout): readonly number[] | null {
  const [input] = inputs;
  if (input === undefined || inputs.length > 1 || input.typeName !== 'float32' || input.anyRank) return null;
  const shape = input.shape.filter((dim) => dim !== null && dim > 0);
  // Columns declared [N, 1] may come bare.
  if (shape.length === 0 || shape.length < input.shape.length || input.size === 1) return null;
  return shape.map(Number);
}

/** How a model declares that its tensors are read. */
export function declaredReading(signature: Signature, rows: Rows = declaredRows(signature)): Reading {
  const counted = rowSymbol(signature);
  return { rows, outputs: signature.outputs.map((output) => outputLayout(output, rows, counted)) };
}

/** What the signature says of the first dimensions. */
export function declaredRows(signature: Signature): Rows {
  const { inputs, outputs } = signature;
  if (!mayCountRows(signature)) return 'none';
  const counted = rowSymbol(signature);
  const names = new Set(inputs.map((input) => nameOf(input, 0)).filter((name) => name !== null));
  if (names.size > 1) return 'none';
  const leaders = outputs.map((output) => nameOf(output, 0)).filter((name) => name !== null);
  // What leads an output, such as the sentences of a batch, counts the rows, and not the words that lead the input.
  const others = new Set(inputs.flatMap((input) => input.symbols.slice(1)));
  if (leaders.some((name) => name !== counted && others.has(name))) return 'none';
  if (counted !== null && leaders.some((name) => name !== counted)) return 'single';
  return outputs.every((output) => output.shape.length === 0 || isOpen(output)) ? 'shared' : 'single';
}

/** True if the first dimension of every input is open. */
export function mayCountRows({ inputs }: Signature): boolean {
  return inputs.length > 0 && inputs.every(isOpen);
}

/** The name of the dimension that leads every input, or null if there is none, or none that says anything. */
export function rowSymbol({ inputs }: Signature): string | null {
  const [first] = inputs;
  const name = first === undefined ? null : nameOf(first, 0);
  return inputs.every((input) => isOpen(input) && nameOf(input, 0) === name) ? name : null;
}

// What tf2onnx, torch.onnx and Paddle call a dimension that nobody has named: equal ones may be called differently.
const MADE_UP = /^unk__\d+$|_dim_\d+$|DynamicDimension|^\?$/;

/** The name of an open dimension, if its author gave one. */
export function nameOf(port: Port, dimension: number): string | null {
  const name = port.symbols[dimension] ?? null;
  return name === null || MADE_UP.test(name) ? null : name;
}

function isOpen({ shape, anyRank }: Port): boolean {
  return shape.length > 0 && shape[0] === null && !anyRank;
}

function inputLayout(input: Port, rows: Rows): InputLayout {
  const [first] = input.shape;
  const leading = first === 1 || (first === null && rows !== 'none');
  const shape = leading ? input.shape.slice(1) : input.shape;
  const names = input.symbols.map((_, dimension) => nameOf(input, dimension));
  const symbols = leading ? names.slice(1) : names;
  const size = shape.reduce<number | null>(
    (product, dim) => (product === null || dim === null ? null : product * dim),
    input.anyRank ? null : 1,
  );
  const { name, type, anyRank } = input;
  return { name, typeName: type, type: elementType(type), shape, symbols, anyRank, size, leading };
}

function outputLayout(output: Port, rows: Rows, counted: string | null): OutputLayout {
  const [first] = output.shape;
  // Where a run takes one row, an open dimension may count what is found in it: boxes of one picture.
  const counts =
    first === null && (rows === 'shared' || (rows === 'single' && nameOf(output, 0) === counted));
  const leading = rows === 'shared' || first === 1 || counts;
  if (output.shape.length === 0) return { leading, shape: rows === 'shared' ? null : [] };
  return { leading, shape: leading ? output.shape.slice(1) : output.shape };
}
