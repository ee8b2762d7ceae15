/** Hours of a service: what their ends mean beside what people and releases ask for. */
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../../functions/config/config.ts';
import { parseHours } from '../../../../functions/config/hours.ts';
import type { Action } from '../../../../functions/release/decisions.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { startable } from '../../../../functions/release/ledger/queries.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { withHold } from '../../../../functions/release/steps/hold.ts';
import { isParked, withoutParking, withPark, withWake } from '../../../../functions/release/steps/park.ts';
import {
  deployedOf,
  ENDPOINT,
  endpointWith,
  ledgerWith,
  liveOf,
  NOW,
  releasing,
  requestOf,
  serviceChurn,
  versionOf,
} from '../../../support/samples.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** A midnight after all that the samples have. */
const MIDNIGHT = (Math.floor(NOW / DAY) + 1) * DAY;
const MORNING = MIDNIGHT + 7 * HOUR;
const EVENING = MIDNIGHT + 19 * HOUR;
const current = deployedOf(1);
const serving = endpointWith([current], { [current.id]: 100 });
const versions = [versionOf(1, { aliases: ['live', 'default'] })];
const awake = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1), parkedAt: MORNING });
const BY_HAND = { reason: 'maintenance', artifactsWait: false };

function serviceOpen(from = '07:00', to = '19:00', artifactsWait = false): Service {
  const hours = parseHours([{ from, to, timeZone: 'UTC' }], 'hours', []);
  return { ...serviceChurn(), parking: { hours, artifactsWait } };
}

const service = serviceOpen();

function decide(ledger: Ledger, now: number, of = service): Action {
  return plan(of, ledger, { endpoints: [serving], versions }, now);
}

/** The ledger once all boundaries of that moment have been taken note of. */
function after(ledger: Ledger, now: number, of = service): Ledger {
  const action = decide(ledger, now, of);
  if (action.do !== 'record' || action.change.type !== 'boundaryPassed') return ledger;
  return after(
    applyTransition(ledger, action.change, now, () => 0),
    now,
    of,
  );
}

describe('the hours of a service', () => {
  it('park it at their end, and wake it at their beginning', () => {
    expect(decide(awake, EVENING - 1)).toEqual({ do: 'stop' });
    const parked = after(awake, EVENING);
    expect(parked.parked).toEqual({ since: EVENING, reason: '', by: 'schedule' });
    expect(decide(parked, EVENING)).toMatchObject({ do: 'shift', traffic: new Map() });
    expect(isParked(after(parked, MORNING + DAY - 1))).toBe(true);
    expect(isParked(after(parked, MORNING + DAY))).toBe(false);
  });

  it('are of no concern where there are none', () => {
    expect(decide({ ...awake, parkedAt: 0 }, EVENING, serviceChurn())).toEqual({ do: 'stop' });
  });

  it('count once', () => {
    const parked = after(awake, EVENING);
    expect(after(parked, EVENING + HOUR)).toBe(parked);
  });
});

describe('until the next boundary', () => {
  it('a person wakes a service outside its hours', () => {
    const woken = withoutParking(
      withWake(after(awake, EVENING), EVENING + HOUR, { by: 'request', reason: '' }),
      EVENING,
    );
    expect(after(woken, EVENING + 2 * HOUR).parked).toBeUndefined();
    expect(after(woken, EVENING + DAY).parked?.since).toBe(EVENING + DAY);
  });

  it('a person parks a service within its hours', () => {
    const parked = withPark(awake, { ...BY_HAND, at: MORNING + HOUR });
    expect(after(parked, EVENING - 1)).toBe(parked);
    expect(isParked(after(after(parked, EVENING), MORNING + DAY))).toBe(false);
  });

  it('a release that was asked for outside the hours keeps the service awake', () => {
    const later = liveOf(2);
    const order = { at: EVENING + 1, tie: '1' };
    const live = { ...later, request: { ...later.request, order } };
    expect(after({ ...awake, live }, EVENING + HOUR).parked).toBeUndefined();
    expect(after(after({ ...awake, live }, EVENING + HOUR), EVENING + DAY).parked).toBeDefined();
  });

  it('what a release asked for before the end of the hours does not', () => {
    const before = releasing(
      { live: liveOf(1) },
      { request: requestOf(2, { order: { at: EVENING - 1, tie: '1' } }) },
    );
    expect(after({ ...before, parkedAt: MORNING }, EVENING + HOUR).parked?.since).toBe(EVENING);
  });
});

describe('a hold', () => {
  it('wins over the hours, which are taken note of once it ends', () => {
    const held = withHold(awake, 'incident', EVENING - HOUR);
    expect(after(held, EVENING + HOUR)).toBe(held);
    const { hold: _, ...resumed } = held;
    expect(after(resumed, EVENING + HOUR).parked?.since).toBe(EVENING);
  });
});

describe('hours that have changed', () => {
  const parked = after(awake, EVENING);

  it('wake what the ones before have parked', () => {
    expect(isParked(after(parked, EVENING + HOUR, serviceOpen('07:00', '22:00')))).toBe(false);
    expect(isParked(after(parked, EVENING + HOUR, serviceChurn()))).toBe(false);
  });

  it('leave alone what a person has parked', () => {
    const byHand = withPark(awake, { ...BY_HAND, at: EVENING });
    expect(isParked(after(byHand, EVENING + HOUR, serviceChurn()))).toBe(true);
  });

  it('are no reason for a clock that is behind', () => {
    expect(after(parked, EVENING - HOUR)).toBe(parked);
  });
});

describe('artifacts that wait', () => {
  it('go on waiting where a parked service is parked once more', () => {
    const open = serviceOpen('07:00', '19:00', true);
    const byHand = withPark(awake, { ...BY_HAND, artifactsWait: true, at: MORNING + HOUR });
    const landed = requestOf(2, { askedBy: 'artifact', order: { at: MORNING + 2 * HOUR, tie: '1' } });
    const parked = after({ ...byHand, queue: [landed] }, EVENING, open);
    expect(startable(parked)).toEqual([]);
    expect(startable(after(parked, MORNING + DAY, open))).toEqual([landed]);
  });
});
