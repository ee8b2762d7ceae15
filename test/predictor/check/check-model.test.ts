import { describe, expect, test } from 'vitest';
import * as models from '../models.ts';
import * as company from '../models-in-company.ts';
import * as others from '../models-without-rows.ts';
import * as graphs from '../graph-writer.ts';
import { check, lines, shapes } from './checking.ts';

describe('an instance is all of the tensors where the first dimension counts something else:', () => {
  test.each([
    { name: 'a series', bytes: others.waveform(), takes: [[null]], gives: [[2]] },
    {
      name: 'a series that nobody has named',
      bytes: others.waveform('', ['', 2]),
      takes: [[null]],
      gives: [[2]],
    },
    { name: 'a series called N', bytes: others.waveform('N', [1, 2]), takes: [[null]], gives: [[2]] },
    {
      name: 'a graph',
      bytes: others.graphNetwork([2, 'edges']),
      takes: [
        [null, 2],
        [2, null],
      ],
      gives: [[null, 2]],
    },
    {
      name: 'a graph whose edges are rows',
      bytes: others.graphNetwork(['n_edges', 2]),
      takes: [
        [null, 2],
        [null, 2],
      ],
      gives: [[null, 2]],
    },
    { name: 'a sequence', bytes: others.timeMajor(), takes: [[null, null, 2]], gives: [[null, 3]] },
    {
      name: 'a sequence that nobody has named',
      bytes: others.timeMajor('', ''),
      takes: [[null, null, 2]],
      gives: [[null, 3]],
    },
    { name: 'a picture for a run', bytes: others.boxes(1, 'n'), takes: [[1, 2, 2]], gives: [[null, 4]] },
    {
      name: 'what is reduced to one number',
      bytes: others.unshaped('ReduceMax'),
      takes: [[null]],
      gives: [[]],
    },
  ])('$name', async ({ bytes, takes, gives }) => {
    const { layout, costVaries } = await check(bytes);
    expect(layout.batched).toBe(false);
    expect(shapes(layout)).toEqual({ takes, gives });
    expect(costVaries).toBe(takes.some((shape) => shape.includes(null)));
  });

  test('as its golden rows show, where runs show nothing', async () => {
    const sums = company.MIXING['sums up the rows before'] ?? Buffer.alloc(0);
    const { layout, remarks } = await check(
      sums,
      lines([
        [
          [1, 2],
          [3, 4],
        ],
        [
          [1, 2],
          [4, 6],
        ],
      ]),
    );
    expect(shapes(layout)).toEqual({ takes: [[null, 2]], gives: [[null, 2]] });
    expect(remarks).toEqual([]);
  });
});

describe('slipway.rows', () => {
  const identity = (rows: string, x: readonly (number | string)[] = ['N', 2]) =>
    graphs.graph(x, x, [{ op: 'Abs', inputs: ['x'], outputs: ['y'] }], [], { 'slipway.rows': rows });

  test('none: an instance is the tensors as they are', async () => {
    const { layout } = await check(identity('none'));
    expect(shapes(layout)).toEqual({ takes: [[null, 2]], gives: [[null, 2]] });
  });

  test('first: rows share a run, if runs do not show another thing', async () => {
    expect((await check(identity('first'))).layout.batched).toBe(true);
    const constant = graphs.graph(
      ['N', 2],
      ['N', 2],
      [{ op: 'Sub', inputs: ['x', 'x'], outputs: ['y'] }],
      [],
      {
        'slipway.rows': 'first',
      },
    );
    expect((await check(constant)).layout.batched).toBe(true);
  });

  test.each([
    {
      name: 'rows that mix',
      bytes: graphs.graph(
        ['N', 2],
        ['N', 2],
        [{ op: 'Softmax', inputs: ['x'], outputs: ['y'], attributes: { axis: { int: 0 } } }],
        [],
        { 'slipway.rows': 'first' },
      ),
      why: /together y\[0\] of a row is/,
    },
    {
      name: 'outputs that do not follow',
      bytes: others.waveform('N', [1, 2], { 'slipway.rows': 'first' }),
      why: /first dimension of y does not count them$/,
    },
    {
      name: 'a first dimension that is not open',
      bytes: identity('first', [3, 2]),
      why: /input "x" has no open first dimension/,
    },
    { name: 'another word', bytes: identity('rows'), why: /expected slipway\.rows to be "first" or "none"/ },
  ])('is refused with $name', async ({ bytes, why }) => {
    await expect(check(bytes)).rejects.toThrow(why);
  });
});

