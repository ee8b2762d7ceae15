/** From the first percent to the last. */
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
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
import { endpointWith, foreign, liveOf, NOW, releasing, requestOf } from '../../../support/samples.ts';

const HOUR = 60 * MINUTE;

const canary = serviceWith(CANARY);
const gated = serviceWith({ ...CANARY, gates: ALL_GATES });
const trusting = serviceWith({ ...CANARY, gates: { ...ALL_GATES, whenUnsure: 'pass' } });
const blueGreen = serviceWith({ bake: '20m', gates: { golden: {}, metrics: {} } });

/** Deployed with no traffic. */
const fresh = releasing({ live: liveOf(0) }, { deployed: true });

describe('a canary', () => {
  it('begins with the first share', () => {
    expect(shares(decide(canary, fresh, split(0), 0))).toEqual({ [candidate.id]: 10, [before.id]: 90 });
  });

  it.each<[string, Ledger, Endpoint, number, object]>([
    [
      'that has its share notes since when',
      fresh,
      split(10),
      1,
      { change: { type: 'stepReached', step: 0 } },
    ],
    ['bakes', baking(0), split(10), 1, { do: 'wait', ms: 4 * MINUTE, why: 'bake' }],
    [
      'that has baked goes on',
      baking(0, { stepSince: NOW - 5 * MINUTE }),
      split(10),
      0,
      { change: { type: 'stepPassed', step: 1 } },
    ],
    ['in its last step bakes too', baking(2), split(100), 19, { do: 'wait', ms: MINUTE, why: 'bake' }],
    ['moves the aliases then', baking(2), split(100), 20, { do: 'moveAliases', version: '8' }],
    [
      'is live at last, and has a standby',
      baking(2, { aliased: true }),
      split(100),
      20,
      { change: { type: 'wentLive', deployedModel: candidate.id, standbyMs: HOUR } },
    ],
    [
      'whose policy has lost steps meanwhile is in the last one, from now on',
      baking(7),
      split(100),
      1,
      { change: { type: 'stepReached', step: 2 } },
    ],
  ])('%s', (_, ledger, endpoint, minutes, expected) => {
    expect(decide(canary, ledger, endpoint, minutes)).toMatchObject(expected);
  });

  it.each([
    ['the second step', baking(1), split(10), { [candidate.id]: 50, [before.id]: 50 }],
    ['the last step', baking(2), split(50), { [candidate.id]: 100 }],
    ['a share that somebody has changed', baking(0), split(70), { [candidate.id]: 10, [before.id]: 90 }],
    [
      'what others hold, which stays theirs',
      baking(0),
      endpointWith([before, candidate, foreign], { 42: 50, [before.id]: 50 }),
      { 42: 50, [candidate.id]: 5, [before.id]: 45 },
    ],
    [
      'next to nothing, of which it gets one percent at least',
      baking(0),
      endpointWith([before, candidate, foreign], { 42: 98, [before.id]: 2 }),
      { 42: 98, [candidate.id]: 1, [before.id]: 1 },
    ],
  ])('shifts for %s', (_, ledger, endpoint, expected) => {
    expect(shares(decide(canary, ledger, endpoint, 0))).toEqual(expected);
  });

  it('fails where others hold everything', () => {
    const endpoint = endpointWith([before, candidate, foreign], { 42: 100 });
    expect(decide(canary, fresh, endpoint, 0)).toMatchObject({
      change: { type: 'attemptFailed', code: 'TRAFFIC_HELD', again: false },
    });
  });

  it('takes what others hold where the service takes over', () => {
    const endpoint = endpointWith([before, candidate, foreign], { 42: 100 });
    const shift = decide(serviceWith({ ...CANARY, takeOver: true }), fresh, endpoint, 0);
    expect(shares(shift)).toEqual({ [candidate.id]: 10, [before.id]: 90 });
  });
});

describe('with nobody to share it with', () => {
  it.each([
    ['nothing is live', { live: null }, endpointWith([candidate])],
    ['the live model is gone', {}, endpointWith([candidate])],
  ])('all the traffic comes at once: %s', (_, change, endpoint) => {
    const ledger = releasing({ live: liveOf(0), ...change }, { deployed: true });
    expect(shares(decide(canary, ledger, endpoint, 0))).toEqual({ [candidate.id]: 100 });
  });

  it('so it does when the live model goes half-way, and the last bake begins then', () => {
    const alone = endpointWith([candidate], { [candidate.id]: 10 });
    expect(shares(decide(canary, baking(0), alone, 4))).toEqual({ [candidate.id]: 100 });
    const all = endpointWith([candidate], { [candidate.id]: 100 });
    expect(decide(canary, baking(0), all, 4)).toMatchObject({ change: { type: 'stepReached', step: 2 } });
  });
});

