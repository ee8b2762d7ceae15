/** A row that does not fit costs itself alone where errors are of rows, as in a batch. */
import { describe, expect, test } from 'vitest';
import { rowErrorOf } from '../../../common/batch/rows.ts';
import { seededRandom } from '../../../emulator/core/random.ts';
import { defineHandler } from '../../../predictor/handler.ts';
import { FeatureRefused, FeaturesUnavailable } from '../../../predictor/features/refusals.ts';
import type { Runtime } from '../../../predictor/model/runtime.ts';
import { withHandler, type Predict } from '../../../predictor/serve/handled.ts';
import { readBody, type Predictor } from '../../../predictor/serve/predictor.ts';
import { withRowErrors } from '../../../predictor/serve/row-by-row.ts';
import * as models from '../models.ts';
import { post, serve } from '../requests.ts';
import { ask, predictions, servePredictor } from '../served.ts';

const inRows = { errors: 'row' } as const;

function refusal(message: unknown, key?: unknown): unknown {
  return { ...(key === undefined ? {} : { key }), error: { code: 400, status: 'INVALID_ARGUMENT', message } };
}

describe('in the place of its prediction', () => {
  const good = [1, 2, 3];
  const rows = [good, [1, 'x', 3], good, 'no', good, [1, 2], good];

  test('each row that does not fit has its error, and the others their answers', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 3]), inRows);
    expect(await predictions(predictor, rows)).toEqual([
      good,
      refusal('x[1]: expected a number (float32), got a string'),
      good,
      refusal(expect.stringMatching(/^x: expected .*, got a string$/)),
      good,
      refusal(expect.stringMatching(/^x: expected .*, got an array of 2$/)),
      good,
    ]);
  });

  test('the request says what an error costs, whatever the server is set to', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 3]));
    expect(await predictions(predictor, rows, { errors: 'row' })).toHaveLength(7);
    await expect(predictions(predictor, rows, { errors: 'request' })).rejects.toThrow(/^instances\[1\]\./);
    await expect(predictions(predictor, rows)).rejects.toThrow(/^instances\[1\]\./);
    await expect(predictions(predictor, rows, { errors: 'rows' })).rejects.toThrow(
      'parameters.errors: expected "request" or "row", got "rows"',
    );
  });

  test('a row that the model refuses has the reason of the runtime, and its key', async () => {
    const { predictor } = await servePredictor(models.lookup(), inRows);
    const [first, refused, last] = await predictions(predictor, [0, { index: 99, key: 'a' }, 2]);
    expect([first, last].map(rowErrorOf)).toEqual([undefined, undefined]);
    expect(refused).toEqual(refusal(expect.stringMatching(/^the model cannot take it: Gather: /), 'a'));
  });

  test('any number of rows is refused, each by its own error, and nothing is left behind', async () => {
    const { predictor } = await servePredictor(models.lookup(), inRows);
    const many = Array.from({ length: 500 }, (_, i) => (i % 5 === 0 ? i % 3 : i % 2 === 0 ? 'text' : 99));
    const answers = await predictions(predictor, many);
    expect(answers.map((answer) => rowErrorOf(answer)?.code)).toEqual(
      many.map((row) => (row === 'text' || row === 99 ? 400 : undefined)),
    );
    expect(await predictions(predictor, ['a', 'b', 'c'])).toHaveLength(3);
    expect([predictor.queue.rows, predictor.queue.bytes]).toEqual([0, 0]);
    expect(rowErrorOf((await predictions(predictor, [1]))[0])).toBeUndefined();
  });

  test('rows of several shapes keep their order', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 'M']), inRows);
    const shapes = [[1], [1, 2], ['x'], [3], [[1]], [4, 5]];
    const answers = await predictions(predictor, shapes);
    expect(answers.map((answer) => rowErrorOf(answer) !== undefined)).toEqual([
      false,
      false,
      true,
      false,
      true,
      false,
    ]);
    expect([answers[3], answers[5]]).toEqual([[3], [4, 5]]);
  });

  test('no row is answered alone where the model itself fails', async () => {
    const broken = (runtime: Runtime): Runtime => ({
      ...runtime,
      run: () => Promise.reject(new Error('gone')),
    });
    const { predictor } = await servePredictor(models.lookup(), inRows, broken);
    await expect(ask(predictor, { instances: [0, 1] })).rejects.toThrow('gone');
  });
});

