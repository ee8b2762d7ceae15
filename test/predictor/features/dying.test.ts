/** A store that dies in the middle of an answer and comes back: each request is answered rightly, or refused, in time. */
import { createServer, type ServerResponse } from 'node:http';
import { rmSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { FeatureSettings } from '../../../common/artifact/feature-settings.ts';
import { postgres, startPostgres } from '../../support/stores/postgres.ts';
import { post } from '../requests.ts';
import { serveHere, type Here } from '../serve-here.ts';
import { artifact, databaseFolder, environment, settingsFor, writeCustomers } from './served.ts';

const cleanups: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).toReversed()) await cleanup();
});

/** Longer than a slow test machine needs for an answer that comes. */
const TIMEOUT_MS = 1000;
/** Within it each request is answered, whatever the store does. */
const BOUND_MS = 5000;

async function serve(store: FeatureSettings['store']): Promise<Here> {
  const here = await serveHere(artifact(), environment(settingsFor('', { store, timeoutMs: TIMEOUT_MS })));
  cleanups.push(() => here.close());
  return here;
}

/** The statuses of some requests at once, each once: an answer of 200 is the right one, and all others are refusals of the store. */
async function ask({ app }: Here): Promise<Set<number>> {
  const start = performance.now();
  const amounts = [1, 2, 3, 4, 5, 6, 7, 8];
  const replies = await Promise.all(
    amounts.map((amount) => app.inject(post({ instances: [{ customer_id: 'c-1', amount }] }))),
  );
  expect(performance.now() - start).toBeLessThan(BOUND_MS);
  const wrong = replies.filter((reply, i) => {
    if (reply.statusCode === 200) return reply.body !== `{"predictions":[[7,2,${amounts[i]}]]}`;
    return reply.statusCode !== 503 || !reply.body.includes('FEATURES_UNAVAILABLE');
  });
  expect(wrong.map(({ body }) => body)).toEqual([]);
  return new Set(replies.map(({ statusCode }) => statusCode));
}

/** Awaits that each of some requests at once is answered. */
const answered = (here: Here) =>
  vi.waitFor(async () => {
    expect(await ask(here)).toEqual(new Set([200]));
    return true;
  }, 15_000);

function answerOf(count: number): string {
  const column = (value: number) => ({
    values: Array.from({ length: count }, () => value),
    statuses: Array.from({ length: count }, () => 'PRESENT'),
    event_timestamps: Array.from({ length: count }, () => new Date().toISOString()),
  });
  return JSON.stringify({
    metadata: { feature_names: ['orders', 'seen'] },
    results: [column(7), column(2)],
  });
}

const WAYS: Readonly<Record<string, (response: ServerResponse, text: string) => void>> = {
  'closes in the middle of its answer': (response, text) => {
    response.writeHead(200, { 'content-length': text.length });
    response.write(text.slice(0, text.length / 2), () => response.destroy());
  },
  'ends in the middle of its answer': (response, text) => {
    response.end(text.slice(0, text.length / 2));
  },
  'has rows of other keys too': (response) => {
    response.end(answerOf(5));
  },
  'answers 500': (response) => {
    response.writeHead(500).end('down');
  },
  'never answers': () => {},
};

describe('a feature server that', () => {
  it.each(Object.keys(WAYS))('%s, and is back', async (way) => {
    let isDying = false;
    const server = createServer((request, response) => {
      request.resume().on('end', () => {
        const text = answerOf(1);
        if (isDying) WAYS[way]?.(response, text);
        else response.end(text);
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, '127.0.0.1', resolve);
    });
    cleanups.push(() => server.close());
    cleanups.push(() => server.closeAllConnections());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const here = await serve({ kind: 'feast', url: `http://127.0.0.1:${port}`, authentication: 'none' });
    expect(await ask(here)).toEqual(new Set([200]));
    isDying = true;
    for (let round = 0; round < 3; round += 1) expect(await ask(here)).toEqual(new Set([503]));
    isDying = false;
    await expect(answered(here)).resolves.toBe(true);
  });
});

it('a SQLite file that is removed, and then is none, is read as it was', async () => {
  const { path, uri, remove } = databaseFolder();
  cleanups.push(remove);
  const updated_at = new Date().toISOString();
  writeCustomers(path, [{ customer_id: 'c-1', orders: 7, seen: 2, updated_at }]);
  const here = await serve({ kind: 'sqlite', uri, refreshMs: 5 });
  rmSync(path);
  expect(await ask(here)).toEqual(new Set([200]));
  writeFileSync(path, 'no database, but longer than the header of one'.repeat(20));
  await vi.waitFor(() => expect(here.lines.join('')).toContain('cannot be opened as a SQLite'), 15_000);
  expect(await ask(here)).toEqual(new Set([200]));
});

const lacks = postgres.lacks();
it.skipIf(lacks !== null)(
  `a PostgreSQL whose connections are killed again and again${lacks === null ? '' : ` (skipped: ${lacks})`}`,
  async () => {
    const server = await startPostgres();
    cleanups.push(() => server.stop());
    server.sql(`CREATE TABLE customers (customer_id text PRIMARY KEY, orders float8, seen float8, updated_at timestamptz);
      INSERT INTO customers VALUES ('c-1', 7, 2, now())`);
    const here = await serve(server.settings);
    for (let round = 0; round < 5; round += 1) {
      const asked = ask(here);
      server.sql(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipway-predictor'",
      );
      await asked;
      await ask(here);
    }
    await expect(answered(here)).resolves.toBe(true);
  },
  60_000,
);
