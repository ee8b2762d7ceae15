import { describe, expect, test, vi } from 'vitest';
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

test('LoopWatch tells how late the event loop was', async () => {
  const watch = new LoopWatch();
  const start = performance.now();
  while (performance.now() - start < 300);
  await vi.waitFor(() => expect(watch.lagMs).toBeGreaterThan(100));
  await vi.waitFor(() => expect(watch.lagMs).toBeLessThan(100));
  watch.stop();
});
