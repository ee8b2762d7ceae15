/** Models of texts, categories, columns and labels; and one behind a handler. */
import type { Chance } from '../../support/random.ts';
import * as models from '../models.ts';
import { onnxModel, tensor } from '../../support/onnx-writer.ts';
import { anyOf, NONSENSE, several, type Kind } from './subject.ts';

const WORDS = [
  'red',
  'green',
  'größe',
  '漢字',
  '😀',
  '"quoted"',
  'a\tb',
  '',
  '\\',
  '__proto__',
  'NaN',
] as const;
// ONNX Runtime's texts end at NUL, and are UTF-8: a lone surrogate is none.
const NO_TEXT = ['a\u0000b', '\ud800', 'x\udc00y'] as const;
const number = (chance: Chance): number => Math.fround(chance.between('number', -4, 4));

/** One-hot encoding as scikit-learn exports it by default: an unknown category is refused by the runtime. */
export const categories: Kind = {
  name: 'categories',
  create(chance) {
    const known = several(chance.whole('categories', 2, 6), (i) => `c${i}`);
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'string', shape: ['N', 1] }],
        outputs: [{ name: 'y', type: 'float32', shape: ['N', 1, known.length] }],
        nodes: [
          {
            op: 'OneHotEncoder',
            domain: 'ai.onnx.ml',
            inputs: ['x'],
            outputs: ['y'],
            attributes: { cats_strings: known, zeros: { int: 0 } },
          },
        ],
      }),
      mostRows: 40,
      good(draws) {
        const at = draws.whole('category', 0, known.length - 1);
        const answer = [known.map((_, i) => (i === at ? 1 : 0))];
        return { instance: draws.chance('bare', 0.5) ? known[at] : [known[at]], answer };
      },
      bad: (draws) => anyOf(draws, 'unknown', ['zzz', 'c99', '', ['c0', 'c0'], 7, null, ['nobody']]),
    };
  },
};

/** Texts, which come back as they are or are refused. */
export const texts: Kind = {
  name: 'texts',
  create: () => ({
    model: models.identity('string', ['N', 2]),
    mostRows: 30,
    good(draws) {
      const x = several(2, () => draws.pick('word', WORDS).repeat(draws.whole('times', 0, 3)));
      return { instance: x, answer: x };
    },
    bad: (draws) => [
      'a',
      draws.chance('text', 0.6) ? anyOf(draws, 'wrong', NO_TEXT) : anyOf(draws, 'other', [1, null, [], true]),
    ],
  }),
};

/** Columns of a table: an object, an array in their order, with or without a key. */
export const columns: Kind = {
  name: 'columns',
  create: () => ({
    model: models.columns(),
    mostRows: 40,
    good(draws) {
      const age = draws.whole('age', 0, 120);
      const name = draws.pick('word', WORDS);
      const answer = { older: [age + 1], called: [name] };
      if (draws.chance('array', 0.3)) return { instance: [age, name], answer };
      if (draws.chance('plain', 0.5)) return { instance: { name: [name], age: [age] }, answer };
      const key = anyOf(draws, 'key', ['k', 7, null, { id: [1] }, '__proto__']);
      return { instance: { age, name, key }, answer: { key, ...answer } };
    },
    bad: (draws) =>
      anyOf(draws, 'wrong', [
        { age: 1 },
        { age: 1, name: 'a', more: 1 },
        { age: 'b', name: 'a' },
        [1],
        [1, 2],
        3,
        null,
      ]),
  }),
};

/** ZipMap: probabilities by class, whose labels are numbers or texts. */
export const zipMap: Kind = {
  name: 'ZipMap',
  create(chance) {
    const count = chance.whole('classes', 2, 5);
    const textual = chance.chance('textual', 0.5);
    const labels = several(count, (i) => (textual ? `class "${i}"` : i * 7 - 3));
    return {
      model: models.zipMap(textual ? labels.map(String) : labels.map(Number)),
      mostRows: 40,
      good(draws) {
        const x = several(count, () => number(draws));
        return {
          instance: x,
          answer: { scores: x, probabilities: Object.fromEntries(labels.map((label, i) => [label, x[i]])) },
        };
      },
      bad: (draws) => anyOf(draws, 'nonsense', NONSENSE),
    };
  },
};

/** A sequence of one tensor a target, as MultiOutputClassifier exports it. */
export const lists: Kind = {
  name: 'lists',
  create: () => ({
    model: models.tensorSequence(),
    mostRows: 40,
    good(draws) {
      const x = several(2, () => number(draws));
      return { instance: x, answer: [x, x.map((value) => -value)] };
    },
    bad: (draws) => anyOf(draws, 'nonsense', NONSENSE),
  }),
};

