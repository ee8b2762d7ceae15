/** Releases that get all the traffic at once, and those that give theirs back. */
import { describe, expect, it } from 'vitest';
import type { Observed } from '../../../../functions/release/decisions.ts';
import type { Ledger, Release } from '../../../../functions/release/ledger/ledger.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { plan } from '../../../../functions/release/plan.ts';
import type { Endpoint } from '../../../../functions/world.ts';
import {
  ALL_GATES,
  baking,
  before,
  CANARY,
  candidate,
  decide,
  MINUTE,
  serviceWith,
  shares,
  split,
  verdictOf,
} from './rollout-samples.ts';
import {
  deployedOf,
  endpointWith,
  foreign,
  liveOf,
  NOW,
  releasing,
  requestOf,
} from '../../../support/samples.ts';

const HOUR = 60 * MINUTE;

const gated = serviceWith({ ...CANARY, gates: ALL_GATES });

describe('directly, without bakes and gates, goes', () => {
  it.each<[string, Ledger]>([
    ['a promoted release', baking(0, { promoted: true, aliased: true })],
    [
      'a promoted release whose gate has failed',
      baking(0, { promoted: true, aliased: true, verdicts: [verdictOf('golden', 'fail')] }),
    ],
    [
      'a rollback',
      baking(0, {
        request: requestOf(1, { version: '8', rollback: { from: liveOf(0).request.id, deployedModel: '1' } }),
      }),
    ],
  ])('%s', (_, ledger) => {
    expect(shares(decide(gated, ledger, split(10), 0))).toEqual({ [candidate.id]: 100 });
    expect(decide(gated, ledger, split(100), 0)).toMatchObject({ change: { type: 'wentLive' } });
  });

  it('a repair', () => {
    const ledger = baking(0, { aliased: true }, { live: { ...liveOf(1), deployedModel: '9' } });
    const endpoint = endpointWith([candidate], {});
    expect(shares(decide(gated, ledger, endpoint, 0))).toEqual({ [candidate.id]: 100 });
    const all = endpointWith([candidate], { [candidate.id]: 100 });
    expect(decide(gated, ledger, all, 0)).toMatchObject({ change: { type: 'wentLive' } });
  });

  it('a promoted release past what waits, once it has traffic', () => {
    const ledger = baking(0, { promoted: true }, { queue: [requestOf(2)] });
    expect(shares(decide(gated, ledger, split(10), 0))).toEqual({ [candidate.id]: 100 });
  });

  it('a rollback to the model that stands by, without deploying', () => {
    const request = requestOf(3, {
      version: '7',
      rollback: { from: liveOf(1).request.id, deployedModel: before.id },
    });
    const previous = { live: liveOf(0), until: NOW + HOUR, retired: false };
    const ledger = releasing({ live: liveOf(1), previous }, { request });
    const endpoint = endpointWith([before, candidate], { [candidate.id]: 100 });
    expect(shares(decide(gated, ledger, endpoint, 0))).toEqual({ [before.id]: 100 });

    const retired = { ...ledger, previous: { ...previous, retired: true } };
    expect(decide(gated, retired, endpoint, 0)).toEqual({ do: 'look', at: 'versions' });
  });
});

