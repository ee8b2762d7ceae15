/** `interface` and `features` of a service: what they become, and which combinations are refused. */
import { describe, expect, it } from 'vitest';
import { ConfigError, parseConfig } from '../../../functions/config/config.ts';
import { withService } from './samples.ts';

const REQUEST = { customer_id: { type: 'string' }, amount: { type: 'number', default: 0 } };
const INTERFACE = { request: REQUEST, response: { score: { type: 'number' } } };
const FEATURES = {
  store: { kind: 'sqlite', uri: 'gs://features/churn.sqlite' },
  views: { customer: { key: ['customer_id'], features: { orders: 'integer' } } },
};

function serviceOf(part: object, env: Readonly<Record<string, string>> = {}) {
  const more = Object.entries(part).map(([name, value]) => `    ${name}: ${JSON.stringify(value)}`);
  const service = parseConfig(withService(more.join('\n')), env).services.get('churn');
  if (service === undefined) throw new Error('no service');
  return service;
}

function problems(part: object): string {
  try {
    serviceOf(part);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.problems.join('\n');
    throw error;
  }
}

const withStore = (store: object) => ({ interface: INTERFACE, features: { ...FEATURES, store } });
const withView = (view: object) => ({
  interface: INTERFACE,
  features: { ...FEATURES, views: { customer: { key: ['customer_id'], ...view } } },
});
const withField = (field: object) => ({
  interface: { ...INTERFACE, request: { ...REQUEST, x: { type: 'number', ...field } } },
  features: FEATURES,
});

describe('features of a service', () => {
  it('are in a SQLite file on the local stack, whatever store they are in on Google Cloud', () => {
    const env = { SLIPWAY_LOCAL_FEATURES: 'slipway-local-features' };
    const storeOf = (store: object) => serviceOf(withStore(store), env).features?.settings.store;
    const local = { kind: 'sqlite', uri: 'gs://slipway-local-features/churn.sqlite', refreshMs: 1000 };
    expect(storeOf({ kind: 'firestore' })).toEqual(local);
    expect(storeOf({ kind: 'feast', url: 'https://feast.example.com' })).toEqual(local);
    expect(storeOf(FEATURES.store)).toMatchObject({ uri: FEATURES.store.uri });
  });

  it('are none, and its interface that of the live model, where nothing is said', () => {
    expect(serviceOf({})).toMatchObject({ interface: null, features: null });
  });

  it('have their defaults', () => {
    expect(serviceOf({ interface: INTERFACE, features: FEATURES })).toMatchObject({
      interface: INTERFACE,
      features: {
        settings: {
          store: { kind: 'sqlite', uri: 'gs://features/churn.sqlite', refreshMs: 60_000 },
          views: { customer: { key: ['customer_id'], table: 'customer', time: null } },
          timeoutMs: 50,
          cache: { ttlMs: 0, maxRows: 10_000 },
          missing: 'default',
          stale: 'serve',
          unavailable: 'refuse',
        },
        declared: new Map([['customer', new Map([['orders', 'integer']])]]),
      },
    });
  });

  it.each([
    [{ kind: 'firestore' }, { kind: 'firestore', project: 'my-project', database: '(default)' }],
    [
      { kind: 'postgres', instance: 'p:us-central1:shop', database: 'shop', user: 'churn' },
      { kind: 'postgres', instance: 'p:us-central1:shop', host: null, port: 5432, passwordSecret: null },
    ],
    [
      { kind: 'postgres', host: '127.0.0.1', port: 5433, database: 'shop', user: 'churn' },
      { kind: 'postgres', instance: null, host: '127.0.0.1', port: 5433, tls: false },
    ],
    [
      { kind: 'postgres', host: 'db.example.com', database: 'shop', user: 'churn' },
      { kind: 'postgres', tls: true },
    ],
    [
      { kind: 'vertex', featureOnlineStore: 'shop' },
      { kind: 'vertex', project: 'my-project', region: 'us-central1', featureOnlineStore: 'shop' },
    ],
    [
      { kind: 'feast', url: 'https://feast.example.com' },
      { kind: 'feast', url: 'https://feast.example.com', authentication: 'none' },
    ],
  ])('may be in the store %j', (store, expected) => {
    expect(serviceOf(withStore(store)).features?.settings.store).toMatchObject(expected);
  });
});

