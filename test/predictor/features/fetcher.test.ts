/** What the look-ups of many requests ask of the store, with a store that answers when it is told to. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  Fetcher,
  Unavailable,
  type FetcherOptions,
  type Found,
} from '../../../predictor/features/fetcher.ts';
import { Lookups } from '../../../predictor/features/lookups.ts';
import type { FeatureStore, Rows, View } from '../../../predictor/features/stores/store.ts';

const VIEW: View = { name: 'v', table: 'v', key: ['id'], features: ['f'], time: null };
const rowOf = (key: unknown) => ({ values: [`of ${String(key)}`], time: null });

interface Asked {
  readonly keys: string[];
  readonly signal: AbortSignal;
  answer(): void;
  fail(): void;
}

/** A store whose answers wait for the test; `atOnce`: they do not. */
function waitingStore(atOnce = false): { store: FeatureStore; asked: Asked[] } {
  const asked: Asked[] = [];
  const store: FeatureStore = {
    get(_view, keys, signal) {
      const texts = keys.map(([key]) => String(key));
      const rows = texts.map((key) => (key === 'gone' ? null : rowOf(key)));
      const { promise, resolve, reject } = Promise.withResolvers<Rows>();
      asked.push({ keys: texts, signal, answer: () => resolve(rows), fail: () => reject(new Error('down')) });
      return atOnce ? rows : promise;
    },
    close: async () => {},
  };
  return { store, asked };
}

function lookups(
  store: FeatureStore,
  more: Partial<FetcherOptions> = {},
): { all: Lookups; turns: boolean[] } {
  const turns: boolean[] = [];
  const observer = {
    cached: () => {},
    answered: () => {},
    failed: () => {},
    turned: (_view: string, isOpen: boolean) => turns.push(isOpen),
  };
  const cache = { ttlMs: 0, maxRows: 10 };
  const fetcher = new Fetcher({ store, view: VIEW, timeoutMs: 50, cache, observer, ...more });
  return { all: new Lookups([fetcher], 50), turns };
}

function look(all: Lookups, ...ids: string[]): Promise<readonly Found[]> {
  return new Promise((resolve) => {
    all.gather(
      ids.map((id) => ({ view: 0, id, key: [id] })),
      resolve,
    );
  });
}

const reasons = (found: readonly Found[]) =>
  found.map((one) => (one instanceof Unavailable ? one.reason : one));

beforeEach(
  () => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'performance'] }),
);
afterEach(() => void vi.useRealTimers());

describe('the look-ups of a turn', () => {
  it('are one multi-get, with equal keys once', async () => {
    const { store, asked } = waitingStore(true);
    const { all } = lookups(store);
    const both = Promise.all([look(all, 'a', 'b', 'a'), look(all, 'b', 'gone')]);
    expect(asked).toEqual([]);
    vi.runOnlyPendingTimers();
    expect(await both).toEqual([
      [rowOf('a'), rowOf('b'), rowOf('a')],
      [rowOf('b'), null],
    ]);
    expect(asked.map(({ keys }) => keys)).toEqual([['a', 'b', 'gone']]);
  });

  it('are several turns where they are many', async () => {
    const { store, asked } = waitingStore(true);
    const { all } = lookups(store);
    const many = look(all, ...Array.from({ length: 2500 }, (_, i) => `k${i}`));
    await vi.advanceTimersByTimeAsync(5);
    expect(await many).toHaveLength(2500);
    expect(asked.map(({ keys }) => keys.length)).toEqual([1000, 1000, 500]);
  });

  it('join those that are out, and wait for a place while many are', async () => {
    const { store, asked } = waitingStore();
    const { all } = lookups(store);
    const answers = [];
    for (const id of ['a', 'b', 'c', 'd', 'e', 'f', 'a']) {
      answers.push(look(all, id));
      vi.advanceTimersByTime(1);
    }
    expect(asked.map(({ keys }) => keys)).toEqual([['a'], ['b'], ['c'], ['d']]);
    asked[1]?.answer();
    await vi.advanceTimersByTimeAsync(1);
    expect(asked[4]?.keys).toEqual(['e', 'f']);
    for (const each of asked) each.answer();
    await Promise.all(answers);
  });
});

describe('a slow store', () => {
  it('keeps no request longer than the limit, and is told that nobody waits', async () => {
    const { store, asked } = waitingStore();
    const { all } = lookups(store);
    const found = look(all, 'a');
    vi.advanceTimersByTime(49);
    expect(asked[0]?.signal.aborted).toBe(false);
    await vi.advanceTimersByTimeAsync(2);
    expect(reasons(await found)).toEqual(['timeout']);
    expect(asked[0]?.signal.aborted).toBe(true);
  });

  it('keeps no request that waits for a place either', async () => {
    const { all } = lookups(waitingStore().store);
    for (const id of ['a', 'b', 'c', 'd']) {
      void look(all, id);
      vi.advanceTimersByTime(0);
    }
    const fifth = look(all, 'e');
    await vi.advanceTimersByTimeAsync(51);
    expect(reasons(await fifth)).toEqual(['timeout']);
  });
});

describe('a store that is down', () => {
  it('is left alone for a second, then asked once, and used again when that is answered', async () => {
    const { store, asked } = waitingStore();
    const { all, turns } = lookups(store);
    for (let i = 0; i < 5; i += 1) {
      const found = look(all, `k${i}`);
      await vi.advanceTimersByTimeAsync(1);
      asked[i]?.fail();
      expect(reasons(await found)).toEqual(['error']);
    }
    expect(reasons(await look(all, 'a'))).toEqual(['breaker']);
    expect(turns).toEqual([true]);
    await vi.advanceTimersByTimeAsync(1001);
    const trial = look(all, 'b');
    expect(reasons(await look(all, 'c'))).toEqual(['breaker']);
    await vi.advanceTimersByTimeAsync(1);
    expect(reasons(await look(all, 'd'))).toEqual(['breaker']);
    asked[5]?.answer();
    expect(await trial).toEqual([rowOf('b')]);
    expect(turns).toEqual([true, false]);
    expect(asked).toHaveLength(6);
  });
});

describe('the cache', () => {
  it('answers for its time to live, also that there is no row, and forgets the oldest', async () => {
    const { store, asked } = waitingStore(true);
    const { all } = lookups(store, { cache: { ttlMs: 1000, maxRows: 2 } });
    const first = look(all, 'gone', 'a', 'b');
    vi.advanceTimersByTime(1);
    await first;
    expect(await look(all, 'a', 'b')).toEqual([rowOf('a'), rowOf('b')]);
    const oldest = look(all, 'gone');
    vi.advanceTimersByTime(1);
    expect(await oldest).toEqual([null]);
    vi.advanceTimersByTime(1000);
    const again = look(all, 'b');
    vi.advanceTimersByTime(1);
    await again;
    expect(asked.map(({ keys }) => keys)).toEqual([['gone', 'a', 'b'], ['gone'], ['b']]);
  });
});
