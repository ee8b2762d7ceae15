/** A whole predictor with features in a SQLite file: what callers send and get. */
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FeatureSettings } from '../../../common/artifact/feature-settings.ts';
import type { Interface } from '../../../common/artifact/interface.ts';
import { post } from '../requests.ts';
import { serveHere, type Here } from '../serve-here.ts';
import { artifact, databaseFolder, environment, FEATURES, settingsFor, writeCustomers } from './served.ts';

const NOW = new Date().toISOString();
const file = databaseFolder();
beforeAll(() => {
  writeCustomers(file.path, [
    { customer_id: 'c-1', orders: 7, seen: 2, updated_at: NOW },
    { customer_id: 'old', orders: 8, seen: 3, updated_at: '2020-01-01T00:00:00Z' },
    { customer_id: 'unseen', orders: 9, seen: null, updated_at: NOW },
    { customer_id: 'empty', orders: null, seen: 4, updated_at: NOW },
    { customer_id: 'undated', orders: 6, seen: 5, updated_at: null },
    { customer_id: 'misdated', orders: 6, seen: 5, updated_at: 'yesterday' },
  ]);
});
afterAll(() => file.remove());

async function serve(
  more: Partial<FeatureSettings> = {},
  face: Interface | null = null,
  features?: object,
): Promise<Here> {
  const files = features === undefined ? artifact() : artifact({ 'features.json': JSON.stringify(features) });
  return serveHere(files, environment(settingsFor(file.uri, more), face));
}

interface Body {
  readonly predictions?: unknown;
  readonly error?: { readonly message: string; readonly reason?: string };
}

async function answer({ app }: Here, ...instances: object[]): Promise<{ status: number; body: Body }> {
  const response = await app.inject(post({ instances }));
  return { status: response.statusCode, body: response.json() };
}

describe('a model with features', () => {
  let here: Here;
  beforeAll(async () => {
    here = await serve();
  });
  afterAll(() => here.close());

  it('gets them by the key of the request, beside the fields of the request', async () => {
    const one = { customer_id: 'c-1', amount: 5 };
    const two = { customer_id: 'old', amount: 6, key: 'k' };
    expect(await answer(here, one, two, one)).toEqual({
      status: 200,
      body: { predictions: [[7, 2, 5], { key: 'k', y: [8, 3, 6] }, [7, 2, 5]] },
    });
  });

  it('gets the default of a value that is not there', async () => {
    const { body } = await answer(here, { customer_id: 'unseen', amount: 1 });
    expect(body.predictions).toEqual([[9, -1, 1]]);
  });

  it('is not asked where a value without a default is not there: the answer names key and feature', async () => {
    expect(
      await answer(here, { customer_id: 'c-1', amount: 1 }, { customer_id: 'nobody', amount: 1 }),
    ).toEqual({
      status: 400,
      body: {
        error: {
          code: 400,
          status: 'FAILED_PRECONDITION',
          message:
            'instances[1]: expected the feature customer.orders of customer_id "nobody", got no row of that key in the store (FEATURES_MISSING)',
          instance: 1,
          feature: 'customer.orders',
          reason: 'FEATURES_MISSING',
        },
      },
    });
    const { body } = await answer(here, { customer_id: 'empty', amount: 1 });
    expect(body.error?.message).toContain('customer_id "empty", got none in the store');
  });

  it.each([
    [{ amount: 1 }, 'instances[0].customer_id: expected a value, got nothing'],
    [{ customer_id: 'c-1', amount: '1' }, 'instances[0].amount: expected a number, got a string'],
    [
      { customer_id: 1.5, amount: 1 },
      'instances[0].customer_id: expected a string of up to 400 characters or a whole number, as it is a key, got a fraction',
    ],
    [
      { customer_id: 'c-1', amount: 1, x: 1 },
      'instances[0]: expected the fields "amount", "customer_id", got the field "x"',
    ],
    [[1, 2, 3], 'instances[0]: expected an object of "amount", "customer_id", got an array of 3'],
  ])('refuses %j in the words of the request', async (instance, message) => {
    const { status, body } = await answer(here, instance);
    expect({ status, message: body.error?.message }).toEqual({ status: 400, message });
  });

  it('answers no instances by no predictions', async () => {
    expect(await answer(here)).toEqual({ status: 200, body: { predictions: [] } });
  });

  it('tells what was found, missing and defaulted', async () => {
    const page = (await here.app.inject('/metrics')).body;
    expect(page).toMatch(/predictor_features_rows_total\{view="customer",result="missing"\} 1\n/);
    expect(page).toContain(
      'predictor_features_values_total{feature="customer.seen",result="missing",default="true"} 1',
    );
    expect(page).toContain(
      'predictor_features_values_total{feature="customer.seen",result="stale",default="false"} 1',
    );
    expect(page).toMatch(/predictor_features_lookup_seconds_count\{view="customer"\} [1-9]/);
  });
});

