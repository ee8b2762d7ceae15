/** A model behind an interface: the request and the features have what it takes, it has what the response promises. */
import { describe, expect, it } from 'vitest';
import { readFeatures, type Features } from '../../../../common/artifact/features.ts';
import type { RequestField, ResponseField } from '../../../../common/artifact/interface.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import { misfits } from '../../../../functions/release/checks/interface-fit.ts';
import type { Field, Signature } from '../../../../functions/release/checks/signature.ts';
import { withService } from '../../config/samples.ts';
import { field } from './fields.ts';

const VIEW = { key: ['id'], time: 'at', features: { orders: 'integer', country: 'string' } };
const SQLITE = { kind: 'sqlite', uri: 'gs://features/churn.sqlite' };

interface Case {
  request?: Record<string, RequestField>;
  response?: Record<string, ResponseField>;
  views?: object | null;
  columns?: object[] | null;
  outputs?: object;
  versions?: object;
  inputs?: Field[];
  gives?: Field[];
}

function found(change: Case): string[] {
  const request = { id: { type: 'string' }, amount: { type: 'number', default: 0 }, ...change.request };
  const response = change.response ?? { score: { type: 'number' } };
  const views = change.views === undefined ? { customer: VIEW } : change.views;
  const features = views === null ? '' : `    features: ${JSON.stringify({ store: SQLITE, views })}`;
  const contract = `    interface: ${JSON.stringify({ request, response })}`;
  const service = parseConfig(withService(`${contract}\n${features}`)).services.get('churn');
  if (service?.interface === undefined || service.interface === null) throw new Error('no interface');
  const columns = change.columns === undefined ? [ORDERS, AMOUNT] : change.columns;
  const signature: Signature = {
    inputs: change.inputs ?? [field('x', [null, 2])],
    outputs: change.gives ?? [field('score', [null, 1])],
  };
  return misfits({
    contract: service.interface,
    features: service.features,
    mapping: columns === null ? null : mappingOf(columns, change),
    signature,
  });
}

function mappingOf(columns: object[], { outputs, versions }: Case): Features {
  const value = {
    schema: 1,
    inputs: [{ name: 'x', columns }],
    ...(outputs && { outputs }),
    ...(versions && { views: versions }),
  };
  const read = readFeatures(JSON.stringify(value));
  if (read.features === null) throw new Error(read.problems.join('; '));
  return read.features;
}

const ORDERS = { from: 'customer.orders', type: 'number', default: 0, maxAge: '2h' };
const AMOUNT = { from: 'request.amount', type: 'number' };
const CLASSES = field('p', [null, 3]);

describe('a model that fits', () => {
  it.each<[string, Case]>([
    ['takes features and the request', {}],
    ['is mapped by name', { columns: null, inputs: [field('amount')] }],
    ['has more outputs than are promised', { gives: [field('score'), field('label', [null], 'int64')] }],
    ['gives an element', { gives: [CLASSES], outputs: { score: { output: 'p', index: 2 } } }],
    ['gives a list', { gives: [CLASSES], response: { p: { type: 'number', list: 3 } } }],
    ['gives whole numbers', { gives: [field('score', [null], 'int64')] }],
    [
      'gives a value of a map',
      {
        gives: [field('p', null, 'seq<map<string,float32>>')],
        outputs: { score: { output: 'p', key: 'yes' } },
      },
    ],
    ['reads what is not declared', { views: { customer: { key: ['id'], time: 'at' } } }],
    [
      'reads its own version of a view',
      {
        views: { customer: { ...VIEW, table: 'customer_v{version}' } },
        versions: { customer: { version: '3' } },
      },
    ],
    ['takes an unknown number of columns', { inputs: [field('x', [null, null])] }],
  ])('%s', (_, change) => {
    expect(found(change)).toEqual([]);
  });
});

describe('a model that does not', () => {
  it.each<[string, Case]>([
    ['the input "x" has 3 columns, and features.json maps 2', { inputs: [field('x', [null, 3])] }],
    ['the input "y" is not mapped in features.json', { inputs: [field('x', [null, 2]), field('y')] }],
    ['features.json maps the input "x", which the model does not have', { inputs: [field('z', [null, 2])] }],
    [
      'the input "x" is string, and customer.orders is a number',
      { inputs: [field('x', [null, 2], 'string')] },
    ],
    [
      'the input "age" needs request.age, which interface.request does not have',
      { columns: null, inputs: [field('age')] },
    ],
    [
      'the input "x" needs request.age, which interface.request does not have',
      { columns: [ORDERS, { from: 'request.age', type: 'number' }] },
    ],
    [
      'request.id is a string, and the model takes a number',
      { columns: [ORDERS, { from: 'request.id', type: 'number' }] },
    ],
    [
      'request.amount may be left out, and features.json has no default for it',
      { request: { amount: { type: 'number', optional: true } } },
    ],
    ['request.amount has one value, and the model takes 2 values', { columns: [{ ...AMOUNT, list: 2 }] }],
    ['the model needs customer.orders, and the service has no features in slipway.yaml', { views: null }],
    ['the model needs customer.orders, and features.views has no view customer', { views: { shop: VIEW } }],
    [
      'the model needs customer.visits, which features.views.customer.features does not have',
      { columns: [{ ...ORDERS, from: 'customer.visits' }, AMOUNT] },
    ],
    [
      'customer.country is a string in features.views.customer.features, and the model takes a number',
      { columns: [{ ...ORDERS, from: 'customer.country' }, AMOUNT] },
    ],
    [
      'customer.orders has a maxAge, and features.views.customer has no time to tell its age by',
      { views: { customer: { key: ['id'] } } },
    ],
    [
      'features.views.customer: the table customer_{version} has a version, and features.json states none for the view',
      { views: { customer: { ...VIEW, table: 'customer_{version}' } } },
    ],
    [
      'features.json states a version of customer, and the table of features.views.customer has no {version}',
      { versions: { customer: { version: '3' } } },
    ],
    ['response.score needs the output "score", which the model does not have', { gives: [field('p')] }],
    [
      'response.score is a number, and the output "score" is string',
      { gives: [field('score', [null], 'string')] },
    ],
    ['response.score has 1 value(s), and the output "score" gives 3', { gives: [field('score', [null, 3])] }],
    [
      'response.score needs element 3 of the output "p", which has 3',
      { gives: [CLASSES], outputs: { score: { output: 'p', index: 3 } } },
    ],
    [
      'response.score needs a key of the output "p", which is no map',
      { gives: [CLASSES], outputs: { score: { output: 'p', key: 'yes' } } },
    ],
    [
      'response.score is mapped to no output in features.json',
      {
        response: { score: { type: 'number' }, why: { type: 'string' } },
        gives: [field('why', [null], 'string')],
        outputs: { why: { output: 'why' } },
      },
    ],
    [
      'features.json maps an output to response.why, which the interface does not have',
      { outputs: { score: { output: 'score' }, why: { output: 'score' } } },
    ],
  ])('%s', (words, change) => {
    expect(found(change)).toContain(words);
  });
});
