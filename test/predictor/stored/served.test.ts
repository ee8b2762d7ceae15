/** A whole predictor with stored predictions: what callers send and get, before a batch is published, after, and later. */
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterEach, expect, it, vi } from 'vitest';
import type { Interface } from '../../../common/artifact/interface.ts';
import type { StoredSettings } from '../../../common/artifact/stored-settings.ts';
import type { Published } from '../../../common/batch/published.ts';
import { AMOUNT_FEATURES, AMOUNT_MODEL } from '../../support/amount-model.ts';
import { post } from '../requests.ts';
import { serveHere, type Here } from '../serve-here.ts';

const AT = Date.UTC(2026, 10, 27);
const FACE: Interface = {
  request: { id: { type: 'string' }, amount: { type: 'number', default: 0 } },
  response: { score: { type: 'number' } },
};

const folder = mkdtempSync(join(tmpdir(), 'stored-test-'));
const POINTER = join(folder, 'published.json');
const urlOf = (name: string) => pathToFileURL(join(folder, name)).href;

const cleanups: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanup of cleanups.splice(0)) await cleanup();
  rmSync(POINTER, { force: true });
});

function publish(lines: readonly object[], more: Partial<Published> = {}): void {
  writeFileSync(join(folder, 'results.jsonl'), lines.map((line) => `${JSON.stringify(line)}\n`).join(''));
  const published: Published = {
    schema: 1,
    service: 'churn',
    release: 'r-1',
    version: '4',
    batch: 'b-1',
    acceptedAt: AT,
    at: AT,
    key: ['id'],
    files: [{ uri: urlOf('results.jsonl'), generation: '1' }],
    ...more,
  };
  writeFileSync(`${POINTER}.new`, JSON.stringify(published));
  renameSync(`${POINTER}.new`, POINTER);
}

async function serve(more: Partial<StoredSettings> = {}, env: Record<string, string> = {}): Promise<Here> {
  const settings: StoredSettings = {
    uri: pathToFileURL(POINTER).href,
    release: 'r-1',
    key: ['id'],
    answers: 'stored',
    maxAgeMs: 3_600_000,
    refreshMs: 5,
    ...more,
  };
  const files = { 'model.onnx': AMOUNT_MODEL, 'features.json': JSON.stringify(AMOUNT_FEATURES) };
  const variables = { SLIPWAY_INTERFACE: JSON.stringify(FACE), SLIPWAY_STORED: JSON.stringify(settings) };
  const here = await serveHere(files, { ...variables, ...env });
  cleanups.push(() => here.close());
  return here;
}

async function ask({ app }: Here, instances: readonly object[], parameters?: object) {
  const response = await app.inject(post({ instances, ...(parameters && { parameters }) }));
  return response.json<{ predictions?: unknown; error?: { message: string; reason?: string } }>();
}

const logged = (here: Here, message: string) =>
  vi.waitFor(() => expect(here.lines.join('')).toContain(message));

it('answers by the results of its own batch, and says so to those who ask', async () => {
  publish([
    { instance: { id: 'a', amount: 20 }, prediction: { score: 0.5 } },
    {
      instance: { id: 'b' },
      prediction: { error: { code: 400, status: 'INVALID_ARGUMENT', message: 'no' } },
    },
    { instance: { id: 'c' }, error: { code: 3, message: 'no' } },
  ]);
  const here = await serve({ answers: 'fresh', maxAgeMs: Date.now() - AT + 3_600_000 });
  await logged(here, 'predictions stored');

  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0.5 }] });
  // In their order: by the model, by what is stored, by the model since the row says more than its key.
  const { predictions } = await ask(here, [{ id: 'b' }, { id: 'a' }, { id: 'a', amount: 3 }], {
    source: true,
  });
  expect(predictions).toEqual([
    { score: 0, source: { from: 'computed', at: expect.any(String) } },
    { score: 0.5, source: { from: 'stored', version: '4', at: '2026-11-27T00:00:00.000Z' } },
    { score: 3, source: { from: 'computed', at: expect.any(String) } },
  ]);
  const metrics = await here.app.inject('/metrics');
  expect(metrics.body).toContain('predictor_answers_total{source="stored"} 2');
  expect(metrics.body).toContain('predictor_stored_rows 1');
});

