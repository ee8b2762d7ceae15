import { describe, expect, test } from 'vitest';
import type { Runtime } from '../../../predictor/model/runtime.ts';
import { Pace, Paces } from '../../../predictor/serve/pace.ts';
import * as models from '../models.ts';
import { predictions, servePredictor } from '../served.ts';

const OPTIONS = { maxRows: 256, targetMs: 10, known: false };

describe('a pace', () => {
  test('begins with one row where nothing is known, and doubles while runs are short', () => {
    const pace = new Pace(OPTIONS);
    const limits = Array.from({ length: 10 }, () => {
      const { limit } = pace;
      pace.learn(limit, 0.1, 0.1);
      return limit;
    });
    expect(limits).toEqual([1, 2, 4, 8, 16, 32, 64, 128, 256, 256]);
  });

  test('stays below the time a run may take', () => {
    const pace = new Pace(OPTIONS);
    for (let i = 0; i < 20; i += 1) pace.learn(pace.limit, pace.limit * 0.7, pace.limit);
    expect(pace.limit * 0.7).toBeLessThanOrEqual(10);
    expect(pace.limit * 0.7).toBeGreaterThan(5);
  });

  test('falls at once when a run is too long, to no less than a row', () => {
    const pace = new Pace({ ...OPTIONS, known: true });
    expect(pace.limit).toBe(256);
    pace.learn(256, 80, 80);
    expect(pace.limit).toBe(32);
    pace.learn(1, 500, 500);
    expect(pace.limit).toBe(1);
  });

  test('learns nothing about many rows from few', () => {
    const pace = new Pace(OPTIONS);
    pace.learn(1, 1, 1);
    pace.learn(1, 1, 1);
    pace.learn(1, 1, 1);
    expect(pace.limit).toBe(2);
  });

  test('tells rows apart by their size', () => {
    const paces = new Paces(OPTIONS);
    paces.of(512).learn(1, 100, 100);
    paces.of(8).learn(1, 1, 1);
    expect([paces.of(512).limit, paces.of(530).limit, paces.of(8).limit]).toEqual([1, 1, 2]);
    expect(paces.of(700)).not.toBe(paces.of(512));
  });

  test('reckons the backlog by what rows of each size cost', () => {
    const paces = new Paces(OPTIONS);
    paces.of(512).learn(1, 100, 100);
    paces.of(8).learn(10, 1, 1);
    paces.of(512).waiting = 3;
    paces.of(8).waiting = 50;
    paces.of(100_000).waiting = 7;
    expect(paces.backlogMs).toBeCloseTo(305);
  });
});

test('runs of long rows are short, those of short rows long, in one service', async () => {
  const runs: { rows: number; length: number }[] = [];
  // A millisecond for each 100 elements.
  const wrap = (runtime: Runtime): Runtime => ({
    ...runtime,
    async run(feeds) {
      const [rows = 0, length = 0] = feeds[0]?.dims ?? [];
      runs.push({ rows, length });
      const results = await runtime.run(feeds);
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      const start = performance.now();
      while (performance.now() - start < (rows * length) / 100);
      return results;
    },
  });
  const { predictor } = await servePredictor(
    models.identity('float32', ['N', 'T']),
    { targetRunMs: 4 },
    wrap,
  );
  const rowsOf = (count: number, length: number): number[][] =>
    Array.from({ length: count }, () => Array(length).fill(1));
  for (let i = 0; i < 2; i += 1) {
    const [long, short] = [rowsOf(8, 200), rowsOf(64, 2)];
    expect(await Promise.all([predictions(predictor, long), predictions(predictor, short)])).toEqual([
      long,
      short,
    ]);
  }
  expect(
    Math.max(...runs.filter(({ length }) => length === 200).map(({ rows }) => rows)),
  ).toBeLessThanOrEqual(4);
  expect(
    Math.max(...runs.filter(({ length }) => length === 2).map(({ rows }) => rows)),
  ).toBeGreaterThanOrEqual(16);
});
