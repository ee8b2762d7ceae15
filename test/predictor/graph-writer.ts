/** Models of one input and one output, written node by node. */
import { onnxModel, tensor, type Node } from '../support/onnx-writer.ts';

/** A model of one float32 input `x` and one output `y` of the given shapes, which `nodes` make. */
export function graph(
  x: readonly (number | string)[],
  y: readonly (number | string)[],
  nodes: readonly Node[],
  initializers: readonly Uint8Array[] = [],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: x }],
    outputs: [{ name: 'y', type: 'float32', shape: y }],
    initializers,
    nodes,
    metadata,
  });
}

export const node = (
  op: string,
  inputs: string,
  outputs: string,
  attributes: Node['attributes'] = {},
): Node => ({
  op,
  inputs: inputs.split(' '),
  outputs: outputs.split(' '),
  attributes,
});
export const int = (value: number) => ({ int: value });
export const ints = (...values: number[]) => ({ ints: values });
export const count = [
  node('Shape', 'x', 'shape'),
  node('Gather', 'shape first', 'rows64'),
  node('Cast', 'rows64', 'rows', { to: int(1) }),
];
export const first = tensor('first', 'int64', [], [0]);
export const wave = (length: number) => Array.from({ length }, (_, i) => Math.sin(i + 1));
/** An initializer of whole numbers in a row. */
export function shape(name: string, ...dims: readonly number[]): Uint8Array {
  return tensor(name, 'int64', [dims.length], dims);
}
