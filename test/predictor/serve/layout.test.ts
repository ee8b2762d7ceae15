import { describe, expect, test } from 'vitest';
import type { Port } from '../../../predictor/model/runtime.ts';
import { declaredReading, layoutOf, type Rows } from '../../../predictor/serve/layout.ts';

/** A port of floats; a text in the shape is the name of an open dimension, '' one without a name. */
function port(name: string, ...dims: readonly (number | string)[]): Port {
  return {
    name,
    type: 'float32',
    shape: dims.map((dim) => (typeof dim === 'number' ? dim : null)),
    symbols: dims.map((dim) => (typeof dim === 'number' || dim === '' ? null : dim)),
    anyRank: false,
  };
}

interface Case {
  readonly what: string;
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  readonly rows: Rows;
  /** The shapes of an instance's and a prediction's parts. */
  readonly takes: readonly (readonly (number | null)[])[];
  readonly gives: readonly (readonly (number | null)[] | null)[];
}

const CASES: readonly Case[] = [
  {
    what: 'a name that leads every input and output',
    inputs: [port('x', 'N', 4)],
    outputs: [port('y', 'N')],
    rows: 'shared',
    takes: [[4]],
    gives: [[]],
  },
  {
    what: 'columns without names',
    inputs: [port('age', '', 1), port('port', '', 1)],
    outputs: [port('label', ''), port('scores', '', 3)],
    rows: 'shared',
    takes: [[1], [1]],
    gives: [[], [3]],
  },
  {
    what: 'names that exporters make up for the same dimension',
    inputs: [port('a', 'unk__12', 4), port('b', 'unk__13', 4)],
    outputs: [port('y', 'Gemmy_dim_0', 2)],
    rows: 'shared',
    takes: [[4], [4]],
    gives: [[2]],
  },
  {
    what: 'boxes, which another name counts',
    inputs: [port('image', 'N', 3, 8, 8)],
    outputs: [port('boxes', 'n', 4)],
    rows: 'single',
    takes: [[3, 8, 8]],
    gives: [[null, 4]],
  },
  {
    what: 'boxes of the only picture a run takes',
    inputs: [port('image', 1, 3, 8, 8)],
    outputs: [port('boxes', 'n', 4), port('scores', 1, 'n')],
    rows: 'none',
    takes: [[3, 8, 8]],
    gives: [[null, 4], [null]],
  },
  {
    what: 'a sequence led by its steps, with the batch in second place',
    inputs: [port('x', 'seq', 'batch', 4)],
    outputs: [port('y', 'batch', 2)],
    rows: 'none',
    takes: [[null, null, 4]],
    gives: [[null, 2]],
  },
  {
    what: 'a graph, whose edges have nothing that counts nodes',
    inputs: [port('x', 'nodes', 8), port('edges', 2, 'n_edges')],
    outputs: [port('y', 'nodes', 4)],
    rows: 'none',
    takes: [
      [null, 8],
      [2, null],
    ],
    gives: [[null, 4]],
  },
  {
    what: 'a graph, whose edges are counted by another name',
    inputs: [port('x', 'nodes', 8), port('edges', 'n_edges', 2)],
    outputs: [port('y', 'nodes', 4)],
    rows: 'none',
    takes: [
      [null, 8],
      [null, 2],
    ],
    gives: [[null, 4]],
  },
  {
    what: 'a picture and a number that belongs to no row',
    inputs: [port('image', 'N', 3), port('threshold')],
    outputs: [port('y', 'N')],
    rows: 'none',
    takes: [[null, 3], []],
    gives: [[null]],
  },
  {
    what: 'the state of a sequence, which begins with layers',
    inputs: [port('x', '', ''), port('state', 2, '', 128)],
    outputs: [port('y', '', 1), port('next', '', '', '')],
    rows: 'none',
    takes: [
      [null, null],
      [2, null, 128],
    ],
    gives: [
      [null, 1],
      [null, null, null],
    ],
  },
];

describe('the signature says what counts rows:', () => {
  test.each(CASES)('$what', ({ inputs, outputs, rows, takes, gives }) => {
    const signature = { inputs, outputs };
    expect(declaredReading(signature).rows).toBe(rows);
    const layout = layoutOf(signature);
    expect(layout.batched).toBe(rows === 'shared');
    expect(layout.inputs.map((input) => input.shape)).toEqual(takes);
    expect(layout.outputs.map((output) => output.shape)).toEqual(gives);
  });
});
