/** What machines cost an hour. */
import { describe, expect, it } from 'vitest';
import { dollars, PRICES, replicaPrice } from '../../../cli/cost/prices.ts';

const plain = { machineType: 'n1-standard-4', accelerator: null, spot: false };
const T4 = { type: 'NVIDIA_TESLA_T4', count: 2 };

describe('the price of a replica', () => {
  it.each([
    ['a machine', plain, 'us-central1', 0.2185],
    ['a machine elsewhere', plain, 'europe-west1', 0.2404],
    ['a machine with accelerators', { ...plain, accelerator: T4 }, 'us-central1', 1.0235],
    [
      'a machine whose accelerator is in its price',
      { ...plain, machineType: 'g2-standard-4', accelerator: { type: 'NVIDIA_L4', count: 1 } },
      'us-central1',
      0.8129,
    ],
  ])('is in the table: %s', (_, machines, region, price) => {
    expect(replicaPrice(machines, region).perHour).toBeCloseTo(price, 4);
  });

  it.each([
    ['machine', { ...plain, machineType: 'n9-mega-2' }, 'us-central1', 'no price of n9-mega-2 in the table'],
    ['region', plain, 'mars-north1', 'no price of region mars-north1 in the table'],
    [
      'accelerator',
      { ...plain, accelerator: { type: 'NVIDIA_B300', count: 1 } },
      'us-central1',
      'no price of NVIDIA_B300 in the table',
    ],
    ['Spot', { ...plain, spot: true }, 'us-central1', 'the price of Spot machines changes all the time'],
  ])('is not guessed: %s', (_, machines, region, unknown) => {
    expect(replicaPrice(machines, region)).toEqual({ perHour: null, unknown, date: PRICES.date });
  });
});

it.each([
  [0, '$0.00'],
  [0.0263, '$0.026'],
  [0.1093, '$0.11'],
  [12.3456, '$12.35'],
  [340.4, '$340'],
])('writes %d as %s', (amount, text) => {
  expect(dollars(amount)).toBe(text);
});
