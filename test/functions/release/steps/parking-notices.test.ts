/** The events of a park and a wake. */
import { describe, expect, it } from 'vitest';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { withoutLive, withPark, withWake } from '../../../../functions/release/steps/park.ts';
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
} from '../../../support/samples.ts';

const AT = NOW + 600_000;
const LATER = AT + 60_000;
const current = deployedOf(1);
const empty = endpointWith([], {});
const PARK = { at: AT, reason: 'no callers', requestedBy: 'ben@example.com', artifactsWait: false };
const WAKE = { by: 'request', reason: 'they call again', requestedBy: 'ada@example.com' } as const;
const parked = withoutLive(withPark(ledgerWith({ endpoint: ENDPOINT, live: liveOf(1) }), PARK), current.id);

function apply(ledger: Ledger, ...changes: Transition[]): Ledger {
  return changes.reduce((before, change) => applyTransition(before, change, LATER, () => 0), ledger);
}

const emptied = apply(parked, { type: 'emptied', since: AT });
/** As it is while its live model is deployed again. */
const repairing = (ledger: Ledger): Ledger =>
  apply(ledger, { type: 'woken', since: AT }, { type: 'repairStarted' });
const WENT_LIVE = { type: 'wentLive', deployedModel: '4242424242', standbyMs: 0 } as const;

describe('the event of a park', () => {
  it('is published once nothing is deployed any more', () => {
    const there = endpointWith([current], {});
    const versions: never[] = [];
    expect(plan(serviceChurn(), parked, { endpoints: [there], versions }, LATER)).toMatchObject({
      do: 'undeploy',
    });
    expect(plan(serviceChurn(), parked, { endpoints: [empty], versions }, LATER)).toMatchObject({
      change: { type: 'emptied', since: AT },
    });
    const notices = [
      { notice: 'Parked', at: LATER, by: 'request', reason: 'no callers', requestedBy: 'ben@example.com' },
    ];
    expect(emptied.notices).toEqual(notices);
    expect(plan(serviceChurn(), emptied, {}, LATER)).toMatchObject({ do: 'announce', notices });
  });

  it('is published although a model cannot be undeployed', () => {
    const left = {
      kind: 'undeploy',
      subject: current.id,
      since: AT,
      failures: 9,
      notBefore: LATER * 2,
      detail: '',
    } as const;
    const stuck = { ...parked, leftovers: [{ ...left, announced: true }] };
    expect(plan(serviceChurn(), stuck, { endpoints: [endpointWith([current], {})] }, LATER)).toMatchObject({
      change: { type: 'emptied' },
    });
  });

  it('is published once where it is asked for again', () => {
    const { notices: _, ...again } = withPark(emptied, { ...PARK, at: LATER, by: 'schedule' });
    expect(plan(serviceChurn(), again, { endpoints: [empty] }, LATER)).toMatchObject({
      do: 'look',
      at: 'versions',
    });
  });

  it('that was taken back has no effect', () => {
    expect(apply(withWake(parked, LATER, WAKE), { type: 'emptied', since: AT }).notices).toBeUndefined();
    expect(repairing(withWake(parked, LATER, WAKE)).woken).toBeUndefined();
  });
});

describe('the event of a wake', () => {
  const { notices: _, ...told } = emptied;

  it('is published once a model serves', () => {
    const waking = repairing(withWake(told, LATER, WAKE));
    expect(waking.notices).toBeUndefined();
    expect(apply(waking, WENT_LIVE).notices).toEqual([{ notice: 'Woken', at: LATER, ...WAKE }]);
    expect(apply(waking, WENT_LIVE).woken).toBeUndefined();
  });

  it('says which release has woken the service, and who asked for that', () => {
    const later = requestOf(2, { order: { at: LATER, tie: '1' }, requestedBy: 'eva@example.com' });
    const ledger = apply(
      { ...releasing({ live: told.live }, { request: later }), ...(told.parked && { parked: told.parked }) },
      { type: 'woken', since: AT },
    );
    expect(apply(ledger, WENT_LIVE).notices).toMatchObject([
      { notice: 'Woken', by: 'release', reason: later.id, requestedBy: 'eva@example.com' },
    ]);
  });

  it('is published where the model was never undeployed, and has its traffic back', () => {
    const { live } = ledgerWith({ live: liveOf(1) });
    const woken = apply({ ...withWake(told, LATER, WAKE), live }, { type: 'woken', since: AT });
    const versions: never[] = [];
    const stopped = endpointWith([current], {});
    expect(plan(serviceChurn(), woken, { endpoints: [stopped], versions }, LATER)).toMatchObject({
      do: 'shift',
    });
    const serving = endpointWith([current], { [current.id]: 100 });
    expect(plan(serviceChurn(), woken, { endpoints: [serving], versions }, LATER)).toMatchObject({
      change: { type: 'awake' },
    });
    const awake = apply(woken, { type: 'awake' });
    expect(awake.notices).toEqual([{ notice: 'Woken', at: LATER, ...WAKE }]);
    expect(awake.woken).toBeUndefined();
  });

  it('is not published for a model that gave way before it served', () => {
    const waking = repairing(withWake(told, LATER, WAKE));
    const again = withPark(waking, { ...PARK, at: LATER + 1 });
    expect(again).toMatchObject({ parked: { emptied: true } });
    expect(again.woken).toBeUndefined();
    expect(apply(again, WENT_LIVE).notices).toBeUndefined();
  });
});