describe('what can never be asked is refused:', () => {
  const identity = (shape: readonly (number | string)[]) => models.identity('float32', shape);
  test.each([
    {
      name: 'a dimension of 0',
      bytes: identity([0, 3]),
      why: /^input "x": dimension 0 is declared 0, .* export it open/,
    },
    {
      name: 'a dimension of 0 elsewhere',
      bytes: identity(['N', 3, 0]),
      why: /^input "x": dimension 2 is declared 0/,
    },
    {
      name: 'more numbers than a request has',
      bytes: identity(['N', 1000, 1000]),
      why: /^one instance \(x \[\?, 1000, 1000\]\) is more than a request of 1500000 bytes/,
    },
    {
      name: 'a dimension of 0 before others',
      bytes: models.identity('int64', [0, 2, 2]),
      why: /^input "x": dimension 0 is declared 0/,
    },
  ])('$name', async ({ bytes, why }) => {
    await expect(check(bytes)).rejects.toThrow(why);
  });

  test.each([
    { name: 'no inputs', bytes: others.inputless(), takes: [], gives: [[]] },
    { name: 'an empty list', bytes: identity([0]), takes: [[0]], gives: [[0]] },
    { name: 'two empty lists', bytes: identity([2, 0]), takes: [[2, 0]], gives: [[2, 0]] },
  ])('but not $name, of which an instance can be written', async ({ bytes, takes, gives }) => {
    const { layout, remarks } = await check(bytes);
    expect(shapes(layout)).toEqual({ takes, gives });
    expect({ remarks, batched: layout.batched }).toEqual({ remarks: [], batched: false });
  });

  test('but a handler may make large instances out of small ones, up to what memory holds', async () => {
    await expect(check(identity(['N', 10, 10]), null, { maxBody: 150 })).rejects.toThrow(
      /a request of 150 bytes/,
    );
    expect((await check(identity(['N', 10, 10]), null, { maxBody: null })).layout.batched).toBe(true);
    await expect(check(identity(['N', 30_000, 30_000]), null, { maxBody: null })).rejects.toThrow(
      /more than 1073741824 bytes/,
    );
  });
});

describe('golden rows', () => {
  test('that come out differently refuse the model', async () => {
    await expect(check(models.lookup(), '{"instance":1,"prediction":21}\n')).rejects.toThrow(
      /line 1 differently: prediction: expected 21, got 20/,
    );
  });

  test.each([
    {
      name: 'does not fit',
      row: '{"instance":{"index":"x"},"prediction":10}',
      why: /line 3: index: expected a whole number .*, got a string$/,
    },
    {
      name: 'the runtime refuses',
      row: '{"instance":7,"prediction":10}',
      why: /line 3: .*indices element out of data bounds/,
    },
  ])('of which one $name name its line', async ({ row, why }) => {
    const golden = `{"instance":0,"prediction":10}\n\n${row}\n`;
    await expect(check(models.lookup(), golden)).rejects.toThrow(why);
  });
});

describe('costs', () => {
  test('are measured at several lengths of what is open, and vary', async () => {
    const { timings, costVaries } = await check(models.identity('float32', ['N', 'S']));
    expect(costVaries).toBe(true);
    expect(timings.filter(({ rows }) => rows === 1).map(({ elements }) => elements)).toEqual([
      2, 12, 48, 192, 768, 3072, 12_288, 49_152, 196_608,
    ]);
  });
});

test('a table of any number of columns is remarked upon', async () => {
  const { remarks } = await check(
    graphs.graph(
      ['', ''],
      ['', 1],
      [{ op: 'ReduceSum', inputs: ['x', 'one'], outputs: ['y'] }],
      [graphs.shape('one', 1)],
    ),
  );
  expect(remarks).toEqual([expect.stringMatching(/^x takes any number of columns/)]);
});

test('a model that optimizations make answer differently each time is found out, and steady without them', async () => {
  const training = company.MIXING['normalizes by the run, as in training'] ?? Buffer.alloc(0);
  expect((await check(training)).steady).toBe(false);
  const found = await check(training, null, { optimized: false });
  expect(found).toMatchObject({ steady: true, reading: { rows: 'single' } });
});
