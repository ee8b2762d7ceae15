/** Models by what company does to the answers of their rows. */
import { first, graph, int, ints, node, wave, count } from './graph-writer.ts';
import { tensor } from '../support/onnx-writer.ts';

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