/** A linear classifier whose labels are texts; LightGBM's exporter declares them [1], whatever the rows. */
export const stringLabels: Kind = {
  name: 'string labels',
  create(chance) {
    const labels = ['low', 'größer', 'high'];
    const coefficients = several(6, () => number(chance));
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'float32', shape: ['N', 2] }],
        outputs: [
          { name: 'label', type: 'string', shape: [chance.pick<number | string>('declared', [1, 'N'])] },
          { name: 'scores', type: 'float32', shape: ['N', 3] },
        ],
        nodes: [
          {
            op: 'LinearClassifier',
            domain: 'ai.onnx.ml',
            inputs: ['x'],
            outputs: ['label', 'scores'],
            attributes: {
              classlabels_strings: labels,
              coefficients,
              intercepts: [0, 0, 0],
              post_transform: 'NONE',
            },
          },
        ],
      }),
      mostRows: 30,
      good(draws) {
        const x = several(2, () => number(draws));
        const scores = labels.map((_, i) =>
          x.reduce((sum, value, j) => sum + value * (coefficients[i * 2 + j] ?? 0), 0),
        );
        const best = scores.indexOf(Math.max(...scores));
        return { instance: x, answer: { label: labels[best], scores } };
      },
      bad: (draws) => anyOf(draws, 'nonsense', NONSENSE),
    };
  },
};

const HANDLER = `
// What a handler may get wrong, by what the instance asks for.
const NONSENSE = {
  bigint: () => 1n,
  cycle: () => { const ring = {}; ring.ring = ring; return ring; },
  deep: () => { let deep = 1; for (let i = 0; i < 200_000; i += 1) deep = [deep]; return deep; },
  throws: () => { throw new Error('an honest mistake'); },
  toJSON: () => ({ toJSON() { throw new TypeError('no JSON'); } }),
  rejects: async () => { throw null; },
};
const handler = {
  before: ({ instances, refuse }) => instances.map((instance, i) => {
    if (instance?.mode === 'refused') refuse(i, 'something else', 'this');
    if (instance?.mode === 'throws before') throw new Error('an honest mistake');
    return instance?.x;
  }),
  after: async ({ instances, predictions }) => {
    const modes = instances.map((instance) => instance.mode);
    if (modes.includes('late')) await new Promise((resolve) => setTimeout(resolve, 5));
    if (modes.includes('too few')) return predictions.slice(1);
    if (modes.includes('no array')) return { length: predictions.length };
    return Promise.all(predictions.map((prediction, i) => NONSENSE[modes[i]]?.() ?? { doubled: prediction * 2 }));
  },
};
export { handler as default };
`;

/** A handler that answers nonsense: each such request fails with 500, and no other. */
export const handler: Kind = {
  name: 'handler',
  create: () => ({
    model: models.identity('float32', ['N']),
    handler: HANDLER,
    mostRows: 6,
    good(draws) {
      const x = number(draws);
      const instance = draws.chance('late', 0.1) ? { x, mode: 'late' } : { x, mode: 'plain' };
      return { instance, answer: { doubled: x * 2 } };
    },
    bad: (draws) =>
      draws.chance('refused', 0.5)
        ? { x: 1, mode: 'refused' }
        : { x: anyOf(draws, 'wrong', ['1', null, [1]]), mode: 'plain' },
    failing: (draws) => ({
      x: 1,
      mode: draws.pick('mode', [
        'bigint',
        'cycle',
        'deep',
        'throws',
        'toJSON',
        'rejects',
        'throws before',
        'too few',
        'no array',
      ]),
    }),
  }),
};

/** Two tables of ids that share a run only by their names: an empty text and one of many letters. */
export const lookupByText: Kind = {
  name: 'label encoder',
  create(chance) {
    const keys = WORDS.filter((word) => word !== '');
    const values = keys.map(() => chance.whole('value', -1000, 1000));
    return {
      model: onnxModel({
        inputs: [{ name: 'x', type: 'string', shape: ['N'] }],
        outputs: [{ name: 'y', type: 'int64', shape: ['N'] }],
        initializers: [tensor('unused', 'int64', [1], [0])],
        nodes: [
          {
            op: 'LabelEncoder',
            domain: 'ai.onnx.ml',
            inputs: ['x'],
            outputs: ['y'],
            attributes: {
              keys_strings: [...keys],
              values_int64s: { ints: values },
              default_int64: { int: -5 },
            },
          },
        ],
      }),
      mostRows: 40,
      good(draws) {
        if (draws.chance('unknown', 0.2)) return { instance: 'nowhere', answer: -5 };
        const at = draws.whole('key', 0, keys.length - 1);
        return { instance: keys[at], answer: values[at] };
      },
      bad: (draws) => anyOf(draws, 'wrong', [1, null, [], ['a', 'b'], ...NO_TEXT]),
    };
  },
};