describe('policies', () => {
  it('refuse what is too old, or put its default', async () => {
    const refusing = await serve({ stale: 'refuse' });
    const { status, body } = await answer(refusing, { customer_id: 'old', amount: 1 });
    expect({ status, reason: body.error?.reason }).toEqual({ status: 400, reason: 'FEATURES_STALE' });
    expect(body.error?.message).toMatch(
      /customer\.seen of customer_id "old", got one that is \d+ s old, of at most 3600 s/,
    );
    await refusing.close();

    const defaulting = await serve({ stale: 'default' });
    expect((await answer(defaulting, { customer_id: 'old', amount: 1 })).body.predictions).toEqual([
      [8, -1, 1],
    ]);
    await defaulting.close();
  });
});

describe('a value of unknown age that has a maxAge', () => {
  it.each(['undated', 'misdated'])('is too old: %s', async (customer_id) => {
    const refusing = await serve({ stale: 'refuse' });
    const { body } = await answer(refusing, { customer_id, amount: 1 });
    expect(body.error?.message).toContain(
      `customer.seen of customer_id "${customer_id}", got one of unknown age, of at most 3600 s (FEATURES_STALE)`,
    );
    await refusing.close();
  });

  it('is served and counted, where values that are too old are', async () => {
    const serving = await serve();
    const { body } = await answer(serving, { customer_id: 'undated', amount: 1 });
    expect(body.predictions).toEqual([[6, 5, 1]]);
    expect((await serving.app.inject('/metrics')).body).toContain(
      'predictor_features_values_total{feature="customer.seen",result="stale",default="false"} 1',
    );
    await serving.close();
  });
});

describe('an interface', () => {
  const face: Interface = {
    request: {
      customer_id: { type: 'string' },
      amount: { type: 'number', default: 3 },
      orders: { type: 'number', override: 'customer.orders' },
      currency: { type: 'string', deprecated: true },
    },
    response: { score: { type: 'number' }, all: { type: 'number', list: 3 } },
  };

  it('names what is sent and what is answered, whatever the model takes', async () => {
    const features = { ...FEATURES, outputs: { score: { output: 'y', index: 1 }, all: { output: 'y' } } };
    const golden = JSON.stringify({
      instance: { customer_id: 'c-1' },
      features: { 'customer.orders': 1, 'customer.seen': 2 },
      prediction: { score: 2, all: [1, 2, 3] },
    });
    const files = artifact({ 'features.json': JSON.stringify(features), 'golden.jsonl': golden });
    const here = await serveHere(files, environment(settingsFor(file.uri), face));
    const sent = [{ customer_id: 'c-1' }, { customer_id: 'c-1', amount: 4, orders: 1, currency: 'EUR' }];
    expect(await answer(here, ...sent)).toEqual({
      status: 200,
      body: {
        predictions: [
          { score: 2, all: [7, 2, 3] },
          { score: 2, all: [1, 2, 4] },
        ],
      },
    });
    await here.close();
  });
});

