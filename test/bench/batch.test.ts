/** What a batch costs in calls: the figure of docs/performance.md. */
import { expect, it } from 'vitest';
import { measureCalls } from '../../bench/batch/calls.ts';

it('a job of half an hour costs 25 calls at most beside those of the sweeps at rest, and its end is soon noticed', async () => {
  const [first, soon, late] = await measureCalls(30, [1, 4, 11]);
  const [before = NaN, ...others] = [first, soon, late].map((one) =>
    one === undefined ? NaN : one.calls - one.callsAtRest,
  );
  // Of the first one nobody knows how long it takes.
  expect(before).toBeLessThanOrEqual(27);
  for (const calls of others) expect(calls).toBeLessThanOrEqual(25);
  // A tick waits for what ends in its time; else the next sweep finds it.
  expect(soon).toMatchObject({ minutes: 30, lateSeconds: 1.1 });
  expect(late?.lateSeconds).toBeLessThan(450);
});
