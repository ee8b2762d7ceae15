/** The wrapper that keeps Vertex AI's quotas by waiting. */
import { describe, expect, it } from 'vitest';
import { CallError } from '../../../functions/errors.ts';
import { paced, type Pace } from '../../../functions/google/pace.ts';
import type { Clock, Operation, Vertex } from '../../../functions/world.ts';
import { memoryWorld } from '../../support/memory-world.ts';
import { VirtualClock } from '../../../functions/rehearsal/virtual-clock.ts';

const MINUTE = 60_000;
const DONE: Operation = { name: 'o', done: true, error: null, stage: null, tookMs: null };

/** A clock that only the test moves on. */
class StandingClock implements Clock {
  at = 1_000_000;

  now(): number {
    return this.at;
  }

  sleep(): Promise<void> {
    return Promise.resolve();
  }
}

/** A Vertex that only notes when a call reached it. */
function noting(clock: Clock, pace: Pace): { vertex: Vertex; sent: number[] } {
  const sent: number[] = [];
  const noted = Object.assign(memoryWorld().vertex, {
    getOperation: () => {
      sent.push(clock.now());
      return Promise.resolve(DONE);
    },
    undeploy: () => {
      sent.push(clock.now());
      return Promise.resolve('operation');
    },
  });
  return { vertex: paced(noted, clock, pace), sent };
}

/** The most that were sent in any minute. */
function busiestMinute(sent: readonly number[]): number {
  return Math.max(...sent.map((start) => sent.filter((at) => at >= start && at < start + MINUTE).length));
}

/** Asks until it is let through, coming back when it is told to. */
async function insist(clock: Clock, ask: () => Promise<unknown>): Promise<number> {
  for (let tries = 1; ; tries += 1) {
    try {
      await ask();
      return tries;
    } catch (error) {
      if (!(error instanceof CallError) || error.retryAfterMs === null) throw error;
      await clock.sleep(error.retryAfterMs);
    }
  }
}

describe('paced calls', () => {
  it('of one caller are not held back', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const { vertex, sent } = noting(clock, { callsPerMinute: 600, submissionsPerMinute: 60 });
    const begun = clock.now();
    for (let n = 0; n < 20; n += 1) await vertex.getOperation(`o${n}`);
    expect(sent).toHaveLength(20);
    expect(clock.now()).toBe(begun);
  });

  it('stay within the quota in every minute, and all get through', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const { vertex, sent } = noting(clock, { callsPerMinute: 60, submissionsPerMinute: 10 });
    for (let n = 0; n < 200; n += 1) await insist(clock, () => vertex.getOperation(`o${n}`));
    expect(sent).toHaveLength(200);
    expect(busiestMinute(sent)).toBeLessThanOrEqual(60);
  });

  it('that submit an operation stay within their own quota', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const { vertex, sent } = noting(clock, { callsPerMinute: 600, submissionsPerMinute: 10 });
    for (let n = 0; n < 40; n += 1) await insist(clock, () => vertex.undeploy(`e${n}`, '1'));
    expect(sent).toHaveLength(40);
    expect(busiestMinute(sent)).toBeLessThanOrEqual(10);
  });

  it('of one region do not wait for those of another', async () => {
    const clock = new VirtualClock(Date.UTC(2026, 0, 1));
    const { vertex, sent } = noting(clock, { callsPerMinute: 60, submissionsPerMinute: 10 });
    for (let n = 0; n < 100; n += 1)
      await insist(clock, () => vertex.getOperation(`projects/p/locations/us-central1/operations/${n}`));
    const before = clock.now();
    await vertex.getOperation('projects/p/locations/europe-west4/operations/1');
    expect(clock.now()).toBe(before);
    expect(sent).toHaveLength(101);
  });

  it('are refused unsent when their turn is far, and have it when they come back', async () => {
    const clock = new StandingClock();
    const { vertex, sent } = noting(clock, { callsPerMinute: 6, submissionsPerMinute: 6 });
    const later: { name: string; ms: number }[] = [];
    for (let n = 0; n < 12; n += 1) {
      const refusal = await vertex.getOperation(`o${n}`).catch((error: unknown) => error);
      if (refusal instanceof CallError) later.push({ name: `o${n}`, ms: refusal.retryAfterMs ?? 0 });
    }
    expect(later.length).toBeGreaterThan(5);
    expect(sent).toHaveLength(12 - later.length);

    // The first call that had to come back is let through then, although others ask at the same time.
    clock.at += later[0]?.ms ?? 0;
    await expect(vertex.getOperation('a latecomer')).rejects.toMatchObject({ status: 'RESOURCE_EXHAUSTED' });
    await expect(vertex.getOperation(later[0]?.name ?? '')).resolves.toEqual(DONE);
  });
});

it('passes everything on that a prediction is asked with', async () => {
  const asked: unknown[] = [];
  const noted = Object.assign(memoryWorld().vertex, {
    predict: (...given: unknown[]) => {
      asked.push(given);
      return Promise.resolve({ deployedModel: '1', predictions: [] });
    },
  });
  const pace = { callsPerMinute: 60, submissionsPerMinute: 60 };
  await paced(noted, new StandingClock(), pace).predict('e', [1], { decimals: 2 });
  expect(asked).toEqual([['e', [1], { decimals: 2 }]]);
});
