import fc from 'fast-check';
import { describe, expect, test, vi } from 'vitest';
import type { Runtime, Tensor } from '../../../predictor/model/runtime.ts';
import { Overloaded } from '../../../predictor/serve/overload.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

describe('answers of a batch are bit-equal to those of a run alone', () => {
  const kinds: { name: string; bytes: Uint8Array; columns: number }[] = [
    { name: 'logistic', bytes: models.logistic(5), columns: 5 },
    { name: 'small network', bytes: models.network(20, 64), columns: 20 },
    { name: 'large network', bytes: models.network(100, 256), columns: 100 },
    { name: 'trees', bytes: models.trees(), columns: 2 },
    { name: 'maps', bytes: models.zipMap([0, 1, 2]), columns: 3 },
  ];

  test.each(kinds)('$name', async ({ bytes, columns }) => {
    const batched = await servePredictor(bytes, { maxBatchRows: 16 });
    const alone = await servePredictor(bytes, { batching: false, maxBatchRows: 1 });
    const row = fc.array(fc.float({ noNaN: true, min: -1e6, max: 1e6 }), {
      minLength: columns,
      maxLength: columns,
    });
    const requests = fc.array(fc.array(row, { minLength: 1, maxLength: 20 }), { minLength: 1, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(requests, async (bodies) => {
        const together = await Promise.all(bodies.map((instances) => ask(batched.predictor, { instances })));
        for (const [i, instances] of bodies.entries()) {
          const texts = [];
          for (const instance of instances) {
            const text = await ask(alone.predictor, { instances: [instance] });
            texts.push(text.slice('{"predictions":['.length, -']}'.length));
          }
          expect(together[i]).toBe(`{"predictions":[${texts.join(',')}]}`);
        }
      }),
      { numRuns: 25 },
    );
    expect(Math.max(...batched.runs)).toBeGreaterThan(1);
  });

  test('rows of open shapes find their batches', async () => {
    const { predictor } = await servePredictor(models.identity('float32', ['N', 'T']), { maxBatchRows: 4 });
    const row = fc.array(fc.integer({ min: -100, max: 100 }), { maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(row, { maxLength: 12 }), { maxLength: 6 }), async (bodies) => {
        const got = await Promise.all(bodies.map((instances) => predictions(predictor, instances)));
        expect(got).toEqual(bodies);
      }),
      { numRuns: 50 },
    );
  });
});

/** A runtime whose runs end when told to. */
function held(): { wrap: (runtime: Runtime) => Runtime; release: () => void; most: () => number } {
  let running = 0;
  let most = 0;
  let gate = Promise.withResolvers<void>();
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    async run(feeds: readonly Tensor[]) {
      running += 1;
      most = Math.max(most, running);
      // The rows as they are now: the batch's memory is filled again after the run.
      const copies = feeds.map((feed) => ({ ...feed, data: feed.data.slice() }));
      await gate.promise;
      const results = await runtime.run(copies);
      running -= 1;
      return results;
    },
  });
  const release = (): void => {
    gate.resolve();
    gate = Promise.withResolvers();
    gate.resolve();
  };
  return { wrap, release, most: () => most };
}