describe('going back', () => {
  const cause = { code: 'GATE_GOLDEN', text: 'text', detail: 'detail' };
  const back = baking(0, { goingBack: cause });

  it('gives the live model everything', () => {
    expect(shares(decide(gated, back, split(10), 0))).toEqual({ [before.id]: 100 });
  });

  it('says first that it has had traffic', () => {
    const { served: _, ...release } = back.release;
    const ledger = { ...back, release };
    expect(decide(gated, ledger, split(10), 0)).toMatchObject({ change: { type: 'hadTraffic' } });
  });

  it('leaves others what is theirs', () => {
    const endpoint = endpointWith([before, candidate, foreign], {
      42: 50,
      [before.id]: 45,
      [candidate.id]: 5,
    });
    expect(shares(decide(gated, back, endpoint, 0))).toEqual({ 42: 50, [before.id]: 50 });
  });

  it('leaves nothing serving where nothing was live', () => {
    const endpoint = endpointWith([candidate], { [candidate.id]: 100 });
    const ledger = { ...back, live: null };
    expect(shares(decide(gated, ledger, endpoint, 0))).toEqual({});
  });

  it('lets what serves go on where the live model is not deployed', () => {
    const endpoint = endpointWith([candidate], { [candidate.id]: 100 });
    expect(decide(gated, back, endpoint, 0)).toMatchObject({ change: { type: 'rollbackFinished' } });
  });

  const there = endpointWith([before, candidate], { [before.id]: 100 });
  const gone = endpointWith([before], { [before.id]: 100 });

  it.each<[string, Endpoint, Partial<Release>, object]>([
    ['a write comes before the end: the read may be old', there, {}, { do: 'fence' }],
    ['also where it does not show', gone, {}, { do: 'fence' }],
    ['then the end', there, { isBack: true }, { change: { type: 'rollbackFinished' } }],
    [
      'which comes at once for what never had any and is not there',
      gone,
      { served: false },
      { change: { type: 'rollbackFinished' } },
    ],
  ])('without traffic %s', (_, endpoint, change, expected) => {
    const ledger = { ...back, release: { ...back.release, ...change } };
    expect(decide(gated, ledger, endpoint, 0)).toMatchObject(expected);
  });

  it('ends without an endpoint, too', () => {
    expect(plan(gated, back, { endpoints: [] }, NOW)).toMatchObject({ change: { type: 'rollbackFinished' } });
  });

  it('never turns round, whatever else is due', () => {
    const ledger = { ...back, release: { ...back.release, promoted: true, startedAt: NOW - 9 * HOUR } };
    expect(shares(decide(gated, { ...ledger, queue: [requestOf(2)] }, split(10), 0))).toEqual({
      [before.id]: 100,
    });
  });

  const passed = endpointWith([before, candidate], { [before.id]: 100 }, '2');

  it.each<[string, Observed, object]>([
    ['once the endpoint has been looked at', {}, { do: 'look', at: 'endpoints' }],
    ['behind the fence', { endpoints: [passed] }, { do: 'fence' }],
    ['at once', { endpoints: [there] }, { change: { type: 'operationAbandoned', isHopeless: false } }],
    ['also of what does not show', { endpoints: [gone] }, { change: { type: 'operationAbandoned' } }],
    ['but for what has traffic already', { endpoints: [split(10)] }, { change: { type: 'deployed' } }],
  ])('goes on without its operation, %s', (_, seen, expected) => {
    const pending = { kind: 'deploy', subject: candidate.id, name: 'op', since: NOW } as const;
    expect(plan(gated, { ...back, pending }, seen, NOW + MINUTE)).toMatchObject(expected);
  });
});

describe('with nothing of ours live', () => {
  const taking = serviceWith({ ...CANARY, takeOver: true });
  const shared = endpointWith([foreign, candidate], { [foreign.id]: 100 });
  const taken = endpointWith([foreign, candidate], { [candidate.id]: 100 });

  it('what a failed release has left with traffic is nothing to go back to', () => {
    const left = { kind: 'giveBack', since: NOW, failures: 1, notBefore: NOW, detail: 'no' } as const;
    const stuck = deployedOf(0);
    const seen = endpointWith([foreign, stuck, candidate], { [stuck.id]: 100 });
    const splitOf = (splitBefore?: [string, number][]) =>
      decide(
        taking,
        releasing(
          { live: null, leftovers: [{ ...left, subject: stuck.id, ...(splitBefore && { splitBefore }) }] },
          { deployed: true, aliased: true },
        ),
        seen,
        0,
      );
    expect(splitOf()).toMatchObject({ change: { type: 'previousSplitRecorded', traffic: [] } });
    expect(splitOf([[foreign.id, 100]])).toMatchObject({ change: { traffic: [[foreign.id, 100]] } });
  });

  it('what others served is remembered before it is taken over, and given back', () => {
    const ledger = releasing({ live: null }, { deployed: true, aliased: true });
    expect(decide(taking, ledger, shared, 0)).toMatchObject({
      change: { type: 'previousSplitRecorded', traffic: [[foreign.id, 100]] },
    });
    const goingBack = causeOf('GATE_GOLDEN', 'line 2');
    const back = releasing(
      { live: null },
      { deployed: true, served: true, goingBack, splitBefore: [[foreign.id, 100]] },
    );
    expect(shares(decide(taking, back, taken, 1))).toEqual({ [foreign.id]: 100 });
  });

  it('and what served before gone too, nothing is served', () => {
    const goingBack = causeOf('GATE_GOLDEN', 'line 2');
    const back = releasing(
      { live: null },
      { deployed: true, served: true, goingBack, splitBefore: [[foreign.id, 100]] },
    );
    const alone = endpointWith([candidate], { [candidate.id]: 100 });
    expect(shares(decide(taking, back, alone, 1))).toEqual({});
  });
});

it('a candidate whose gate has failed goes back for that, also where something newer waits', () => {
  const ledger = baking(0, { verdicts: [verdictOf('golden', 'fail')] }, { queue: [requestOf(2)] });
  expect(decide(gated, ledger, split(10), 1)).toMatchObject({ change: { code: 'GATE_GOLDEN' } });
});
