/** Long queues: what one request puts into it holds nobody up, and goes with its caller. */
import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../../predictor/model/runtime.ts';
import { Deque } from '../../../predictor/serve/deque.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

const MANY = 100_000;
const ONES = Array.from({ length: MANY }, () => [1]);

/** Milliseconds of this process, which other processes of a busy machine do not lengthen. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

test('a deque takes from its front what was pushed, in order', () => {
  const deque = new Deque<{ n: number }>();
  const taken: (number | undefined)[] = [];
  for (let n = 0; n < 1000; n += 1) {
    deque.push({ n });
    if (n % 3 !== 0) continue;
    taken.push(deque.first?.n);
    deque.shift();
  }
  expect(deque.length).toBe(1000 - taken.length);
  expect([...deque].map(({ n }) => n)).toEqual(
    Array.from({ length: deque.length }, (_, i) => taken.length + i),
  );
  expect(taken).toEqual(Array.from({ length: taken.length }, (_, i) => i));
  deque.filter(({ n }) => n % 2 === 0);
  expect([deque.first?.n, deque.last?.n]).toEqual([334, 998]);
  deque.pop();
  expect(deque.last?.n).toBe(996);
});

describe('many rows for a model that takes one at a time', () => {
  test('cost as much each as few do', async () => {
    const free = (runtime: Runtime): Runtime => ({
      ...runtime,
      run: (feeds) => Promise.resolve(feeds.map((feed) => ({ ...feed, data: feed.data.slice() }))),
    });
    const { predictor } = await servePredictor(models.identity('float32', [1, 1]), {}, free);
    await predictions(predictor, ONES.slice(0, 5000));
    const few = cpuMs();
    await predictions(predictor, ONES.slice(0, 5000));
    const many = cpuMs();
    expect(await predictions(predictor, ONES)).toHaveLength(MANY);
    expect((cpuMs() - many) / MANY).toBeLessThan((5 * (many - few)) / 5000);
  });

  test.each([
    { name: 'hangs up', settings: {}, reason: 'gone' },
    { name: 'has waited too long', settings: { timeoutMs: 800 }, reason: 'timeout' },
  ])('go at once when their caller $name', async ({ settings, reason }) => {
    let gone = false;
    const { predictor } = await servePredictor(models.identity('float32', [1, 1]), settings);
    const asked = ask(predictor, { instances: ONES }, () => gone && reason === 'gone');
    expect(predictor.queue.weight).toBe((MANY - 1) * 256);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    gone = true;
    await expect(asked).rejects.toMatchObject({ name: 'Overloaded', reason });
    const before = cpuMs();
    expect(await predictions(predictor, [[2]])).toEqual([[2]]);
    expect(cpuMs() - before).toBeLessThan(200);
    expect([predictor.queue.rows, predictor.queue.bytes, predictor.backlogMs]).toEqual([0, 0, 0]);
  });
});

test('texts count with their length', async () => {
  const gate = Promise.withResolvers<void>();
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    run: async (feeds) => {
      await gate.promise;
      return runtime.run(feeds);
    },
  });
  const { predictor } = await servePredictor(
    models.identity('string', ['N']),
    { maxBatchBytes: 10_000 },
    wrap,
  );
  const first = predictions(predictor, ['']);
  const rest = predictions(predictor, ['x'.repeat(6000), 'y', 'z']);
  expect(predictor.queue.bytes).toBeGreaterThan(12_000);
  gate.resolve();
  await Promise.all([first, rest]);
  expect(predictor.queue.bytes).toBe(0);
});

test('a refused request leaves nothing of itself behind, and all of the others', async () => {
  const { predictor } = await servePredictor(models.identity('float32', ['N', 'T']));
  const first = predictions(predictor, [[0]]);
  const before = predictions(predictor, [[1], [1, 2]]);
  const { rows, bytes } = predictor.queue;
  await expect(ask(predictor, { instances: [[1], [1, 2], [1, 2, 3], ['x']] })).rejects.toThrow(
    /got a string/,
  );
  expect([predictor.queue.rows, predictor.queue.bytes]).toEqual([rows, bytes]);
  const after = predictions(predictor, [[1, 2, 3], [7]]);
  expect(await Promise.all([first, before, after])).toEqual([[[0]], [[1], [1, 2]], [[1, 2, 3], [7]]]);
});
