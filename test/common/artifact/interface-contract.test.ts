/** /contract and /openapi.json of a service with an interface say what callers send, and not what the model takes. */
import { Compile } from 'typebox/schema';
import { describe, expect, it } from 'vitest';
import type { Interface } from '../../../common/artifact/interface.ts';
import { interfaceContract } from '../../../common/artifact/interface-contract.ts';
import { property } from '../../../common/artifact/values.ts';

const FACE: Interface = {
  request: {
    customer_id: { type: 'string', description: 'As in the shop.' },
    items: { type: 'integer', list: 'any' },
    amount: { type: 'number', default: 0 },
    old: { type: 'boolean', deprecated: true },
    orders: { type: 'number', override: 'customer.orders' },
  },
  response: { score: { type: 'number' }, classes: { type: 'string', list: 2 } },
  parameters: { floor: { type: 'number', default: 0.1 } },
};
const contract = interfaceContract(FACE);
const schemaOf = (name: 'instance' | 'prediction' | 'parameters') => Compile(Object(contract[name]));

describe('the contract of an interface', () => {
  it('names fields with their types, and which may be absent', () => {
    expect(contract['inputs']).toEqual([
      { name: 'customer_id', type: 'string', list: null, required: true },
      { name: 'items', type: 'integer', list: 'any', required: true },
      { name: 'amount', type: 'number', list: null, required: false },
      { name: 'old', type: 'boolean', list: null, required: false },
      { name: 'orders', type: 'number', list: null, required: false },
    ]);
    expect(contract['outputs']).toEqual([
      { name: 'score', type: 'number', list: null },
      { name: 'classes', type: 'string', list: 2 },
    ]);
    const fields = property(contract['instance'], 'properties');
    expect(fields).toMatchObject({
      customer_id: { type: 'string', description: 'As in the shop.' },
      amount: { default: 0 },
      old: { deprecated: true },
      orders: { description: 'Replaces customer.orders.' },
    });
  });

  it.each<[object, boolean]>([
    [{ customer_id: 'c-1', items: [1, 2] }, true],
    [{ customer_id: 'c-1', items: [], amount: 1.5, key: 7 }, true],
    [{ customer_id: 'c-1' }, false],
    [{ customer_id: 1, items: [] }, false],
    [{ customer_id: 'c-1', items: [0.5] }, false],
    [{ customer_id: 'c-1', items: [], x: [1, 2] }, false],
  ])('takes the instance %j: %s', (instance, isOne) => {
    expect(schemaOf('instance').Check(instance)).toBe(isOne);
  });

  it('gives an object also of some of the fields, and takes the parameters of the interface', () => {
    expect(schemaOf('prediction').Check({ score: 0.5, classes: ['a', 'b'] })).toBe(true);
    expect(schemaOf('prediction').Check({ score: 0.5, key: 7 })).toBe(true);
    expect(schemaOf('prediction').Check(0.5)).toBe(false);
    expect(schemaOf('parameters').Check({ floor: 0.2, outputs: ['score'], decimals: 2 })).toBe(true);
    expect(schemaOf('parameters').Check({ ceiling: 1 })).toBe(false);
  });
});
