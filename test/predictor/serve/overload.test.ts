import { describe, expect, test } from 'vitest';
import { assertCapacity, LoopWatch, Overloaded } from '../../../predictor/serve/overload.ts';

const LIMITS = { maxQueueRows: 10, maxQueueBytes: 100, maxQueueMs: 50, maxLoopLagMs: 20 };
const IDLE = { rows: 0, bytes: 0, backlogMs: 0, loopLagMs: 0 };

describe('assertCapacity', () => {
  test('lets work in below every limit', () => {
    expect(() => assertCapacity({ rows: 9, bytes: 99, backlogMs: 50, loopLagMs: 20 }, LIMITS)).not.toThrow();
  });

  test.each([
    { name: 'rows', load: { rows: 10 }, reason: 'queue' },
    { name: 'bytes', load: { bytes: 100 }, reason: 'queue' },
    { name: 'time', load: { backlogMs: 51 }, reason: 'queue' },
    { name: 'event loop', load: { loopLagMs: 21 }, reason: 'event-loop' },
  ])('refuses when the $name is over', ({ load, reason }) => {
    expect(() => assertCapacity({ ...IDLE, ...load }, LIMITS)).toThrow(Overloaded);
    expect(() => assertCapacity({ ...IDLE, ...load }, LIMITS)).toThrow(expect.objectContaining({ reason }));
  });
});

describe('LoopWatch', () => {
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      setImmediate(resolve);
    });

  test('tells how long the turn has been taking requests, until it is over', async () => {
    const watch = new LoopWatch();
    expect(watch.enter()).toBe(0);
    block(40);
    expect(watch.enter()).toBeGreaterThanOrEqual(40);
    await turn();
    expect(watch.enter()).toBe(0);
  });

  test('knows nothing of what held the loop up before the first request', async () => {
    const watch = new LoopWatch();
    watch.enter();
    await turn();
    block(40);
    expect(watch.enter()).toBe(0);
    watch.leave();
    block(40);
    expect(watch.enter()).toBe(0);
  });
});

function block(ms: number): void {
  const start = performance.now();
  while (performance.now() - start < ms);
}
