/** Models of many kinds, as small as they can be. */
import { delimitedField } from '../../predictor/model/wire.ts';
import {
  floatMapType,
  graphProto,
  onnxModel,
  sequenceValue,
  tensor,
  tensorType,
  type Node,
} from './onnx-writer.ts';

/** y = sigmoid(x·W + b), `x` float32 [N, columns]. */
export function logistic(columns = 3): Uint8Array {
  const weights = Array.from({ length: columns }, (_, i) => Math.sin(i + 1));
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', columns] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
    initializers: [tensor('W', 'float32', [columns, 1], weights), tensor('b', 'float32', [1], [0.25])],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'W'], outputs: ['xW'] },
      { op: 'Add', inputs: ['xW', 'b'], outputs: ['z'] },
      { op: 'Sigmoid', inputs: ['z'], outputs: ['y'] },
    ],
  });
}

/** A network with one hidden layer, `x` float32 [N, columns], `y` float32 [N, 2]. */
export function network(columns: number, hidden: number): Uint8Array {
  const weights = (count: number, seed: number): number[] =>
    Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed) * 0.5);
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', columns] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 2] }],
    initializers: [
      tensor('W1', 'float32', [columns, hidden], weights(columns * hidden, 1)),
      tensor('W2', 'float32', [hidden, 2], weights(hidden * 2, 2)),
    ],
    nodes: [
      { op: 'MatMul', inputs: ['x', 'W1'], outputs: ['a'] },
      { op: 'Relu', inputs: ['a'], outputs: ['b'] },
      { op: 'MatMul', inputs: ['b', 'W2'], outputs: ['y'] },
    ],
  });
}

/**
 * Two stumps on two columns, as scikit-learn's trees are exported: `label` int64 [N], `scores` float32 [N, 2].
 * onnxmltools declares the label of LightGBM's [1].
 */
export function trees(labels: number | string = 'N'): Uint8Array {
  const ints = (...values: number[]) => ({ ints: values });
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    outputs: [
      { name: 'label', type: 'int64', shape: [labels] },
      { name: 'scores', type: 'float32', shape: ['N', 2] },
    ],
    nodes: [
      {
        op: 'TreeEnsembleClassifier',
        domain: 'ai.onnx.ml',
        inputs: ['x'],
        outputs: ['label', 'scores'],
        attributes: {
          classlabels_int64s: ints(0, 1),
          nodes_treeids: ints(0, 0, 0, 1, 1, 1),
          nodes_nodeids: ints(0, 1, 2, 0, 1, 2),
          nodes_featureids: ints(0, 0, 0, 1, 0, 0),
          nodes_values: [0.5, 0, 0, -1.5, 0, 0],
          nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF', 'BRANCH_LEQ', 'LEAF', 'LEAF'],
          nodes_truenodeids: ints(1, 0, 0, 1, 0, 0),
          nodes_falsenodeids: ints(2, 0, 0, 2, 0, 0),
          class_treeids: ints(0, 0, 0, 0, 1, 1, 1, 1),
          class_nodeids: ints(1, 1, 2, 2, 1, 1, 2, 2),
          class_ids: ints(0, 1, 0, 1, 0, 1, 0, 1),
          class_weights: [0.4, 0.1, 0.1, 0.4, 0.45, 0.05, 0.2, 0.3],
          post_transform: 'NONE',
        },
      },
    ],
  });
}

/** Gives back its input of the given type, `x` [N, 2], as `output`. */
export function identity(
  type: Parameters<typeof tensorType>[0],
  shape: readonly (number | string)[] = ['N', 2],
  output = 'y',
): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type, shape }],
    outputs: [{ name: output, type, shape }],
    nodes: [{ op: 'Identity', inputs: ['x'], outputs: [output] }],
  });
}

/** The end of a scikit-learn classifier with its default options: `probabilities`, a sequence of maps by class. */
export function zipMap(labels: readonly number[] | readonly string[]): Uint8Array {
  const textual = labels.some((label) => typeof label === 'string');
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', labels.length] }],
    outputs: [
      { name: 'scores', type: 'float32', shape: ['N', labels.length] },
      sequenceValue('probabilities', floatMapType(textual ? 'string' : 'int64')),
    ],
    nodes: [
      { op: 'Identity', inputs: ['x'], outputs: ['scores'] },
      {
        op: 'ZipMap',
        domain: 'ai.onnx.ml',
        inputs: ['scores'],
        outputs: ['probabilities'],
        attributes: textual
          ? { classlabels_strings: labels.map(String) }
          : { classlabels_int64s: { ints: labels.map(Number) } },
      },
    ],
  });
}

