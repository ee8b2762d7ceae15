/**
 * The SQLite file of a bucket: fetched at start, and again when its generation changes. Requests are answered from the
 * file they have until the new one is open and has every view; a new file that has not is left alone, and reported.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openSource, type ObjectSource } from './object-source.ts';
import { openSqlite } from './sqlite.ts';
import { StoreError, type FeatureStore } from './store.ts';

export interface ObjectOptions {
  /** gs://BUCKET/OBJECT or file:///PATH. */
  readonly uri: string;
  /** Milliseconds between two looks at its generation. */
  readonly refreshMs: number;
  readonly events: ObjectEvents;
}

export interface ObjectEvents {
  /** A new file is read from now on; `ms`: how long it took to fetch and to open. */
  replaced(generation: string, ms: number): void;
  /** The file cannot be looked at, fetched or used: the one before it is still read. */
  notReplaced(cause: unknown): void;
}

/** Rejects with a StoreError if there is no such file, or none that can be used. */
export async function openSqliteObject({ uri, refreshMs, events }: ObjectOptions): Promise<FeatureStore> {
  const source = await openSource(uri);
  const generation = await source.generation();
  if (generation === null) throw new StoreError(`expected the features in ${uri}, got no such object`);
  const store = await fetched(source, generation, openSqlite);
  let current = generation;
  let timer: NodeJS.Timeout;

  // The next look begins when this one is over: a slow fetch is not begun twice.
  const later = (): void => {
    // Replicas look at different times.
    timer = setTimeout(() => void look().finally(later), refreshMs * (0.9 + 0.2 * Math.random())).unref();
  };
  const look = async (): Promise<void> => {
    try {
      const next = await source.generation();
      if (next === null || next === current) return;
      const start = performance.now();
      await fetched(source, next, (path) => store.swap(path));
      current = next;
      events.replaced(next, performance.now() - start);
    } catch (error) {
      events.notReplaced(error);
    }
  };
  later();
  return {
    get: (view, keys, signal) => store.get(view, keys, signal),
    async close() {
      clearTimeout(timer);
      await store.close();
    },
  };
}

/**
 * What `use` makes of the file's path. The file is removed then: what has it open keeps it, and nothing is left behind
 * however the process ends.
 */
async function fetched<T>(
  source: ObjectSource,
  generation: string,
  use: (path: string) => T | Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'features-'));
  try {
    const path = join(folder, 'features.sqlite');
    await source.fetch(generation, path);
    return await use(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