describe('what is impossible', () => {
  it.each<[string, object, string]>([
    [
      'features without an interface',
      { features: FEATURES },
      'services.churn.features: expected services.churn.interface beside it',
    ],
    [
      'SQLite without a file',
      withStore({ kind: 'sqlite' }),
      'features.store.uri: must be given, since services.churn.features.store.kind is sqlite',
    ],
    [
      'a file of Firestore',
      withStore({ kind: 'firestore', uri: 'gs://features/x' }),
      'features.store.uri: expected none, since services.churn.features.store.kind is firestore',
    ],
    [
      'PostgreSQL at two places',
      withStore({ kind: 'postgres', host: 'a', instance: 'p:r:i', database: 'd', user: 'u' }),
      'features.store: expected either instance or host',
    ],
    [
      'PostgreSQL nowhere',
      withStore({ kind: 'postgres', database: 'd', user: 'u' }),
      'features.store: expected either instance or host',
    ],
    [
      'a port of an instance',
      withStore({ kind: 'postgres', instance: 'p:r:i', port: 1, database: 'd', user: 'u' }),
      'features.store.port: expected none beside instance',
    ],
    ['Feast without an address', withStore({ kind: 'feast' }), 'features.store.url: must be given'],
    ['a kind that is none', withStore({ kind: 'redis' }), 'store.kind: expected one of sqlite, firestore'],
    [
      'a key that no request has',
      withView({ key: ['user'] }),
      'views.customer.key: expected fields of interface.request, got "user"',
    ],
    [
      'a key that is a number',
      withView({ key: ['amount'] }),
      'expected fields of type string, integer or boolean, and interface.request.amount is a number',
    ],
    [
      'a view called request',
      { interface: INTERFACE, features: { ...FEATURES, views: { request: { key: ['customer_id'] } } } },
      'expected a name of up to 64 letters, digits and "_", other than request',
    ],
    [
      'a default of another type',
      withField({ default: 'x' }),
      'x.default: expected a value of its type, number',
    ],
    ['a default of a list', withField({ default: 0, list: 3 }), 'x.default: expected none beside list'],
    [
      'an override of no view',
      withField({ override: 'shop.a' }),
      'x.override: expected a view of features.views',
    ],
    [
      'an override of no feature',
      withField({ override: 'customer.a' }),
      'x.override: expected a feature of features.views.customer, got "a"',
    ],
    [
      'an override of a view that every object of JavaScript has',
      withField({ override: 'constructor.a' }),
      'x.override: expected a view of features.views',
    ],
    [
      'a feature that two fields replace',
      {
        interface: {
          ...INTERFACE,
          request: {
            ...INTERFACE.request,
            a: { type: 'integer', override: 'customer.orders' },
            b: { type: 'integer', override: 'customer.orders' },
          },
        },
        features: FEATURES,
      },
      'request.b.override: expected another feature, customer.orders is replaced by a',
    ],
    [
      'an override of another type',
      withField({ override: 'customer.orders' }),
      'x.type: expected integer, as in features.views.customer.features, got number',
    ],
    [
      'an optional key',
      {
        interface: { ...INTERFACE, request: { customer_id: { type: 'string', optional: true } } },
        features: FEATURES,
      },
      'expected fields that are always there, and interface.request.customer_id may be left out',
    ],
    [
      'a parameter of the predictor',
      { interface: { ...INTERFACE, parameters: { decimals: { type: 'integer' } } } },
      "parameters.decimals: expected another name, this one is the predictor's own",
    ],
    [
      'a field of no name',
      { interface: { ...INTERFACE, request: { 'a b': { type: 'number' } } } },
      'interface.request.a b: expected a name of up to 64 letters',
    ],
  ])('%s', (_, part, expected) => {
    expect(problems(part)).toContain(expected);
  });
});