describe('a key with a default', () => {
  const face: Interface = {
    request: { customer_id: { type: 'string', default: 'c-1' }, amount: { type: 'number' } },
    response: { y: { type: 'number', list: 3 } },
  };
  const golden = JSON.stringify({
    instance: { amount: 5 },
    features: { 'customer.orders': 7, 'customer.seen': 2 },
    prediction: { y: [7, 2, 5] },
  });

  it('finds that row where the request leaves it out', async () => {
    const here = await serveHere(
      artifact({ 'golden.jsonl': golden }),
      environment(settingsFor(file.uri), face),
    );
    const sent = [{ amount: 1 }, { amount: 2, customer_id: null }, { amount: 3, customer_id: 'old' }];
    const rows = [[7, 2, 1], [7, 2, 2], [8, 3, 3]]; // prettier-ignore
    expect((await answer(here, ...sent)).body.predictions).toEqual(rows.map((y) => ({ y })));
    await here.close();
  });

  it('is named where the store has no such row', async () => {
    const absent = { ...face.request['customer_id'], type: 'string', default: 'nobody' } as const;
    const other: Interface = { ...face, request: { ...face.request, customer_id: absent } };
    const named = golden.replace('{"amount"', '{"customer_id":"c-1","amount"');
    const files = artifact({ 'golden.jsonl': named });
    const here = await serveHere(files, environment(settingsFor(file.uri), other));
    expect((await answer(here, { amount: 1 })).body.error?.message).toContain('of customer_id "nobody"');
    await here.close();
  });
});

describe('a name that every object of JavaScript has', () => {
  it.each([
    ['constructor.x', 'view constructor: expected it in features.views of the service, got none'],
    ['request.constructor', 'request.constructor: expected a field of the interface, got none of that name'],
  ])('is none of the service: %s', async (from, message) => {
    const face: Interface = {
      request: { customer_id: { type: 'string' } },
      response: { y: { type: 'number', list: 3 } },
    };
    const column = { from, type: 'number' };
    const features = { schema: 1, inputs: [{ name: 'x', columns: [column, column, column] }] };
    await expect(serve({}, face, features)).rejects.toThrow(message);
  });
});

describe('the check before readiness', () => {
  it('refuses a feature that the store does not have, by view, feature and key', async () => {
    const golden = JSON.stringify({
      instance: { customer_id: 'empty', amount: 5 },
      features: { 'customer.orders': 7, 'customer.seen': 2 },
      prediction: [7, 2, 5],
    });
    const env = environment(settingsFor(file.uri));
    await expect(serveHere(artifact({ 'golden.jsonl': golden }), env)).rejects.toThrow(
      'view customer, feature orders, key customer_id "empty": no value in the store, and the model has no default for it',
    );
  });

  it('refuses a view that is not in the file', async () => {
    const columns = FEATURES.inputs.flatMap((input) => input.columns);
    const features = {
      ...FEATURES,
      inputs: [{ name: 'x', columns: [{ from: 'customer.nope', type: 'number' }, ...columns.slice(1)] }],
    };
    const golden = JSON.stringify({
      instance: { customer_id: 'c-1', amount: 5 },
      features: { 'customer.nope': 7, 'customer.seen': 2 },
      prediction: [7, 2, 5],
    });
    const files = artifact({ 'features.json': JSON.stringify(features), 'golden.jsonl': golden });
    await expect(serveHere(files, environment(settingsFor(file.uri)))).rejects.toThrow(
      /view customer: the store cannot be asked: view customer: the SQLite file does not have what the view names: no such column: f.nope/,
    );
  });
});

it('features of one name in two views are two', async () => {
  const database = new DatabaseSync(file.path);
  database.exec('CREATE TABLE partners (partner_id TEXT PRIMARY KEY, orders REAL, updated_at TEXT)');
  database.prepare('INSERT INTO partners VALUES (?, ?, ?)').run('p-1', 100, NOW);
  database.close();
  const [input] = FEATURES.inputs;
  const columns = ['partner.orders', 'customer.orders', 'request.amount'].map((from) => ({
    from,
    type: 'number',
  }));
  const { views } = settingsFor(file.uri);
  const partner = { key: ['partner_id'], table: 'partners', time: 'updated_at' };
  const instance = { customer_id: 'c-1', partner_id: 'p-1', amount: 5 };
  const golden = { instance, prediction: [100, 7, 5] };
  const files = artifact({
    'features.json': JSON.stringify({ ...FEATURES, inputs: [{ ...input, columns }] }),
    'golden.jsonl': JSON.stringify(golden),
  });
  const here = await serveHere(files, environment(settingsFor(file.uri, { views: { ...views, partner } })));
  try {
    expect((await answer(here, instance)).body).toEqual({ predictions: [[100, 7, 5]] });
    // The key of the one is none of the other.
    const { body } = await answer(here, { ...instance, partner_id: 'c-1' });
    expect(body.error?.message).toContain('partner.orders');
  } finally {
    await here.close();
  }
});
