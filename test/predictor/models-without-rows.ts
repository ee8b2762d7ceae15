/** Models whose tensors hold more than rows of a table, or that cost or do what no model should. */
import { delimitedField } from '../../common/artifact/protobuf.ts';
import { graph, int, ints, node, wave } from './graph-writer.ts';
import { graphProto, onnxModel, tensor } from '../support/onnx-writer.ts';

/** As many matrices of 4 MB as wanted, one after the other. `x` [N, 1024] → `y` [N, 1024]. */
export function heavy(matrices: number): Uint8Array {
  const bytes = new Float32Array(1024 * 1024);
  for (let i = 0; i < bytes.length; i += 1) bytes[i] = ((i * 7919) % 1000) / 1e6;
  const layers = Array.from({ length: matrices }, (_, i) => i);
  return graph(
    ['N', 1024],
    ['N', 1024],
    layers.map((i) =>
      node('MatMul', `${i === 0 ? 'x' : `h${i}`} W${i}`, i === matrices - 1 ? 'y' : `h${i + 1}`),
    ),
    // Each another one, or the runtime keeps one for all of them.
    layers.map((i) => tensor(`W${i}`, 'float32', [1024, 1024], bytes.fill(i / 1e5, 0, 8))),
  );
}

/** Gives back a constant, whatever it is asked. */
export function inputless(): Uint8Array {
  return onnxModel({
    inputs: [],
    outputs: [{ name: 'y', type: 'float32', shape: [1] }],
    initializers: [tensor('c', 'float32', [1], [3])],
    nodes: [node('Identity', 'c', 'y')],
  });
}

/** Finds the elements above 0.5, as detectors find boxes: `x` [pictures, 1, 2, 2] → `y` int64 [n, 4]. */
export function boxes(pictures: number | string, found: string): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: [pictures, 1, 2, 2] }],
    outputs: [{ name: 'y', type: 'int64', shape: [found, 4] }],
    initializers: [tensor('half', 'float32', [], [0.5])],
    nodes: [
      node('Greater', 'x half', 'above'),
      node('NonZero', 'above', 'found'),
      node('Transpose', 'found', 'y', { perm: ints(1, 0) }),
    ],
  });
}

/** Mean and largest value of a series: `x` [samples] → `y` [1, 2], or of whatever shape is declared. */
export function waveform(
  name = 'samples',
  declared: readonly (number | string)[] = [1, 2],
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  return graph(
    [name],
    declared,
    [
      node('ReduceMean', 'x', 'mean', { keepdims: int(1) }),
      node('ReduceMax', 'x', 'most', { keepdims: int(1) }),
      node('Concat', 'mean most', 'both', { axis: int(0) }),
      node('Unsqueeze', 'both zero', 'y'),
    ],
    [tensor('zero', 'int64', [1], [0])],
    metadata,
  );
}

/** Adds to each node of a graph its neighbours': `x` [nodes, 2], `edges` int64 of the given shape, `y` [nodes, 2]. */
export function graphNetwork(edges: readonly (number | string)[]): Uint8Array {
  const axis = int(edges[0] === 2 ? 0 : 1);
  return onnxModel({
    inputs: [
      { name: 'x', type: 'float32', shape: ['nodes', 2] },
      { name: 'edges', type: 'int64', shape: edges },
    ],
    outputs: [{ name: 'y', type: 'float32', shape: ['nodes', 2] }],
    initializers: [tensor('from', 'int64', [], [0]), tensor('to', 'int64', [1], [1])],
    nodes: [
      node('Gather', 'edges from', 'source', { axis }),
      node('Gather', 'edges to', 'target', { axis }),
      node('Gather', 'x source', 'messages', { axis: int(0) }),
      ...(edges[0] === 2
        ? [node('Transpose', 'target', 'column', { perm: ints(1, 0) })]
        : [node('Identity', 'target', 'column')]),
      node('ScatterND', 'x column messages', 'y', { reduction: 'add' }),
    ],
  });
}

/** The last hidden state of a recurrent network with the time first: `x` [seq, batch, 2] → `y` [batch, 3]. */
export function timeMajor(time = 'seq', batch = 'batch'): Uint8Array {
  return graph(
    [time, batch, 2],
    [batch, 3],
    [node('RNN', 'x W R', 'all last', { hidden_size: int(3) }), node('Squeeze', 'last zero', 'y')],
    [
      tensor('W', 'float32', [1, 3, 2], wave(6)),
      tensor('R', 'float32', [1, 3, 3], wave(9)),
      tensor('zero', 'int64', [1], [0]),
    ],
  );
}

/** One-hot encodes `cat` and `dog` and refuses all else, as OneHotEncoder does by default. */
export function categories(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'string', shape: ['N', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 1, 2] }],
    nodes: [
      {
        op: 'OneHotEncoder',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { cats_strings: ['cat', 'dog'], zeros: { int: 0 } },
      },
    ],
  });
}

/** Divides -2^31 by -1 while it is loaded: on x64 that traps, and ends the process that loads it. */
export function lethal(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'int32', shape: ['N'] }],
    outputs: [{ name: 'y', type: 'int32', shape: ['N'] }],
    initializers: [tensor('least', 'int32', [1], [-2_147_483_648]), tensor('minusOne', 'int32', [1], [-1])],
    nodes: [
      { op: 'Div', inputs: ['least', 'minusOne'], outputs: ['q'] },
      { op: 'Add', inputs: ['x', 'q'], outputs: ['y'] },
    ],
  });
}

/** Counts to ten billion for every row above a number, and gives back its input. */
export function endless(above = 0): Uint8Array {
  const body = graphProto({
    inputs: [
      { name: 'i', type: 'int64', shape: [] },
      { name: 'more_in', type: 'bool', shape: [] },
      { name: 'state_in', type: 'float32', shape: ['N'] },
    ],
    outputs: [
      { name: 'more_out', type: 'bool', shape: [] },
      { name: 'state_out', type: 'float32', shape: ['N'] },
    ],
    nodes: [
      { op: 'Identity', inputs: ['more_in'], outputs: ['more_out'] },
      { op: 'Identity', inputs: ['state_in'], outputs: ['state_out'] },
    ],
  });
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
    initializers: [tensor('times', 'int64', [1], [10_000_000_000]), tensor('limit', 'float32', [1], [above])],
    nodes: [
      { op: 'ReduceMax', inputs: ['x'], outputs: ['most'], attributes: { keepdims: { int: 0 } } },
      { op: 'Greater', inputs: ['most', 'limit'], outputs: ['endless1'] },
      { op: 'Squeeze', inputs: ['endless1'], outputs: ['endless'] },
      { op: 'Squeeze', inputs: ['times'], outputs: ['count'] },
      {
        op: 'Loop',
        inputs: ['count', 'endless', 'x'],
        outputs: ['y'],
        attributes: { body: { graph: body } },
      },
    ],
  });
}

/** An output whose shape the file does not tell: that of `op` applied to `x` [N]. */
export function unshaped(op: 'Identity' | 'ReduceMax'): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N'] }],
    outputs: [delimitedField(1, 'y')],
    nodes: [
      {
        op,
        inputs: ['x'],
        outputs: ['y'],
        ...(op === 'ReduceMax' ? { attributes: { keepdims: { int: 0 } } } : {}),
      },
    ],
  });
}
