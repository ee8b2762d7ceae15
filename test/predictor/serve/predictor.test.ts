import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

describe('a prediction', () => {
  test('is the bare value of the only output', async () => {
    const { predictor } = await servePredictor(models.logistic());
    expect(await predictions(predictor, [[0, 0, 0]])).toEqual([
      [expect.closeTo(1 / (1 + Math.exp(-0.25)), 6)],
    ]);
  });

  test('is an object by output name when there are several', async () => {
    const { predictor } = await servePredictor(models.trees());
    const [prediction] = await predictions(predictor, [[1, 0]]);
    expect(prediction).toEqual({ label: 1, scores: [expect.closeTo(0.3, 6), expect.closeTo(0.7, 6)] });
  });

  test.each([{ version: 'v1' }, { version: 'v2' }])(
    'of the example $version is what scikit-learn said',
    async ({ version }) => {
      const folder = new URL(`../../../examples/breast-cancer/artifacts/${version}/`, import.meta.url);
      const { predictor } = await servePredictor(readFileSync(new URL('model.onnx', folder)));
      const golden = readFileSync(new URL('golden.jsonl', folder), 'utf8')
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line));
      const got = await predictions(
        predictor,
        golden.map((row) => row.instance),
      );
      golden.forEach(({ prediction }, i) => {
        const [zero, one] = prediction.probabilities;
        expect(got[i]).toEqual({
          ...prediction,
          probabilities: [expect.closeTo(zero, 5), expect.closeTo(one, 5)],
        });
      });
    },
  );

  test('of no instances is none', async () => {
    const { predictor } = await servePredictor(models.logistic());
    expect(await ask(predictor, { instances: [] })).toBe('{"predictions":[]}');
  });
});

describe('element types come back as they went in', () => {
  test.each([
    { type: 'float32', instance: [1.5, -0.25] },
    { type: 'float64', instance: [0.1, 1e300] },
    { type: 'int8', instance: [-128, 127] },
    { type: 'int16', instance: [-32768, 32767] },
    { type: 'int32', instance: [-2147483648, 2147483647] },
    { type: 'uint8', instance: [0, 255] },
    { type: 'uint16', instance: [0, 65535] },
    { type: 'uint32', instance: [0, 4294967295] },
    { type: 'int64', instance: [-9007199254740991, 9007199254740991] },
    { type: 'int64', instance: ['9223372036854775807', '-9223372036854775808'] },
    { type: 'uint64', instance: [0, '18446744073709551615'] },
    { type: 'bool', instance: [true, false] },
    { type: 'string', instance: ['', 'höher ✓ "x"\n'] },
  ] as const)('$type $instance', async ({ type, instance }) => {
    const { predictor } = await servePredictor(models.identity(type));
    expect(await predictions(predictor, [instance, instance])).toEqual([instance, instance]);
  });

  test('minus zero keeps its sign', async () => {
    const { predictor } = await servePredictor(models.identity('float32'));
    expect(await ask(predictor, { instances: [[-0, 0]] })).toBe('{"predictions":[[-0,0]]}');
  });

  test('what JSON cannot say is text', async () => {
    const { predictor } = await servePredictor(models.identity('float32'), { nullIsNaN: true });
    expect(await predictions(predictor, [[null, 1]])).toEqual([['NaN', 1]]);
  });
});

describe('maps and sequences of scikit-learn exports', () => {
  test.each([{ labels: [0, 1] }, { labels: [-1, 3] }, { labels: ['benign', '"quoted"'] }])(
    'a map by class $labels',
    async ({ labels }) => {
      const { predictor } = await servePredictor(models.zipMap(labels));
      const [first, second] = await predictions(predictor, [
        [0.25, 0.75],
        [1, 0],
      ]);
      const [a, b] = labels.map(String);
      expect(first).toEqual({ scores: [0.25, 0.75], probabilities: { [a ?? '']: 0.25, [b ?? '']: 0.75 } });
      expect(second).toEqual({ scores: [1, 0], probabilities: { [a ?? '']: 1, [b ?? '']: 0 } });
    },
  );

  test('a sequence of tensors is a list of their rows', async () => {
    const { predictor } = await servePredictor(models.tensorSequence());
    expect(
      await predictions(predictor, [
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([
      [
        [1, 2],
        [-1, -2],
      ],
      [
        [3, 4],
        [-3, -4],
      ],
    ]);
  });
});

describe('instances', () => {
  test('may be objects by input name, arrays by position, columns bare or wrapped', async () => {
    const { predictor } = await servePredictor(models.columns());
    const got = await predictions(predictor, [
      { age: 41, name: 'Ada' },
      { name: ['Bob'], age: [9] },
      [20, 'Cleo'],
    ]);
    expect(got).toEqual([
      { older: [42], called: ['Ada'] },
      { older: [10], called: ['Bob'] },
      { older: [21], called: ['Cleo'] },
    ]);
  });

  test('of one request may differ in shape where the model leaves it open', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 'T', 2]));
    const instances = [
      [[1, 2]],
      [
        [3, 4],
        [5, 6],
      ],
      [[7, 8]],
      [],
      [
        [9, 10],
        [11, 12],
      ],
    ];
    expect(await predictions(predictor, instances)).toEqual(instances);
  });

  test('of a model without a row dimension run one at a time', async () => {
    const { predictor, runs } = await servePredictor(models.identity('float32', [2, 2]));
    const instances = [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
    ];
    expect(await predictions(predictor, instances)).toEqual(instances);
    expect(runs).toEqual([1, 1]);
  });

  test('of a model for one row need no extra dimension', async () => {
    const { predictor } = await servePredictor(models.identity('float32', [1, 2]));
    expect(
      await predictions(predictor, [
        [1, 2],
        [3, 4],
      ]),
    ).toEqual([
      [1, 2],
      [3, 4],
    ]);
  });
});

describe('keys', () => {
  test('come back in the prediction, whatever they are', async () => {
    const { predictor } = await servePredictor(models.logistic(1));
    const got = await predictions(predictor, [{ key: 'a"1', x: [0] }, [0], { key: { id: [7] }, x: 0 }]);
    expect(got[0]).toEqual({ key: 'a"1', y: [expect.any(Number)] });
    expect(got[1]).toEqual([expect.any(Number)]);
    expect(got[2]).toEqual({ key: { id: [7] }, y: [expect.any(Number)] });
  });

  test('stay with their rows when a request takes many runs', async () => {
    const { predictor, runs } = await servePredictor(models.identity('float32'), { maxBatchRows: 3 });
    const instances = Array.from({ length: 10 }, (_, i) => ({ key: i, x: [i, -i] }));
    expect(await predictions(predictor, instances)).toEqual(instances.map(({ key, x }) => ({ key, y: x })));
    expect(runs).toEqual([3, 3, 3, 1]);
  });
});

describe('parameters', () => {
  test('choose outputs, in the order asked for', async () => {
    const { predictor } = await servePredictor(models.trees());
    expect(await predictions(predictor, [[1, 0]], { outputs: ['label'] })).toEqual([1]);
    const text = await ask(predictor, { instances: [[1, 0]], parameters: { outputs: ['scores', 'label'] } });
    expect(text).toMatch(/^{"predictions":\[{"scores":\[.*\],"label":1}\]}$/);
  });

  test('round', async () => {
    const { predictor } = await servePredictor(models.trees());
    expect(await predictions(predictor, [[1, 0]], { decimals: 2 })).toEqual([
      { label: 1, scores: [0.3, 0.7] },
    ]);
  });
});
