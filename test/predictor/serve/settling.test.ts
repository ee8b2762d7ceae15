/** Nothing that goes wrong with one request, its run or its answer ends the server or is another's answer. */
import { describe, expect, test } from 'vitest';
import { defineHandler } from '../../../predictor/handler.ts';
import type { Runtime } from '../../../predictor/model/runtime.ts';
import { withHandler } from '../../../predictor/serve/handled.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

const BAD = 99_999;

describe('a row that the model cannot take', () => {
  test('leaves the batches of those that come after it whole', async () => {
    const { predictor } = await servePredictor(models.lookup());
    const asked = [1, 0, BAD, 2].map((row) => predictions(predictor, [row]));
    const answers = await Promise.allSettled(asked);
    expect(answers.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
    for (let round = 0; round < 5; round += 1) {
      const good = [1, 0, 2].map((row) => predictions(predictor, [row]));
      expect(await Promise.all(good)).toEqual([[20], [10], [30]]);
    }
  });
});

describe('a runtime that', () => {
  const kinds: { name: string; run: () => Promise<never> }[] = [
    {
      name: 'throws',
      run: () => {
        throw new Error('no memory');
      },
    },
    { name: 'rejects', run: () => Promise.reject(new Error('no memory')) },
  ];

  test.each(kinds)('$name fails its requests, and goes on with the next', async ({ run }) => {
    let broken = true;
    const wrap = (runtime: Runtime): Runtime => ({
      ...runtime,
      run: (feeds) => (broken ? run() : runtime.run(feeds)),
    });
    const { predictor } = await servePredictor(models.logistic(1), {}, wrap);
    await expect(Promise.all([1, 2, 3].map((x) => predictions(predictor, [x])))).rejects.toThrow('no memory');
    broken = false;
    expect(await predictions(predictor, [1])).toHaveLength(1);
    expect([predictor.queue.rows, predictor.queue.bytes]).toEqual([0, 0]);
  });
});

test('a request whose answer has nowhere to go harms no neighbour', async () => {
  const { predictor } = await servePredictor(models.identity('float32'));
  const first = predictions(predictor, [[0, 0]]);
  predictor.predict({ instances: [[1, 1]] }, () => {
    throw new Error('the connection is gone');
  });
  expect(await Promise.all([first, predictions(predictor, [[2, 2]])])).toEqual([[[0, 0]], [[2, 2]]]);
});

describe('an answer of a handler that JSON cannot say', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  test.each([
    { name: 'a BigInt', answer: 1n },
    { name: 'a circle', answer: circle },
    { name: 'nested too deeply', answer: JSON.parse('['.repeat(300_000) + ']'.repeat(300_000)) },
    { name: 'nothing', answer: undefined },
    { name: 'a function', answer: () => 1 },
  ])('$name is the error of its request', async ({ answer }) => {
    const { predictor } = await servePredictor(models.identity('float32', ['N']));
    const predict = withHandler(predictor, defineHandler({ after: () => [answer] }), undefined);
    const outcome = await new Promise((resolve) => {
      predict({ instances: [1] }, resolve, () => false);
    });
    expect(outcome).toMatchObject({ ok: false, error: expect.any(Error) });
  });
});

test('a key that nests too deeply to be written is named', async () => {
  const { predictor } = await servePredictor(models.logistic(1));
  const key: unknown = JSON.parse('['.repeat(600_000) + ']'.repeat(600_000));
  await expect(ask(predictor, { instances: [{ x: 1 }, { x: 1, key }] })).rejects.toThrow(
    'instances[1].key: expected a value, got one that nests too deeply',
  );
});
