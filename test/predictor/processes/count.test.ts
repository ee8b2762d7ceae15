import { expect, test } from 'vitest';
import { processCount, thisMachine } from '../../../predictor/processes/count.ts';

const GB = 1e9;
const CHEAP = { rowMs: 0.002, bytes: 50_000 };
const COSTLY = { rowMs: 2, bytes: 50_000 };
const auto = { processes: 'auto', threads: 1 } as const;

test.each([
  ['a cheap model', auto, { cores: 8, memory: 32 * GB }, CHEAP, 1, 1],
  ['a costly model', auto, { cores: 4, memory: 16 * GB }, COSTLY, 4, 1],
  ['a costly model on one core', auto, { cores: 1, memory: 4 * GB }, COSTLY, 1, 1],
  ['a model that nothing timed', auto, { cores: 4, memory: 16 * GB }, { ...CHEAP, rowMs: null }, 1, 1],
  ['threads take the cores', { ...auto, threads: 2 }, { cores: 4, memory: 16 * GB }, COSTLY, 2, 2],
  ['threads take all cores', { ...auto, threads: 4 }, { cores: 4, memory: 16 * GB }, COSTLY, 1, 4],
  ['as configured', { processes: 3, threads: 1 }, { cores: 2, memory: 16 * GB }, CHEAP, 3, 1],
  ['threads are divided', { processes: 2, threads: 4 }, { cores: 4, memory: 16 * GB }, COSTLY, 2, 2],
  ['at least a thread each', { processes: 8, threads: 4 }, { cores: 4, memory: 16 * GB }, COSTLY, 8, 1],
  ['one keeps its threads', { processes: 1, threads: 4 }, { cores: 2, memory: 16 * GB }, COSTLY, 1, 4],
])('%s', (_, wanted, machine, model, processes, threads) => {
  const count = processCount(wanted, machine, model);
  expect(count).toMatchObject({ processes, threads });
  expect(count.wanted).toBe(processes);
});

test.each([
  ['a large model', auto, { cores: 4, memory: 8 * GB }, { rowMs: 2, bytes: 1 * GB }, 2, 4],
  ['a model that hardly fits once', auto, { cores: 4, memory: 2 * GB }, { rowMs: 2, bytes: 1.5 * GB }, 1, 4],
  ['as configured', { processes: 16, threads: 1 }, { cores: 4, memory: 2 * GB }, CHEAP, 6, 16],
])('memory holds fewer: %s', (_, asked, machine, model, processes, wanted) => {
  expect(processCount(asked, machine, model)).toMatchObject({ processes, wanted });
});

test('this machine has cores and memory', () => {
  const { cores, memory } = thisMachine();
  expect(cores).toBeGreaterThanOrEqual(1);
  expect(memory).toBeGreaterThan(100e6);
  expect(memory).toBeLessThan(1e15);
});
