/** Models of many kinds, as small as they can be. */
import { floatMapType, onnxModel, sequenceValue, tensor, tensorType } from '../support/onnx-writer.ts';

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