it('computes what is not fresh, and counts a refused instance as its caller does', async () => {
  publish([{ instance: { id: 'a' }, prediction: { score: 0.5 } }]);
  const old = await serve({ answers: 'fresh', maxAgeMs: 1 });
  await logged(old, 'predictions stored');
  expect(await ask(old, [{ id: 'a', amount: 7 }])).toEqual({ predictions: [{ score: 7 }] });
  expect(await ask(old, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0 }] });

  const fresh = await serve({ answers: 'fresh', maxAgeMs: Date.now() });
  await logged(fresh, 'predictions stored');
  const { error } = await ask(fresh, [{ id: 'a' }, { id: 'a', amount: 'x' }]);
  expect(error?.message).toContain('instances[1].amount');
});

it('alone: refuses a key that is not stored and a request that says more than its key, and computes until then', async () => {
  const here = await serve();
  expect(await ask(here, [{ id: 'a', amount: 7 }])).toEqual({ predictions: [{ score: 7 }] });
  publish([{ instance: { id: 'a' }, prediction: { score: 0.5 } }]);
  await logged(here, 'predictions stored');
  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0.5 }] });
  const missing = await ask(here, [{ id: 'a' }, { id: 'z' }]);
  expect(missing.error).toMatchObject({ instance: 1, reason: 'PREDICTION_MISSING' });
  const more = await ask(here, [{ id: 'a', amount: 1 }]);
  expect(more.error?.message).toBe(
    'instances[0]: expected the fields of the key alone ("id"), got others as well',
  );
});

it('refuses a key of another type as the model does, in any answer', async () => {
  const rows = [
    { instance: { id: '7' }, prediction: { score: 0.5 } },
    { instance: { id: 'true' }, prediction: { score: 0.5 } },
  ];
  publish(rows);
  const computed = await serve({ answers: 'computed' });
  const stored = await serve();
  const fresh = await serve({ answers: 'fresh', maxAgeMs: Date.now() });
  for (const here of [stored, fresh]) await logged(here, 'predictions stored');
  for (const id of [7, true, null, ['7'], { id: '7' }]) {
    const instances = [{ id: '7' }, { id }];
    const refused = await ask(computed, instances);
    expect(refused.error?.message).toMatch(/^instances\[1\]\.id: expected/);
    expect(await ask(stored, instances)).toEqual(refused);
    expect(await ask(fresh, instances)).toEqual(refused);
  }
  expect(await ask(stored, [{ id: '7' }])).toEqual({ predictions: [{ score: 0.5 }] });
});

it('a number is the key where the interface says so, and its text is none', async () => {
  publish([{ instance: { id: 7 }, prediction: { score: 0.5 } }]);
  const face = { ...FACE, request: { ...FACE.request, id: { type: 'integer' } } };
  const env = { SLIPWAY_INTERFACE: JSON.stringify(face) };
  for (const answers of ['stored', 'fresh'] as const) {
    const here = await serve({ answers, maxAgeMs: Date.now() }, env);
    await logged(here, 'predictions stored');
    expect(await ask(here, [{ id: 7 }])).toEqual({ predictions: [{ score: 0.5 }] });
    const { error } = await ask(here, [{ id: '7' }]);
    expect(error?.message).toBe('instances[0].id: expected a whole number, got a string');
  }
});

it('reads the results of no other version, and keeps what it has where new ones cannot be read', async () => {
  publish([{ instance: { id: 'a' }, prediction: { score: 0.5 } }]);
  const here = await serve();
  await logged(here, 'predictions stored');
  publish([{ instance: { id: 'a' }, prediction: { score: 0.9 } }], { release: 'r-2' });
  await logged(here, 'expected results of r-1, got those of r-2');
  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0.5 }] });
  publish([], { files: [{ uri: urlOf('gone.jsonl'), generation: null }] });
  await logged(here, 'ENOENT');
  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0.5 }] });
  // Removing the object withdraws the predictions.
  rmSync(POINTER);
  await logged(here, 'stored predictions withdrawn');
  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0 }] });
});

it('computes in a batch job, whose answers become the next stored ones', async () => {
  publish([{ instance: { id: 'a' }, prediction: { score: 0.5 } }]);
  const here = await serve({}, { SLIPWAY_ENDPOINT_ID: '123' });
  expect(await ask(here, [{ id: 'a', amount: 7 }])).toEqual({ predictions: [{ score: 7 }] });
  expect(await ask(here, [{ id: 'a' }])).toEqual({ predictions: [{ score: 0 }] });
});