/** What MultiOutputClassifier exports: `probabilities`, a sequence of one tensor a target. */
export function tensorSequence(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
    outputs: [sequenceValue('probabilities', tensorType('float32'))],
    nodes: [
      { op: 'Identity', inputs: ['x'], outputs: ['first'] },
      { op: 'Neg', inputs: ['x'], outputs: ['second'] },
      { op: 'SequenceConstruct', inputs: ['first', 'second'], outputs: ['probabilities'] },
    ],
  });
}

/** Columns of a table, each an input of its own: `age` float32 [N, 1], `name` string [N, 1]. */
export function columns(): Uint8Array {
  return onnxModel({
    inputs: [
      { name: 'age', type: 'float32', shape: ['N', 1] },
      { name: 'name', type: 'string', shape: ['N', 1] },
    ],
    outputs: [
      { name: 'older', type: 'float32', shape: ['N', 1] },
      { name: 'called', type: 'string', shape: ['N', 1] },
    ],
    initializers: [tensor('one', 'float32', [1], [1])],
    nodes: [
      { op: 'Add', inputs: ['age', 'one'], outputs: ['older'] },
      { op: 'Identity', inputs: ['name'], outputs: ['called'] },
    ],
  });
}

/** Subtracts the mean of all rows of the run: what a row gets depends on its neighbours. */
export function centered(): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'float32', shape: ['N', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', 1] }],
    nodes: [
      { op: 'ReduceMean', inputs: ['x'], outputs: ['mean'], attributes: { keepdims: { int: 1 } } },
      { op: 'Sub', inputs: ['x', 'mean'], outputs: ['y'] },
    ],
  });
}

/** Looks its input up in three rows: an index beyond them makes the run fail. `fixed`: one at a time. */
export function lookup(rows: 'open' | 'fixed' = 'open'): Uint8Array {
  return gather(rows === 'open' ? ['N'] : [1, 1]);
}

/** Looks up each token of a text, `index` [N, S]. */
export function tokens(): Uint8Array {
  return gather(['N', 'S']);
}

function gather(shape: readonly (number | string)[]): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'index', type: 'int64', shape }],
    outputs: [{ name: 'y', type: 'float32', shape }],
    initializers: [tensor('table', 'float32', [3], [10, 20, 30])],
    nodes: [{ op: 'Gather', inputs: ['table', 'index'], outputs: ['y'] }],
  });
}

/** The sum of v times w, both float32 [N, S]: of a w with one element ONNX makes as many as v has. */
export function masked(): Uint8Array {
  return onnxModel({
    inputs: [
      { name: 'v', type: 'float32', shape: ['N', 'S'] },
      { name: 'w', type: 'float32', shape: ['N', 'S'] },
    ],
    outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
    initializers: [tensor('axis', 'int64', [1], [1])],
    nodes: [
      { op: 'Mul', inputs: ['v', 'w'], outputs: ['vw'] },
      { op: 'ReduceSum', inputs: ['vw', 'axis'], outputs: ['y'], attributes: { keepdims: { int: 0 } } },
    ],
  });
}

/** Multiplies [1, size] by a square matrix `times` times over: as slow as wanted. `scale` float32 [N, 1]. */
export function slow(size: number, times: number): Uint8Array {
  const matrix = Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  const steps = Array.from({ length: times }, (_, i) => ({
    op: 'MatMul',
    inputs: [`row${i}`, 'M'],
    outputs: [`row${i + 1}`],
  }));
  return onnxModel({
    inputs: [{ name: 'scale', type: 'float32', shape: ['N', 1] }],
    outputs: [{ name: 'y', type: 'float32', shape: ['N', size] }],
    initializers: [
      tensor('M', 'float32', [size, size], matrix),
      tensor(
        'ones',
        'float32',
        [1, size],
        Array.from({ length: size }, () => 1),
      ),
    ],
    nodes: [
      { op: 'MatMul', inputs: ['scale', 'ones'], outputs: ['row0'] },
      ...steps,
      { op: 'Identity', inputs: [`row${times}`], outputs: ['y'] },
    ],
  });
}

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

