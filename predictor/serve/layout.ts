/**
 * How the model's tensors hold rows. Most models are batched: the first dimension of every input and output
 * counts the rows, so rows of many requests share one run. All others are run for one instance at a time.
 */
import { elementType, type ElementType, type TypeName } from '../model/tensor-types.ts';
import type { Port, Signature } from '../model/runtime.ts';

export interface InputLayout {
  readonly name: string;
  readonly typeName: TypeName;
  readonly type: ElementType;
  /** The shape of one instance's part. */
  readonly shape: readonly (number | null)[];
  /** Elements of one instance's part, or null if that differs. */
  readonly size: number | null;
  /** True if the tensor has a leading dimension for rows. */
  readonly leading: boolean;
}

export interface Layout {
  readonly inputs: readonly InputLayout[];
  /** True if a run takes any number of rows. */
  readonly batched: boolean;
  /** True if all instances have the same shape. */
  readonly uniform: boolean;
}

/** `batched`: whether rows may share a run where the signature allows it. */
export function layoutOf(signature: Signature, mayBatch = true): Layout {
  const batched = mayBatch && signature.inputs.every(countsRows) && signature.outputs.every(mayCountRows);
  const inputs = signature.inputs.map((input) => inputLayout(input, batched));
  return { inputs, batched, uniform: inputs.every((input) => input.size !== null) };
}

/** True if the first dimension is open, which in practice means that it counts rows. */
export function countsRows(port: Port): boolean {
  return port.shape.length > 0 && port.shape[0] === null;
}

/** An output without a shape may be one that exporters and the runtime could not infer. A run will tell. */
function mayCountRows(port: Port): boolean {
  return port.shape.length === 0 || countsRows(port);
}

function inputLayout(input: Port, batched: boolean): InputLayout {
  const [first] = input.shape;
  const leading = batched || first === null || first === 1;
  const shape = leading ? input.shape.slice(1) : input.shape;
  const size = shape.reduce<number | null>(
    (product, dim) => (product === null || dim === null ? null : product * dim),
    1,
  );
  return { name: input.name, typeName: input.type, type: elementType(input.type), shape, size, leading };
}
