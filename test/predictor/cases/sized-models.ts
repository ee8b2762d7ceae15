/** Models whose values or callers say how large the answer is. */
import { onnxModel, tensor } from '../../support/onnx-writer.ts';
import { input, steps } from './models.ts';

/** Token ids to [N, S, 10000] floats, as the logits of a masked-language model: 3 KB in, 200 MB of JSON out. */
export function largeOutput(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'int64', 'N', 'S')],
    outputs: [input('y', 'float32', 'N', 'S', 10_000)],
    initializers: [
      tensor('k', 'float32', [], [0.1]),
      tensor('axis', 'int64', [1], [2]),
      tensor('to', 'int64', [3], [1, 1, 10_000]),
    ],
    nodes: steps(
      ['Cast', ['x'], ['f'], { to: { int: 1 } }],
      ['Mul', ['f', 'k'], ['g']],
      ['Unsqueeze', ['g', 'axis'], ['u']],
      ['Expand', ['u', 'to'], ['y']],
    ),
  });
}

/** Pads that the caller chooses: the values say how large the answer is. */
export function padding(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 1, 3, 4, 5), input('pads', 'int64', 8)],
    outputs: [input('y', 'float32', 'a', 'b', 'c', 'd')],
    nodes: steps(['Pad', ['x', 'pads'], ['y']]),
  });
}

/** A size that the caller chooses. */
export function resizing(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 1, 1, 2, 2), input('sizes', 'int64', 4)],
    outputs: [input('y', 'float32', 'a', 'b', 'c', 'd')],
    nodes: steps(['Resize', ['x', '', '', 'sizes'], ['y'], { mode: 'nearest' }]),
  });
}

/** An input that is always empty: ReduceSum over all axes. */
export function noAxes(): Uint8Array {
  return onnxModel({
    inputs: [input('x', 'float32', 2), input('axes', 'int64', 0)],
    outputs: [input('y', 'float32')],
    nodes: steps(['ReduceSum', ['x', 'axes'], ['y'], { keepdims: { int: 0 } }]),
  });
}