const node = (op: string, inputs: string, outputs: string, attributes: Node['attributes'] = {}): Node => ({
  op,
  inputs: inputs.split(' '),
  outputs: outputs.split(' '),
  attributes,
});
const int = (value: number) => ({ int: value });
const ints = (...values: number[]) => ({ ints: values });
const count = [
  node('Shape', 'x', 'shape'),
  node('Gather', 'shape first', 'rows64'),
  node('Cast', 'rows64', 'rows', { to: int(1) }),
];
const first = tensor('first', 'int64', [], [0]);
const wave = (length: number) => Array.from({ length }, (_, i) => Math.sin(i + 1));

/** Models `x` [N, 2] → `y` [N, 2] whose rows are answered differently in company. */
export const MIXING: Readonly<Record<string, Uint8Array>> = {
  'subtracts the mean of the run': graph(
    ['N', 2],
    ['N', 2],
    [node('ReduceMean', 'x', 'm', { axes: ints(0), keepdims: int(1) }), node('Sub', 'x m', 'y')],
  ),
  'normalizes by the run, as in training': graph(
    ['N', 2],
    ['N', 2],
    [node('BatchNormalization', 'x one zero mean variance', 'y m v', { training_mode: int(1) })],
    [
      tensor('one', 'float32', [2], [1, 1]),
      tensor('zero', 'float32', [2], [0, 0]),
      tensor('mean', 'float32', [2], [0, 0]),
      tensor('variance', 'float32', [2], [1, 1]),
    ],
  ),
  'quantizes by the range of the run': graph(
    ['N', 2],
    ['N', 2],
    [node('DynamicQuantizeLinear', 'x', 'q s z'), node('DequantizeLinear', 'q s z', 'y')],
  ),
  'sums up the rows before': graph(['N', 2], ['N', 2], [node('CumSum', 'x first', 'y')], [first]),
  'sorts the rows': graph(
    ['N', 2],
    ['N', 2],
    [
      ...count.slice(0, 2),
      node('Unsqueeze', 'rows64 zero', 'k'),
      node('TopK', 'x k', 'y i', { axis: int(0) }),
    ],
    [first, tensor('zero', 'int64', [1], [0])],
  ),
  'is a softmax over the rows': graph(['N', 2], ['N', 2], [node('Softmax', 'x', 'y', { axis: int(0) })]),
  'multiplies by the number of rows': graph(
    ['N', 2],
    ['N', 2],
    [...count, node('Mul', 'x rows', 'y')],
    [first],
  ),
  'changes only from 20 rows on': graph(
    ['N', 2],
    ['N', 2],
    [
      ...count,
      node('Greater', 'rows twenty', 'many'),
      node('Cast', 'many', 'more', { to: int(1) }),
      node('Add', 'x more', 'y'),
    ],
    [first, tensor('twenty', 'float32', [], [20])],
  ),
  'remembers the row before': graph(
    ['N', 1, 2],
    ['N', 1, 2],
    [node('RNN', 'x W R', 'h h1', { hidden_size: int(2) }), node('Squeeze', 'h one', 'y')],
    [
      tensor('W', 'float32', [1, 2, 2], wave(4)),
      tensor('R', 'float32', [1, 2, 2], wave(4)),
      tensor('one', 'int64', [1], [1]),
    ],
  ),
};

/** Models `x` [N, 3] → `y` [N, 3] whose rows are answered alike, whatever they do with the values in them. */
export const INDEPENDENT: Readonly<Record<string, Uint8Array>> = {
  'is a softmax over the columns': graph(['N', 3], ['N', 3], [node('Softmax', 'x', 'y', { axis: int(1) })]),
  'normalizes each row': graph(['N', 3], ['N', 3], [node('LpNormalization', 'x', 'y', { axis: int(1) })]),
  'sums up the columns before': graph(
    ['', 3],
    ['', 3],
    [node('CumSum', 'x one', 'y')],
    [tensor('one', 'int64', [], [1])],
  ),
  'sorts each row, and nobody has named its rows': graph(
    ['', 3],
    [],
    [node('TopK', 'x three', 'y i', { axis: int(1) })],
    [tensor('three', 'int64', [1], [3])],
  ),
  'has thresholds that only large values pass': graph(
    ['N', 3],
    ['N', 3],
    [node('Greater', 'x limit', 'above'), node('Cast', 'above', 'y', { to: int(1) })],
    [tensor('limit', 'float32', [], [2000])],
  ),
};

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

/** An initializer of whole numbers in a row. */
export function shape(name: string, ...dims: readonly number[]): Uint8Array {
  return tensor(name, 'int64', [dims.length], dims);
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
