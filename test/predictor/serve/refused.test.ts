/** What the model cannot take: named to its caller, and nobody else's answer. */
import { describe, expect, test, vi } from 'vitest';
import { RunError } from '../../../predictor/model/model-error.ts';
import type { Runtime } from '../../../predictor/model/runtime.ts';
import * as models from '../models.ts';
import { ask, predictions, servePredictor } from '../served.ts';

/** The `lookup` model has rows 0, 1 and 2. */
const BAD = 99;
const REASON = /^instances\[2\]: the model cannot take it: Gather: indices element out of data bounds/;

/** Counts runs, good and failed, and fails all of them while `broken`. */
function counted(): { wrap: (runtime: Runtime) => Runtime; runs: () => number; break: () => void } {
  let runs = 0;
  let broken = false;
  return {
    wrap: (runtime) => ({
      ...runtime,
      async run(feeds) {
        runs += 1;
        if (broken) throw new RunError('no more');
        return runtime.run(feeds);
      },
    }),
    runs: () => runs,
    break: () => {
      broken = true;
    },
  };
}

describe('a row that the model refuses', () => {
  test('is named, with the reason in the words of the runtime', async () => {
    const { predictor } = await servePredictor(models.lookup());
    await expect(predictions(predictor, [1, 0, BAD, 2])).rejects.toThrow(REASON);
    await expect(predictions(predictor, [1, 0, BAD, 2])).rejects.not.toThrow(/onnxruntime|\/|::/);
  });

  test.each([{ rows: [BAD, 1, 2] }, { rows: [1, 2, BAD] }, { rows: [BAD, BAD, 1] }])(
    'is found wherever it stands: $rows',
    async ({ rows }) => {
      const { predictor } = await servePredictor(models.lookup());
      const named = rows.flatMap((row, i) => (row === BAD ? [`instances[${i}]: the model`] : []));
      const message: string = await predictions(predictor, rows).then(
        () => expect.unreachable(),
        (error) => error.message,
      );
      expect(message.match(/instances\[\d\]: the model/g)).toEqual(named);
    },
  );

  test('among many is found in few runs, and at most ten are named', async () => {
    const one = counted();
    const { predictor } = await servePredictor(models.lookup(), {}, one.wrap);
    const rows = Array.from({ length: 256 }, (_, i) => (i === 77 ? BAD : i % 3));
    await expect(predictions(predictor, rows)).rejects.toThrow(/^instances\[77\]: [^;]*$/);
    expect(one.runs()).toBeLessThan(20);

    const many = Array.from({ length: 1000 }, () => BAD);
    const message: string = await predictions(predictor, [0, ...many]).then(
      () => expect.unreachable(),
      (error) => error.message,
    );
    expect(message.match(/the model cannot take it/g)).toHaveLength(10);
    expect(one.runs()).toBeLessThan(80);
    await vi.waitFor(
      () => expect([predictor.queue.rows, predictor.queue.bytes, predictor.backlogMs]).toEqual([0, 0, 0]),
      20_000,
    );
  });

  test('costs no neighbour its answer', async () => {
    const { predictor } = await servePredictor(models.lookup());
    const first = predictions(predictor, [0]);
    const asked = Array.from({ length: 60 }, (_, i) =>
      predictions(predictor, i % 4 === 3 ? [1, BAD] : [i % 3, 2]),
    );
    const answers = await Promise.allSettled(asked);
    expect(await first).toEqual([10]);
    const refused = { status: 'rejected', reason: expect.objectContaining({ name: 'Refused' }) };
    const good = (i: number): object => ({ status: 'fulfilled', value: [10 + (i % 3) * 10, 30] });
    expect(answers).toEqual(asked.map((_, i) => (i % 4 === 3 ? refused : good(i))));
  });

  test('alone is refused too, once the model has answered another', async () => {
    const { predictor } = await servePredictor(models.lookup());
    await predictions(predictor, [1]);
    await expect(predictions(predictor, [BAD])).rejects.toMatchObject({ name: 'Refused' });
    await expect(predictions(predictor, [BAD])).rejects.toMatchObject({ name: 'Refused' });
    expect(await predictions(predictor, [2])).toEqual([30]);
  });

  test('of a model that takes one row at a time is named as well', async () => {
    const { predictor } = await servePredictor(models.lookup('fixed'));
    await expect(predictions(predictor, [[0], [1], [BAD], [2]])).rejects.toThrow(REASON);
  });

  test('of an open shape is named by its instance, whatever ran with it', async () => {
    const { predictor } = await servePredictor(models.tokens());
    const rows = [[0], [1, 2], [BAD, 1], [2, 2], [1]];
    await expect(predictions(predictor, rows)).rejects.toThrow(REASON);
    expect(
      await predictions(
        predictor,
        rows.filter((row) => !row.includes(BAD)),
      ),
    ).toEqual([[10], [20, 30], [30, 30], [20]]);
  });
});

test('a first row is refused by a model that has taken another when it was tried', async () => {
  const known = [{ type: 'int64', dims: [1], data: BigInt64Array.of(1n) }] as const;
  const { predictor } = await servePredictor(models.lookup(), { known });
  await expect(predictions(predictor, [BAD])).rejects.toMatchObject({ name: 'Refused' });
  expect(await predictions(predictor, [2])).toEqual([30]);
});

describe('a model that refuses', () => {
  test('its first row is at fault itself: it has answered nothing', async () => {
    const { predictor } = await servePredictor(models.lookup());
    await expect(predictions(predictor, [BAD])).rejects.toMatchObject({ name: 'RunError' });
    await expect(predictions(predictor, [BAD, BAD])).rejects.toMatchObject({ name: 'RunError' });
  });

  test('what it took before is given up', async () => {
    const runtime = counted();
    const broken: Error[] = [];
    const { predictor } = await servePredictor(
      models.lookup(),
      { onBroken: (cause) => broken.push(cause) },
      runtime.wrap,
    );
    await predictions(predictor, [1, 2]);
    runtime.break();
    for (let i = 0; i < 4; i += 1) {
      await expect(predictions(predictor, [1])).rejects.toMatchObject({ name: 'RunError' });
    }
    expect(broken).toEqual([
      expect.objectContaining({ message: 'the model refuses a row that it has answered before' }),
    ]);
  });
});

describe('inputs whose dimensions have one name', () => {
  test.each([
    { v: [1, 2, 3], w: [2], got: 1 },
    { v: [1, 2, 3], w: [2, 1], got: 2 },
    { v: [1], w: [], got: 0 },
  ])('$v and $w have different lengths: refused', async ({ v, w, got }) => {
    const { predictor } = await servePredictor(models.masked());
    await expect(
      ask(predictor, {
        instances: [
          { v: [1], w: [1] },
          { v, w },
        ],
      }),
    ).rejects.toThrow(
      `instances[1].w: expected an array of ${v.length}, as v is: both have the length S, got an array of ${got}`,
    );
    expect(await predictions(predictor, [{ v: [1, 2], w: [3, 4] }])).toEqual([11]);
  });
});
