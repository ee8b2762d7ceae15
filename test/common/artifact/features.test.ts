/** features.json: what is read of it, and everything that is wrong with one. */
import { describe, expect, it } from 'vitest';
import { mappingByName, readFeatures, sourceOf } from '../../../common/artifact/features.ts';

const TRAINING = { rows: 1000, nullShare: 0.1, mean: 3, std: 2, edges: [1, 5], shares: [0.2, 0.5, 0.3] };
const COLUMN = { from: 'customer.orders_30d', type: 'number', default: 0, maxAge: '2h', training: TRAINING };

function read(value: unknown) {
  return readFeatures(JSON.stringify(value));
}

function problems(value: unknown): readonly string[] {
  const found = read(value);
  return found.features === null ? found.problems : found.unknown;
}

const withColumn = (column: object) => ({
  schema: 1,
  inputs: [{ name: 'x', columns: [{ ...COLUMN, ...column }] }],
});

describe('a mapping', () => {
  it('has its columns in order, each with source, type, default, age and distribution', () => {
    const found = read({
      schema: 1,
      inputs: [
        { name: 'features', columns: [COLUMN, { from: 'request.amount', type: 'number' }] },
        { name: 'embedding', from: 'customer.v.1', type: 'number', list: 16 },
      ],
      outputs: { score: { output: 'probabilities', index: 1 }, label: { output: 'label' } },
      views: { customer: { version: '3' } },
    });
    expect(found).toMatchObject({ unknown: [] });
    const { features } = found;
    if (features === null) throw new Error('refused');
    expect(features.inputs.map(({ name, isBare }) => [name, isBare])).toEqual([
      ['features', false],
      ['embedding', true],
    ]);
    expect(features.inputs.flatMap(({ columns }) => columns.map(sourceOf))).toEqual([
      'customer.orders_30d',
      'request.amount',
      'customer.v.1',
    ]);
    expect(features.inputs[0]?.columns[0]).toMatchObject({
      default: 0,
      maxAgeMs: 7_200_000,
      training: { rows: 1000, nullShare: 0.1, distribution: { edges: [1, 5], shares: [0.2, 0.5, 0.3] } },
    });
    expect(features.inputs[0]?.columns[1]).toMatchObject({ view: null, default: undefined, maxAgeMs: null });
    expect(features.outputs?.get('score')).toEqual({ output: 'probabilities', index: 1, key: null });
    expect(features.outputs?.get('label')).toEqual({ output: 'label', index: null, key: null });
    expect([...features.versions]).toEqual([['customer', '3']]);
  });

  it('is by name where the artifact has none', () => {
    const { inputs, outputs } = mappingByName([{ name: 'age', type: 'integer' }]);
    expect(inputs).toMatchObject([{ name: 'age', isBare: true, columns: [{ view: null, field: 'age' }] }]);
    expect(outputs).toBeNull();
  });
});

describe('what is wrong', () => {
  it.each<[string, unknown, string]>([
    ['another schema', { ...withColumn({}), schema: 2 }, 'schema: expected 1'],
    ['no inputs', { schema: 1, inputs: [] }, 'inputs: expected a list of 1 to 1000 inputs'],
    ['a source without a view', withColumn({ from: 'orders' }), 'expected "VIEW.FEATURE" or "request.FIELD"'],
    ['no source', withColumn({ from: 7 }), 'inputs[0].columns[0].from: expected'],
    [
      'a field of no name',
      withColumn({ from: 'request.a b' }),
      'expected the name of a field of the request',
    ],
    [
      'a type that is none',
      withColumn({ type: 'float' }),
      'type: expected number, integer, string or boolean',
    ],
    ['a default of another type', withColumn({ default: 'x' }), 'default: expected a value of type number'],
    ['a missing text', withColumn({ type: 'string', default: null }), 'null is a missing number'],
    ['an age that is none', withColumn({ maxAge: '2 hours' }), 'maxAge: expected a duration'],
    ['an age of a request', withColumn({ from: 'request.a' }), 'a field of the request, which has no age'],
    ['a list of nothing', withColumn({ list: 0 }), 'list: expected a whole number from 1'],
    ['statistics of a list', withColumn({ list: 2 }), 'training: expected none for a list'],
    [
      'edges that fall',
      withColumn({ training: { ...TRAINING, edges: [5, 1] } }),
      'expected numbers that rise',
    ],
    ['a share too few', withColumn({ training: { ...TRAINING, shares: [0.5, 0.5] } }), 'one more than edges'],
    [
      'shares of too much',
      withColumn({ training: { ...TRAINING, shares: [1, 1, 1] } }),
      'expected a sum of 1',
    ],
    [
      'categories of numbers',
      withColumn({ training: { ...TRAINING, categories: { a: 1 } } }),
      'expected none for numbers',
    ],
    [
      'from and columns',
      { schema: 1, inputs: [{ name: 'x', ...COLUMN, columns: [COLUMN] }] },
      'expected "from" or "columns", got both',
    ],
    [
      'two inputs of one name',
      { schema: 1, inputs: [withColumn({}).inputs[0], withColumn({}).inputs[0]] },
      'expected each name once',
    ],
    [
      'an element and a key',
      { ...withColumn({}), outputs: { score: { output: 'p', index: 1, key: 'a' } } },
      'outputs.score: expected "index" or "key", got both',
    ],
    [
      'a version with a path',
      { ...withColumn({}), views: { customer: { version: '../x' } } },
      'version: expected',
    ],
    ['an unknown field', withColumn({ fron: 1 }), 'inputs[0].columns[0].fron'],
    ['an unknown section', { ...withColumn({}), view: {} }, 'view'],
  ])('%s', (_, value, expected) => {
    expect(problems(value).join('\n')).toContain(expected);
  });

  it('is told where the text is no JSON, or too long', () => {
    expect(readFeatures('{')).toMatchObject({ features: null, problems: ['expected JSON'] });
    expect(readFeatures(' '.repeat(4_194_305))).toMatchObject({ features: null });
  });
});
