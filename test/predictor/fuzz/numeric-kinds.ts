/** Models of numbers: what comes back is computed here. */
import type { Chance } from '../../support/random.ts';
import { onnxModel, tensor } from '../../support/onnx-writer.ts';
import * as models from '../models.ts';
import { anyOf, NONSENSE, several, type Kind } from './subject.ts';

const number = (chance: Chance): number => Math.fround(chance.between('number', -4, 4));
const nonsense = (chance: Chance): unknown => chance.pick('nonsense', NONSENSE);

/** y = x·W + b of up to twelve columns; the instances of some seeds are one number, which may come bare. */
export const linear: Kind = {
  name: 'linear',
  create(chance) {
    const columns = chance.whole('columns', 2, 12);
    const targets = chance.whole('targets', 1, 4);
    const W = several(columns * targets, () => number(chance));
    const b = several(targets, () => number(chance));
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'float32', shape: ['N', columns] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['N', targets] }],
        initializers: [tensor('W', 'float32', [columns, targets], W), tensor('b', 'float32', [targets], b)],
        nodes: [
          { op: 'MatMul', inputs: ['x', 'W'], outputs: ['xW'] },
          { op: 'Add', inputs: ['xW', 'b'], outputs: ['y'] },
        ],
      }),
      mostRows: 60,
      good(draws) {
        const x = several(columns, () => number(draws));
        const answer = b.map((offset, j) =>
          x.reduce((sum, value, i) => sum + value * (W[i * targets + j] ?? 0), offset),
        );
        return { instance: draws.chance('named', 0.2) ? { x } : x, answer };
      },
      bad(draws) {
        const x: unknown[] = several(columns, () => number(draws));
        if (draws.chance('nonsense', 0.3)) return nonsense(draws);
        if (draws.chance('short', 0.3)) return x.slice(1);
        x[draws.whole('at', 0, columns - 1)] = anyOf(draws, 'wrong', [null, 'NaN', true, [1], 1e300, {}]);
        return x;
      },
    };
  },
};

/** Token ids looked up in a table: an id beyond it is refused by the runtime, not by the contract. */
export const embedding: Kind = {
  name: 'embedding',
  create(chance) {
    const tokens = chance.whole('tokens', 3, 40);
    const width = chance.whole('width', 1, 5);
    const length = chance.whole('length', 1, 6);
    const table = several(tokens * width, () => number(chance));
    const id = (draws: Chance): number => draws.whole('id', 0, tokens - 1);
    return {
      model: onnxModel({
        inputs: [{ name: 'ids', type: 'int64', shape: ['N', length] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['N', length, width] }],
        initializers: [tensor('table', 'float32', [tokens, width], table)],
        nodes: [{ op: 'Gather', inputs: ['table', 'ids'], outputs: ['y'] }],
      }),
      mostRows: 40,
      good(draws) {
        const ids = several(length, () => id(draws));
        return { instance: ids, answer: ids.map((at) => table.slice(at * width, (at + 1) * width)) };
      },
      bad(draws) {
        const ids = several(length, () => id(draws));
        ids[draws.whole('at', 0, length - 1)] = draws.pick('beyond', [
          tokens,
          tokens + 7,
          2 ** 40,
          -tokens - 1,
        ]);
        return ids;
      },
    };
  },
};

/** Rows of different lengths, and a mask that has to be as long: both are called [N, S]. */
export const openLength: Kind = {
  name: 'open length',
  create(chance) {
    const factor = number(chance);
    return {
      model: onnxModel({
        inputs: [
          { name: 'x', type: 'float32', shape: ['N', 'S'] },
          { name: 'mask', type: 'float32', shape: ['N', 'S'] },
        ],
        outputs: [{ name: 'y', type: 'float32', shape: ['N'] }],
        initializers: [tensor('factor', 'float32', [1], [factor]), tensor('axis', 'int64', [1], [1])],
        nodes: [
          { op: 'Mul', inputs: ['x', 'mask'], outputs: ['masked'] },
          { op: 'Mul', inputs: ['masked', 'factor'], outputs: ['scaled'] },
          {
            op: 'ReduceSum',
            inputs: ['scaled', 'axis'],
            outputs: ['y'],
            attributes: { keepdims: { int: 0 } },
          },
        ],
      }),
      mostRows: 30,
      good(draws) {
        const x = several(draws.whole('length', 1, 40), () => number(draws));
        const mask = x.map(() => draws.whole('masked', 0, 1));
        const answer = x.reduce((sum, value, i) => sum + value * (mask[i] ?? 0) * factor, 0);
        return { instance: draws.chance('named', 0.5) ? { x, mask } : [x, mask], answer };
      },
      bad(draws) {
        const x = several(draws.whole('length', 3, 40), () => number(draws));
        const mask = x.map(() => 1);
        if (draws.chance('nonsense', 0.3)) return nonsense(draws);
        return { x, mask: mask.slice(draws.whole('cut', 1, mask.length - 1)) };
      },
    };
  },
};

/** A batch dimension fixed at one, as exporters without dynamic axes write it: many rows are many runs. */
export const oneByOne: Kind = {
  name: 'batch of one',
  create(chance) {
    const columns = chance.whole('columns', 1, 6);
    const offset = number(chance);
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'float32', shape: [1, columns] }],
        outputs: [{ name: 'y', type: 'float32', shape: [1, columns] }],
        initializers: [tensor('offset', 'float32', [1], [offset])],
        nodes: [{ op: 'Add', inputs: ['x', 'offset'], outputs: ['y'] }],
      }),
      mostRows: 120,
      good(draws) {
        const x = several(columns, () => number(draws));
        return { instance: x, answer: x.map((value) => value + offset) };
      },
      bad: (draws) => [...several(columns, () => number(draws)), 1],
    };
  },
};