test.each([
  [
    'a fixed shape',
    () => models.identity('float32', ['N', 2]),
    [[1, 2], [0.5, -1], [1], 'x', [1, null], { x: [3, 4], key: 'k' }],
  ],
  [
    'shapes of their own',
    () => models.identity('float32', ['N', 'M']),
    [[1], [1, 2], ['x'], [], [[1]], { y: 1 }, 7],
  ],
  [
    'rows that the model refuses',
    () => models.lookup(),
    [0, 1, 2, 99, -99, 'x', { index: 1, key: 5 }, { index: 99, key: 6 }],
  ],
])('a row in any company is answered as alone: %s', async (_, model, rows) => {
  const { predictor } = await servePredictor(model(), inRows);
  const alone = await Promise.all(rows.map(async (row) => (await predictions(predictor, [row]))[0]));
  const random = seededRandom(7);
  const draw = () =>
    Array.from({ length: 1 + Math.floor(random() * 40) }, () => Math.floor(random() * rows.length));
  // At the same time, so that requests share runs; some of them fail as a whole.
  const batches = Array.from({ length: 30 }, draw);
  const answered = await Promise.all(
    batches.map((batch, i) =>
      predictions(
        predictor,
        batch.map((row) => rows[row]),
        i % 5 === 0 ? { errors: 'request' } : undefined,
      ).catch(() => null),
    ),
  );
  // Null are the requests that are refused as a whole, of those that ask for it.
  const expected = batches.map((batch, i) => (answered[i] === null ? null : batch.map((row) => alone[row])));
  expect(answered).toEqual(expected);
  expect(answered.flatMap((answers, i) => (answers === null ? [i % 5] : []))).not.toContain(1);
  expect(answered.filter((answers) => answers !== null).length).toBeGreaterThanOrEqual(24);
  expect([predictor.queue.rows, predictor.queue.bytes]).toEqual([0, 0]);
});

test('a batch is answered with 200, beyond what an endpoint carries', async () => {
  const batch = { ownEndpointId: '717406799', errors: 'row' } as const;
  const { app } = await serve(models.identity('float32', ['N', 'M']), batch);
  const large = Array.from({ length: 300_000 }, () => 0.125);
  const response = await app.inject(post({ instances: [large, 'no'] }));
  expect(response.statusCode).toBe(200);
  expect(response.json().predictions).toEqual([large, refusal(expect.any(String))]);
});

test('what a handler refuses costs its row as well', async () => {
  const handler = defineHandler({
    before: ({ instances, refuse }) =>
      instances.map((city, i) =>
        Object(city).name === 'Atlantis' ? refuse(i, 'a city', 'none') : [Object(city).x],
      ),
    after: ({ predictions, instances, refuse }) =>
      predictions.map((price, i) =>
        Object(instances[i]).late === true ? refuse(i, 'a date', 'none') : { price },
      ),
  });
  const { app } = await serve(models.identity('float32', ['N', 1]), {
    ...inRows,
    around: (predictor) => withRowErrors(withHandler(predictor, handler, undefined), 'row'),
  });
  const instances = [
    { name: 'Rome', x: 1 },
    { name: 'Atlantis', key: 7 },
    { name: 'Oslo', x: 'far' },
    { name: 'Bonn', x: 4, late: true },
    { name: 'Bern', x: 5 },
  ];
  const response = await app.inject(post({ instances }));
  expect(response.json().predictions).toEqual([
    { price: [1] },
    refusal('expected a city, got none', 7),
    refusal('x[0]: expected a number (float32), got a string'),
    refusal('expected a date, got none'),
    { price: [5] },
  ]);
});

test('a row whose features are missing costs itself alone; a store that is away costs the request', async () => {
  const around = (predictor: Predictor): Predict =>
    withRowErrors((body, settle, isDisconnected) => {
      const { instances, ...more } = readBody(body);
      const missing = instances.indexOf('c-2');
      if (missing >= 0)
        throw new FeatureRefused('FEATURES_MISSING', missing, 'c.age', 'this customer', 'none');
      if (instances.includes('away')) throw new FeaturesUnavailable('customer', 'timeout');
      predictor.predict({ ...more, instances: instances.map(() => [1, 2]) }, settle, isDisconnected);
    }, 'row');
  const { app } = await serve(models.identity('float32'), { ...inRows, around });
  const response = await app.inject(post({ instances: ['c-1', 'c-2', 'c-3'] }));
  expect(response.json().predictions).toEqual([
    [1, 2],
    refusal('expected the feature c.age of this customer, got none (FEATURES_MISSING)'),
    [1, 2],
  ]);
  expect((await app.inject(post({ instances: ['c-1', 'away'] }))).statusCode).toBe(503);
});
