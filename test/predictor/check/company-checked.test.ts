/** Rows that share a run, and rows that must not. */
import { describe, expect, test } from 'vitest';
import * as models from '../models.ts';
import * as company from '../models-in-company.ts';
import * as others from '../models-without-rows.ts';
import * as graphs from '../graph-writer.ts';
import { check, lines, shapes } from './checking.ts';

describe('rows share a run where runs show that they may:', () => {
  test.each(Object.entries(company.INDEPENDENT))('a model that %s', async (_, bytes) => {
    const { reading, remarks } = await check(bytes);
    expect(remarks).toEqual([]);
    expect(reading.rows).toBe('shared');
  });

  test.each([
    { name: 'whose label is declared [1]', bytes: models.trees(1), gives: [[], [2]] },
    { name: 'whose output has no declared shape', bytes: others.unshaped('Identity'), gives: [[]] },
    {
      name: 'of texts, which takes only categories that its file names',
      bytes: others.categories(),
      gives: [[1, 2]],
    },
    { name: 'of indices', bytes: models.lookup(), gives: [[]] },
    { name: 'of columns', bytes: models.columns(), gives: [[1], [1]] },
  ])('a model $name', async ({ bytes, gives }) => {
    const { layout, remarks } = await check(bytes);
    expect(remarks).toEqual([]);
    expect(layout.batched).toBe(true);
    expect(shapes(layout).gives).toEqual(gives);
  });

  test('times runs from one row up to the most', async () => {
    const { timings } = await check(models.logistic());
    expect(timings.map(({ rows }) => rows)).toEqual([1, 4, 16, 64, 256]);
  });
});

describe('rows run one by one where company changes the answer:', () => {
  test.each(Object.entries(company.MIXING))('a model that %s', async (_, bytes) => {
    const { reading, remarks } = await check(bytes);
    expect(reading.rows).toBe('single');
    expect(remarks).toEqual([expect.stringMatching(/^rows run one by one, since together y\[/)]);
  });

  test.each([
    {
      name: 'one golden row',
      golden: lines([
        [1, 2],
        [0, 0],
      ]),
    },
    {
      name: 'equal golden rows',
      golden: lines(
        [
          [1, 2],
          [0, 0],
        ],
        [
          [1, 2],
          [0, 0],
        ],
      ),
    },
    {
      name: 'golden rows that differ',
      golden: lines(
        [
          [1, 2],
          [0, 0],
        ],
        [
          [5, 2],
          [0, 0],
        ],
      ),
    },
  ])('with $name too', async ({ golden }) => {
    const mixing = company.MIXING['subtracts the mean of the run'] ?? Buffer.alloc(0);
    expect((await check(mixing, golden)).reading.rows).toBe('single');
  });

  test('a model that finds another number of boxes in each picture', async () => {
    const { layout, remarks } = await check(
      others.boxes('N', 'n'),
      lines([
        [
          [
            [0, 1],
            [0, 0],
          ],
        ],
        [[0, 0, 0, 1]],
      ]),
    );
    expect(layout.batched).toBe(false);
    expect(shapes(layout)).toEqual({ takes: [[1, 2, 2]], gives: [[null, 4]] });
    expect(remarks).toEqual([expect.stringMatching(/^rows run one by one, .* y does not count them$/)]);
  });

  test('a model that names another thing, though as many of it were found as there are rows', async () => {
    const { layout, remarks } = await check(
      graphs.graph(['N', 2], ['n', 2], [{ op: 'Abs', inputs: ['x'], outputs: ['y'] }]),
    );
    expect(layout.batched).toBe(false);
    expect(remarks).toEqual([expect.stringMatching(/y is led by "n", and the inputs by "N"$/)]);
  });

  test('a model that takes no made-up row, or answers each of them the same', async () => {
    const reshape = graphs.graph(
      ['N', 'S'],
      ['N', 97],
      [{ op: 'Reshape', inputs: ['x', 'to'], outputs: ['y'] }],
      [graphs.shape('to', -1, 97)],
    );
    const refusing = await check(reshape);
    expect(refusing.reading.rows).toBe('single');
    expect(refusing.remarks).toEqual([
      expect.stringMatching(/^rows run one by one, since runs do not show .*Reshape: /),
    ]);
    const constant = graphs.graph(['N', 2], ['N', 2], [{ op: 'Sub', inputs: ['x', 'x'], outputs: ['y'] }]);
    expect((await check(constant)).remarks).toEqual([
      expect.stringMatching(/every made-up row is answered the same/),
    ]);
  });
});