describe('the gates', () => {
  const passed = [verdictOf('golden', 'pass'), verdictOf('comparison', 'pass')];
  const metrics = verdictOf('metrics', 'pass');

  it.each<[string, Ledger, Endpoint, number, string[]]>([
    ['golden and comparison at once', baking(0), split(10), 0, ['golden', 'comparison']],
    ['the metrics once it has baked', baking(0, { verdicts: passed }), split(10), 5, ['metrics']],
    ['the metrics of each step', baking(1, { verdicts: [...passed, metrics] }), split(50), 10, ['metrics']],
    [
      'golden again at the end, if it could not tell at the beginning',
      baking(2, { verdicts: [verdictOf('golden', 'hold')] }),
      split(100),
      0,
      ['golden'],
    ],
  ])('are asked: %s', (_, ledger, endpoint, minutes, gates) => {
    expect(decide(gated, ledger, endpoint, minutes)).toMatchObject({ do: 'judge', gates });
  });

  it('of a blue-green release are asked with all the traffic on it, and none compares', () => {
    const ledger = baking(0);
    expect(decide(blueGreen, ledger, split(100), 20)).toMatchObject({ gates: ['golden', 'metrics'] });
  });

  it.each<[string, Ledger, number, object]>([
    [
      'all of them pass',
      baking(0, { verdicts: [...passed, metrics] }),
      5,
      { change: { type: 'stepPassed' } },
    ],
    ['the bake is not over', baking(0, { verdicts: passed }), 1, { do: 'wait', ms: 4 * MINUTE, why: 'bake' }],
    [
      'one could not tell, and is not to be asked yet',
      baking(0, { verdicts: [verdictOf('golden', 'hold')], judgeNotBefore: NOW + 80_000 }),
      1,
      { do: 'wait', ms: 20_000 },
    ],
    [
      'one could not tell, and is asked again',
      baking(0, { verdicts: [verdictOf('golden', 'hold')], judgeNotBefore: NOW + 80_000 }),
      2,
      { do: 'judge' },
    ],
    [
      'its answers are wrong: it goes back before it has baked',
      baking(0, { verdicts: [verdictOf('golden', 'fail', 0, 'line 3')] }),
      0,
      { change: { type: 'rollbackStarted', code: 'GATE_GOLDEN', detail: 'line 3' } },
    ],
    [
      'its answers differ too much',
      baking(0, { verdicts: [verdictOf('golden', 'pass'), verdictOf('comparison', 'fail')] }),
      0,
      { change: { type: 'rollbackStarted', code: 'GATE_COMPARISON', detail: 'comparison says fail' } },
    ],
    [
      'it fails too often',
      baking(0, { verdicts: [...passed, verdictOf('metrics', 'fail')] }),
      5,
      { change: { type: 'rollbackStarted', code: 'GATE_METRICS' } },
    ],
    [
      'patience is not over at its last moment',
      baking(0, { verdicts: [verdictOf('golden', 'hold')] }),
      15,
      { do: 'judge' },
    ],
    [
      'patience is over',
      baking(0, { verdicts: [verdictOf('golden', 'hold', 0, 'nobody answers')] }),
      15.1,
      {
        change: {
          type: 'rollbackStarted',
          code: 'GATE_UNSURE',
          detail: 'nobody answers; comparison: not judged; metrics: not judged',
        },
      },
    ],
  ])('%s', (_, ledger, minutes, expected) => {
    expect(decide(gated, ledger, split(10), minutes)).toMatchObject(expected);
  });

  it('that cannot tell count as passed once patience is over, if the policy says so', () => {
    const unsure = baking(0, {
      verdicts: [verdictOf('golden', 'hold'), verdictOf('comparison', 'pass'), verdictOf('metrics', 'hold')],
    });
    expect(decide(trusting, unsure, split(10), 14)).toMatchObject({ do: 'judge' });
    expect(decide(trusting, unsure, split(10), 15.1)).toMatchObject({
      change: { type: 'stepPassed', step: 1 },
    });
  });

  it.each([
    ['fail', gated],
    ['pass', trusting],
  ])('that nobody asked in time are asked before the policy says %s', (_, service) => {
    expect(decide(service, baking(0), split(10), 90)).toMatchObject({
      do: 'judge',
      gates: ['golden', 'comparison', 'metrics'],
    });
  });

  it('that fail still count after that', () => {
    const wrong = baking(0, { verdicts: [verdictOf('golden', 'fail')] });
    expect(decide(trusting, wrong, split(10), 20)).toMatchObject({ change: { code: 'GATE_GOLDEN' } });
  });

  it('of the metrics count for their own step alone', () => {
    const failedBefore = baking(1, { verdicts: [verdictOf('metrics', 'fail', 0), ...passed] });
    expect(decide(gated, failedBefore, split(50), 10)).toMatchObject({ do: 'judge', gates: ['metrics'] });
  });

  it('are not asked of a step without a bake for its metrics', () => {
    const quick = serviceWith({ strategy: 'canary', steps: [{ traffic: 5 }], gates: { metrics: {} } });
    expect(decide(quick, baking(0), split(5), 0)).toMatchObject({ change: { type: 'stepPassed', step: 1 } });
  });
});

describe('in a bake', () => {
  const newer = { queue: [requestOf(2)] };

  it('something newer makes it go back', () => {
    expect(decide(canary, baking(0, {}, newer), split(10), 1)).toMatchObject({
      change: { type: 'rollbackStarted', code: 'SUPERSEDED', detail: `superseded by ${requestOf(2).id}` },
    });
  });

  it.each<[string, Ledger, Endpoint]>([
    ['something older does not', baking(0, {}, { queue: [requestOf(0)] }), split(10)],
    ['nor with nothing live', baking(2, {}, { ...newer, live: null }), split(100)],
    [
      'nor with a live model that is gone',
      baking(2, {}, newer),
      endpointWith([candidate], { [candidate.id]: 100 }),
    ],
  ])('%s', (_, ledger, endpoint) => {
    expect(decide(canary, ledger, endpoint, 1)).toMatchObject({ do: 'wait', why: 'bake' });
  });

  it('the deadline makes it go back', () => {
    const late = baking(1, { startedAt: NOW - 3 * HOUR });
    expect(decide(canary, late, split(50), 1)).toMatchObject({
      change: { type: 'rollbackStarted', code: 'DEADLINE_EXCEEDED', detail: 'still in step 2' },
    });
  });

  it('a deadline that passes with the last bake is none', () => {
    const late = baking(2, { startedAt: NOW - 3 * HOUR, stepSince: NOW - 20 * MINUTE, aliased: true });
    expect(decide(canary, late, split(100), 1)).toMatchObject({ change: { type: 'wentLive' } });
  });
});