describe('runs', () => {
  test('one at a time; what arrives meanwhile is the next batch', async () => {
    const gate = held();
    const { predictor, runs } = await servePredictor(models.identity('float32'), {}, gate.wrap);
    const first = predictions(predictor, [[1, 1]]);
    const rest = Array.from({ length: 9 }, (_, i) => predictions(predictor, [[i, i]]));
    gate.release();
    await Promise.all([first, ...rest]);
    expect(runs).toEqual([1, 9]);
    expect(gate.most()).toBe(1);
  });

  test('keep to the bounds of rows and of bytes', async () => {
    const gate = held();
    const bytes = 8 * 5;
    const { predictor, runs } = await servePredictor(
      models.identity('float32'),
      { maxBatchRows: 100, maxBatchBytes: bytes },
      gate.wrap,
    );
    const answers = Array.from({ length: 12 }, (_, i) => predictions(predictor, [[i, i]]));
    gate.release();
    expect(await Promise.all(answers)).toEqual(Array.from({ length: 12 }, (_, i) => [[i, i]]));
    expect(runs.every((rows) => rows <= 5)).toBe(true);
  });

  test('are not shared when batching is off', async () => {
    const gate = held();
    const { predictor, runs } = await servePredictor(
      models.identity('float32'),
      { batching: false },
      gate.wrap,
    );
    const answers = Array.from({ length: 4 }, (_, i) =>
      predictions(predictor, [
        [i, i],
        [i, -i],
      ]),
    );
    gate.release();
    await Promise.all(answers);
    expect(runs).toEqual([2, 2, 2, 2]);
  });

  test('wait for more rows when told to', async () => {
    const { predictor, runs } = await servePredictor(models.identity('float32'), { batchWaitMs: 20 });
    const first = predictions(predictor, [[1, 1]]);
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
    await Promise.all([first, predictions(predictor, [[2, 2]])]);
    expect(runs).toEqual([2]);
  });

  test('that fail, fail only the request the model cannot take', async () => {
    const gate = held();
    const { predictor } = await servePredictor(models.lookup(), {}, gate.wrap);
    const first = predictions(predictor, [0]);
    const good = predictions(predictor, [1, 2]);
    const bad = predictions(predictor, [0, 99]);
    const alsoGood = predictions(predictor, [2]);
    gate.release();
    await expect(bad).rejects.toThrow(/out of data bounds/);
    expect(await Promise.all([first, good, alsoGood])).toEqual([[10], [20, 30], [30]]);
    expect(predictor.queue.rows).toBe(0);
  });

  test('whose results have another number of rows fail', async () => {
    const cut = (runtime: Runtime): Runtime => ({
      ...runtime,
      run: async (feeds) => (await runtime.run(feeds)).map((tensor) => ({ ...tensor, dims: [7] })),
    });
    const { predictor } = await servePredictor(models.logistic(1), {}, cut);
    await expect(predictions(predictor, [[1]])).rejects.toThrow(/expected every output to have 1 rows/);
  });
});

describe('requests that are not worth a run', () => {
  test('of callers that hung up are dropped; those around them are answered', async () => {
    const gate = held();
    const { predictor, runs } = await servePredictor(models.identity('float32'), {}, gate.wrap);
    const first = predictions(predictor, [[0, 0]]);
    const before = predictions(predictor, [[1, 1]]);
    const gone = ask(
      predictor,
      {
        instances: [
          [2, 2],
          [3, 3],
        ],
      },
      () => true,
    );
    const after = predictions(predictor, [[4, 4]]);
    gate.release();
    await expect(gone).rejects.toThrow(Overloaded);
    expect(await Promise.all([first, before, after])).toEqual([[[0, 0]], [[1, 1]], [[4, 4]]]);
    expect(runs).toEqual([1, 2]);
  });

  test('that wait too long are refused, whether they wait for a run or for its end', async () => {
    const gate = held();
    const { predictor, runs } = await servePredictor(models.identity('float32'), { timeoutMs: 5 }, gate.wrap);
    const first = predictions(predictor, [[0, 0]]);
    const late = predictions(predictor, [[1, 1]]);
    await expect(first).rejects.toThrow('the request waited too long for the model');
    await expect(late).rejects.toThrow('the request waited too long for the model');
    expect(predictor.queue.rows).toBe(0);
    gate.release();
    await vi.waitFor(() => expect(runs).toEqual([1]), 20_000);
  });
});

test('the backlog is told in the time that past runs took', async () => {
  const gate = held();
  const { predictor } = await servePredictor(models.identity('float32'), { maxBatchRows: 10 }, gate.wrap);
  const first = predictions(predictor, [[0, 0]]);
  await new Promise((resolve) => {
    setTimeout(resolve, 20);
  });
  gate.release();
  await first;
  expect(predictor.backlogMs).toBe(0);
  const later = predictions(
    predictor,
    Array.from({ length: 50 }, () => [1, 1]),
  );
  expect(predictor.backlogMs).toBeGreaterThan(40 * 15);
  await later;
  expect(predictor.backlogMs).toBe(0);
});
