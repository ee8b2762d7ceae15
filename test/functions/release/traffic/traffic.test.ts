import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  describeTraffic,
  heldByOthers,
  isDeployed,
  sameTraffic,
  shareOf,
  trafficFor,
} from '../../../../functions/release/traffic/traffic.ts';
import { before, CANARY, candidate, serviceWith } from '../steps/rollout-samples.ts';
import { deployedOf, endpointWith, foreign, liveOf, serviceChurn } from '../../../support/samples.ts';

const service = serviceChurn();
const taker = serviceWith({ ...CANARY, takeOver: true });

const beside = (held: number) =>
  endpointWith([before, candidate, foreign], { 42: held, [before.id]: 100 - held });

function split(...args: Parameters<typeof trafficFor>): Record<string, number> | null {
  const traffic = trafficFor(...args);
  return traffic === null ? null : Object.fromEntries(traffic);
}

describe('trafficFor', () => {
  it('gives all that is ours to one', () => {
    expect(split(service, endpointWith([]), candidate.id)).toEqual({ [candidate.id]: 100 });
    expect(split(service, beside(30), candidate.id)).toEqual({ 42: 30, [candidate.id]: 70 });
    expect(split(taker, beside(30), candidate.id)).toEqual({ [candidate.id]: 100 });
  });

  it.each([
    [0, 10, { [candidate.id]: 10, [before.id]: 90 }],
    [30, 10, { 42: 30, [candidate.id]: 7, [before.id]: 63 }],
    [30, 1, { 42: 30, [candidate.id]: 1, [before.id]: 69 }],
    [99, 50, { 42: 99, [candidate.id]: 1 }],
    [100, 50, null],
  ])('beside others with %i %% gives one %i %% of the rest', (held, percent, expected) => {
    expect(split(service, beside(held), candidate.id, percent, before.id)).toEqual(expected);
  });

  it('always comes to a hundred whole percents, and leaves others what they have', () => {
    const percents = fc.integer({ min: 1, max: 100 });
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 99 }), percents, fc.boolean(), (held, percent, isShared) => {
        const shares = trafficFor(service, beside(held), candidate.id, percent, isShared ? before.id : null);
        const all = [...(shares?.values() ?? [])];
        expect(all.reduce((sum, share) => sum + share, 0)).toBe(100);
        expect(all.every((share) => Number.isInteger(share) && share > 0)).toBe(true);
        expect(shares?.get('42') ?? 0).toBe(held);
      }),
    );
  });
});

describe('heldByOthers', () => {
  it('is what models have that Slipway did not deploy, as far as they are there', () => {
    const gone = endpointWith([before, foreign], { 42: 20, 43: 30, [before.id]: 50 });
    expect(heldByOthers(gone)).toEqual(new Map([['42', 20]]));
    expect(heldByOthers(endpointWith([foreign], { 42: 0 }))).toEqual(new Map());
  });

  it('counts one whose name claims to be ours as another’s', () => {
    const claims = { ...foreign, displayName: deployedOf(3).displayName };
    expect(heldByOthers(endpointWith([claims], { 42: 20 }))).toEqual(new Map([['42', 20]]));
  });
});

it('no share and a share of nothing are the same', () => {
  expect(
    sameTraffic(
      new Map([['1', 100]]),
      new Map([
        ['2', 0],
        ['1', 100],
      ]),
    ),
  ).toBe(true);
  expect(sameTraffic(new Map(), new Map([['1', 0]]))).toBe(true);
  expect(sameTraffic(new Map([['1', 90]]), new Map([['1', 100]]))).toBe(false);
  expect(sameTraffic(new Map([['1', 100]]), new Map([['2', 100]]))).toBe(false);
});

it('nothing is deployed on no endpoint, and nothing has a share there', () => {
  expect(isDeployed(undefined, liveOf(0))).toBe(false);
  expect(isDeployed(endpointWith([before]), liveOf(0))).toBe(true);
  expect(shareOf(undefined, before.id)).toBe(0);
});

it('is told in words', () => {
  expect(
    describeTraffic(
      new Map([
        ['1', 90],
        ['2', 10],
      ]),
    ),
  ).toBe('1: 90 %, 2: 10 %');
  expect(describeTraffic(new Map())).toBe('nothing');
});
