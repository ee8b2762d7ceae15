/** A service that is parked and woken: what the messages mean, and what is decided. */
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../../functions/release/decisions.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { hasWork } from '../../../../functions/release/ledger/queries.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { withEmptied } from '../../../../functions/release/steps/parking-notices.ts';
import { withoutLive, withoutParking, withPark, withWake } from '../../../../functions/release/steps/park.ts';
import type { Endpoint } from '../../../../functions/world.ts';
import {
  deployedOf,
  ENDPOINT,
  endpointWith,
  foreign,
  ledgerWith,
  liveOf,
  NOW,
  releasing,
  requestOf,
  serviceChurn,
  versionOf,
} from '../../../support/samples.ts';

const service = serviceChurn();
const current = deployedOf(1);
const awake = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1) });
/** When it was asked for, after all that the samples have. */
const AT = NOW + 600_000;
const BY_HAND = { by: 'request', reason: '' } as const;
const ASKED = { at: AT, reason: 'no callers', artifactsWait: false };
const parked = withPark(awake, ASKED);
const serving = endpointWith([current], { [current.id]: 100 });
const idle = endpointWith([current], {});
const empty = endpointWith([], {});
const ALIASES = { aliases: ['live', 'default'] };
const versions = [versionOf(1, ALIASES)];

function decide(ledger: Ledger, endpoint: Endpoint): Action {
  return plan(service, ledger, { endpoints: [endpoint], versions }, AT + 60_000);
}

describe('a service that is to be parked', () => {
  it('loses its traffic, then its models, and then rests', () => {
    expect(decide(parked, serving)).toMatchObject({ do: 'shift', traffic: new Map() });
    expect(decide(parked, idle)).toMatchObject({ do: 'undeploy', id: current.id });
    const gone = withoutLive(parked, current.id);
    expect(decide(gone, empty)).toMatchObject({ change: { type: 'emptied', since: AT } });
    const { notices: _, ...told } = withEmptied(gone, AT, NOW);
    expect(decide(told, empty)).toEqual({ do: 'stop' });
    expect(hasWork(parked)).toBe(false);
  });

  it('loses its standby too', () => {
    const previous = { live: liveOf(0), until: AT + 3_600_000, retired: false };
    const both = endpointWith([deployedOf(0)], {});
    expect(decide({ ...parked, previous }, both)).toMatchObject({ do: 'undeploy', id: deployedOf(0).id });
  });

  it('keeps the share that it has beside a model of others', () => {
    const shared = endpointWith([current, foreign], { [current.id]: 80, [foreign.id]: 20 });
    expect(decide(parked, shared)).toEqual({ do: 'stop' });
  });

  it('is released first what was asked for before', () => {
    const before = requestOf(2, { order: { at: AT - 1, tie: '1' } });
    expect(decide({ ...parked, queue: [before] }, serving)).toMatchObject({
      change: { type: 'requestStarted', request: before },
    });
  });

  it('gives up the repair of what is not wanted any more', () => {
    const repair = withPark(releasing({ live: liveOf(1) }, { request: requestOf(1) }), ASKED);
    expect(decide(repair, empty)).toMatchObject({ change: { type: 'repairCancelled' } });
  });
});

describe('a parked service', () => {
  const gone = withoutLive(parked, current.id);

  it('wakes when it is asked to: its live model is deployed again, under another id', () => {
    const woken = withWake(gone, AT + 1, BY_HAND);
    expect(decide(woken, empty)).toMatchObject({ change: { type: 'woken', since: AT } });
    expect(decide(withoutParking(woken, AT), empty)).toMatchObject({ change: { type: 'repairStarted' } });
  });

  it('never gives traffic to a model whose undeployment was decided', () => {
    const woken = withoutParking(withWake(gone, AT + 1, BY_HAND), AT);
    expect(decide(woken, idle)).toMatchObject({ do: 'undeploy', id: current.id });
  });

  it('wakes behind a fence while its model is still there', () => {
    const woken = withWake(parked, AT + 1, BY_HAND);
    const late = endpointWith([current], { [current.id]: 100 }, '2');
    expect(decide(woken, late)).toMatchObject({ do: 'fence' });
    expect(decide(woken, serving)).toMatchObject({ change: { type: 'woken' } });
    expect(decide(woken, idle)).toMatchObject({ do: 'shift', traffic: new Map([[current.id, 100]]) });
  });

  it('is woken by a release that was asked for later, once it is uploaded', () => {
    const order = { at: AT + 1, tie: '1' };
    const later = requestOf(2, { order, version: null });
    const waking = withPark(releasing({ live: gone.live }, { request: later }), ASKED);
    expect(decide(waking, empty)).toMatchObject({ do: 'upload' });
    const uploaded = withPark(releasing({ live: gone.live }, { request: { ...later, version: '9' } }), ASKED);
    expect(decide(uploaded, empty)).toMatchObject({ change: { type: 'woken', since: AT } });
  });

  it('lets artifacts wait where it is to, and not what a person asks for', () => {
    const waits = { ...gone, ...withPark(gone, { ...ASKED, at: AT + 1, artifactsWait: true }) };
    const landed = requestOf(2, { askedBy: 'artifact', order: { at: AT + 2, tie: '1' } });
    const asked = requestOf(3, { askedBy: 'request', order: { at: AT + 2, tie: '1' } });
    expect(decide({ ...waits, queue: [landed] }, empty)).toMatchObject({ change: { type: 'emptied' } });
    expect(hasWork({ ...waits, queue: [landed] })).toBe(false);
    expect(decide({ ...waits, queue: [landed, asked] }, empty)).toMatchObject({
      change: { type: 'requestStarted', request: asked },
    });
  });
});

describe('a park or a wake that comes late', () => {
  it.each<[string, Ledger]>([
    ['a park after the wake', withPark(withWake(parked, AT + 5, BY_HAND), { ...ASKED, at: AT + 4 })],
    ['the same park once more', withPark(withoutParking(withWake(parked, AT + 5, BY_HAND), AT), ASKED)],
    [
      'a park before what went live',
      withPark(
        ledgerWith({
          live: { ...liveOf(1), request: requestOf(1, { order: { at: AT + 9, tie: '1' } }) },
        }),
        ASKED,
      ),
    ],
  ])('changes nothing: %s', (_, ledger) => {
    expect(ledger.parked?.waking ?? true).toBe(true);
  });

  it('of a wake before the park', () => {
    expect(withWake(parked, AT - 1, BY_HAND)).toBe(parked);
  });

  it('does not wake what was parked again meanwhile', () => {
    const again = withPark(withWake(parked, AT + 1, BY_HAND), { ...ASKED, at: AT + 2 });
    expect(withoutParking(again, AT).parked).toEqual({ since: AT + 2, reason: 'no callers' });
  });
});