/** The mean of all rows of a run is taken off: rows may not share one. */
export const mixing: Kind = {
  name: 'rows that mix',
  create(chance) {
    const columns = chance.whole('columns', 1, 3);
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'float32', shape: ['N', columns] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['N', columns] }],
        initializers: [tensor('axis', 'int64', [1], [0])],
        nodes: [
          { op: 'ReduceSum', inputs: ['x', 'axis'], outputs: ['sum'], attributes: { keepdims: { int: 1 } } },
          { op: 'Sub', inputs: ['x', 'sum'], outputs: ['y'] },
        ],
      }),
      mostRows: 12,
      good(draws) {
        const x = several(columns, () => number(draws));
        return { instance: x, answer: x.map(() => 0) };
      },
      bad: (draws) => several(columns + 1, () => number(draws)),
    };
  },
};

/** Bright spots of an image: none, one or many, and always a list of them. */
export const boxes: Kind = {
  name: 'boxes',
  create(chance) {
    const side = chance.whole('side', 2, 5);
    const first = chance.pick<number | string>('first', [1, 'N']);
    return {
      model: onnxModel({
        inputs: [{ name: 'image', type: 'float32', shape: [first, side, side] }],
        outputs: [{ name: 'boxes', type: 'int64', shape: ['n', 3] }],
        initializers: [tensor('half', 'float32', [], [0.5])],
        nodes: [
          { op: 'Greater', inputs: ['image', 'half'], outputs: ['bright'] },
          { op: 'NonZero', inputs: ['bright'], outputs: ['spots'] },
          { op: 'Transpose', inputs: ['spots'], outputs: ['boxes'], attributes: { perm: { ints: [1, 0] } } },
        ],
      }),
      mostRows: 10,
      good(draws) {
        const share = draws.pick('share', [0, 0.1, 0.5]);
        const image = several(side, () => several(side, () => (draws.chance('bright', share) ? 1 : 0)));
        const answer = image.flatMap((row, y) => row.flatMap((value, x) => (value === 1 ? [[0, y, x]] : [])));
        return { instance: image, answer };
      },
      bad: (draws) => several(side, () => several(side - 1, () => number(draws))),
    };
  },
};

/** A reply that may be larger than the endpoint carries: 413 then, and no more work than that. */
export const wide: Kind = {
  name: 'wide outputs',
  create(chance) {
    const width = chance.whole('width', 100, 1000);
    // So many ids are more than a reply holds.
    const tooMany = Math.ceil(800_000 / width);
    return {
      model: onnxModel({
        inputs: [{ name: 'ids', type: 'int64', shape: ['N', 'S'] }],
        outputs: [{ name: 'y', type: 'int64', shape: ['N', 'S', width] }],
        initializers: [tensor('axis', 'int64', [1], [2]), tensor('to', 'int64', [3], [1, 1, width])],
        nodes: [
          { op: 'Unsqueeze', inputs: ['ids', 'axis'], outputs: ['column'] },
          { op: 'Expand', inputs: ['column', 'to'], outputs: ['y'] },
        ],
      }),
      mostRows: 6,
      good(draws) {
        const length = draws.chance('long', 0.01) ? tooMany : draws.whole('length', 1, 4);
        const ids = several(length, () => draws.whole('id', 0, 9));
        return { instance: ids, answer: ids.map((id) => Array<number>(width).fill(id)) };
      },
      bad: (draws) => [draws.whole('id', 0, 9), anyOf(draws, 'wrong', ['1x', 0.5, null, {}, [1]])],
    };
  },
};

/** Integers of 64 bits, beyond what a number holds: as text of digits in both directions. */
export const integers: Kind = {
  name: 'int64',
  create() {
    const least = -(2n ** 63n);
    const said = (value: bigint): unknown =>
      Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
    return {
      model: models.identity('int64', ['N', 3]),
      mostRows: 40,
      good(draws) {
        const x = several(3, () =>
          draws.chance('large', 0.3)
            ? BigInt.asIntN(64, least + BigInt(draws.whole('high', 0, 2 ** 31)) * 2n ** 32n + 1n)
            : BigInt(draws.whole('small', -1000, 1000)),
        );
        return { instance: x.map(said), answer: x.map(said) };
      },
      bad: (draws) => [1, anyOf(draws, 'wrong', [1.5, 2 ** 60, '9223372036854775808', 'ten', null, true]), 2],
    };
  },
};

export const truth: Kind = {
  name: 'bool',
  create: () => ({
    model: onnxModel({
      inputs: [{ name: 'x', type: 'bool', shape: ['N', 2] }],
      outputs: [{ name: 'y', type: 'bool', shape: ['N', 2] }],
      nodes: [{ op: 'Not', inputs: ['x'], outputs: ['y'] }],
    }),
    mostRows: 40,
    good(draws) {
      const x = several(2, () => draws.chance('true', 0.5));
      return { instance: x, answer: x.map((value) => !value) };
    },
    bad: (draws) => [true, anyOf(draws, 'wrong', [1, 0, 'true', null, []])],
  }),
};

export const doubles: Kind = {
  name: 'float64',
  create: () => ({
    model: models.identity('float64', ['N', 2]),
    mostRows: 40,
    good(draws) {
      const x = several(2, () => draws.between('double', -1e12, 1e12));
      return { instance: { x }, answer: x };
    },
    bad: (draws) => ({ x: [1, anyOf(draws, 'wrong', ['1', false, null, [2]])] }),
  }),
};
