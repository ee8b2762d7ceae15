/** One model at a time: what is decided before, while and after nothing serves. */
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../../functions/config/config.ts';
import type { Action } from '../../../../functions/release/decisions.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { hasWork } from '../../../../functions/release/ledger/queries.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { withoutLive, withPark } from '../../../../functions/release/steps/park.ts';
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

const churn = serviceChurn();
const service: Service = { ...churn, rollout: { ...churn.rollout, strategy: 'recreate' } };
const gated: Service = {
  ...service,
  rollout: {
    ...service.rollout,
    gates: { ...service.rollout.gates, golden: { tolerance: 1e-4, maxRows: 32 } },
  },
};
const old = deployedOf(0);
const candidate = deployedOf(1);
const versions = [versionOf(0), versionOf(1)];
const serving = endpointWith([old], { [old.id]: 100 });
const idle = endpointWith([old], {});
const empty = endpointWith([], {});

/** Artifact 1 is uploaded, artifact 0 is live. */
const uploaded = releasing({ live: liveOf(0) }, { uploadEnded: true });
const down = apply(uploaded, { type: 'outageStarted' });
const undeployed = withoutLive(down, old.id);

function apply(ledger: Ledger, change: Transition, now = NOW): Ledger {
  return applyTransition(ledger, change, now, () => 0.5);
}

function decide(ledger: Ledger, endpoint: Endpoint, now = NOW, of = service): Action {
  return plan(of, ledger, { endpoints: [endpoint], versions }, now);
}

/** The candidate could not be deployed. */
function failed(again = true): Ledger {
  const pending = { kind: 'deploy', subject: candidate.id, name: 'op', since: NOW } as const;
  const change = { type: 'attemptFailed', code: 'DEPLOY_CAPACITY', detail: 'no L4', again } as const;
  return apply({ ...undeployed, pending }, change, NOW + 600_000);
}

describe('a release that recreates', () => {
  it('takes nothing away before its model is uploaded', () => {
    const before = releasing({ live: liveOf(0) }, { request: requestOf(1, { attempts: 1 }) });
    const seen = { endpoints: [serving], versions: [versionOf(0)] };
    expect(plan(service, before, seen, NOW)).toMatchObject({ do: 'upload' });
  });

  it('writes down that nothing serves, takes the traffic away, undeploys, and only then deploys', () => {
    expect(decide(uploaded, serving)).toMatchObject({ change: { type: 'outageStarted' } });
    expect(decide(down, serving)).toMatchObject({ do: 'shift', traffic: new Map() });
    expect(decide(down, idle)).toMatchObject({ do: 'undeploy', id: old.id });
    expect(decide(undeployed, empty)).toMatchObject({ do: 'deploy' });
  });

  it('takes nothing away for a version whose upload nobody has seen end, until it has to be ready', () => {
    const pending = { kind: 'upload', subject: requestOf(1).id, name: 'op', since: NOW } as const;
    const lost = releasing({ live: liveOf(0) });
    expect(decide(lost, serving)).toMatchObject({ do: 'wait', why: 'end of upload' });
    expect(decide(lost, serving, NOW + 600_000)).toMatchObject({ change: { type: 'outageStarted' } });
    const ended = apply({ ...lost, pending }, { type: 'operationCleared' });
    expect(decide(ended, serving)).toMatchObject({ change: { type: 'outageStarted' } });
  });

  it('undeploys nothing without the fence', () => {
    expect(decide(down, endpointWith([old], {}, '2'))).toMatchObject({ do: 'fence' });
  });

  it('has all the traffic at once, and its outcome tells how long nothing served', () => {
    const deployed = apply(
      { ...undeployed, pending: { kind: 'deploy', subject: candidate.id, name: 'op', since: NOW } },
      { type: 'deployed' },
    );
    expect(decide(deployed, endpointWith([candidate], {}))).toMatchObject({
      do: 'shift',
      traffic: new Map([[candidate.id, 100]]),
    });
    const up = endpointWith([candidate], { [candidate.id]: 100 });
    expect(decide(deployed, up)).toMatchObject({ change: { type: 'outageEnded' } });
    const over = apply(deployed, { type: 'outageEnded' }, NOW + 700_000);
    const live = apply(over, { type: 'wentLive', deployedModel: candidate.id, standbyMs: 0 }, NOW + 701_000);
    expect(live.outcomes[0]).toMatchObject({ result: 'Live', downtimeMs: 700_000 });
    expect(live.outage).toBeUndefined();
    expect(live.previous).toMatchObject({ retired: true, live: { request: { version: '7' } } });
  });

  it('ends before anything is spent where models of others have traffic', () => {
    const shared = endpointWith([old, foreign], { [old.id]: 80, [foreign.id]: 20 });
    expect(decide(uploaded, shared)).toMatchObject({ change: { code: 'TRAFFIC_HELD' } });
  });

  it('ends where the live model cannot be undeployed, which serves again', () => {
    const pending = { kind: 'undeploy', subject: old.id, name: 'op', since: NOW } as const;
    const refused = { type: 'cleanUpFailed', kind: 'undeploy', subject: old.id } as const;
    const change = { ...refused, detail: 'no', isBusy: false };
    const twice = apply(apply({ ...undeployed, pending }, change), change);
    expect(decide(twice, idle)).toMatchObject({ change: { code: 'UNDEPLOY_FAILED' } });
    const end = apply(twice, { type: 'attemptFailed', code: 'UNDEPLOY_FAILED', detail: 'no', again: false });
    expect(decide(end, idle)).toMatchObject({ do: 'shift', traffic: new Map([[old.id, 100]]) });
  });

  it('gives no traffic to a model that may be on its way out', () => {
    const pending = { kind: 'undeploy', subject: old.id, name: null, since: NOW } as const;
    const unknown = apply({ ...undeployed, pending }, { type: 'operationCleared' });
    const change = { type: 'cleanUpFailed', kind: 'undeploy', subject: old.id, detail: 'no' } as const;
    const refused = apply(unknown, { ...change, isBusy: false });
    expect(refused.live?.retired).toBe(true);
    expect(decide({ ...refused, release: null }, idle)).not.toMatchObject({ do: 'shift' });
  });
});

describe('a candidate that fails', () => {
  it('ends at once, also where there may be machines later', () => {
    expect(failed()).toMatchObject({ release: null, outcomes: [{ result: 'Failed', downSince: NOW }] });
  });

  it('makes way for the old version, before what waits', () => {
    const waiting = { ...failed(), queue: [requestOf(2)] };
    const stays = endpointWith([candidate], {});
    expect(decide(waiting, stays, NOW + 600_000)).toMatchObject({ do: 'undeploy', id: candidate.id });
    expect(decide(waiting, empty, NOW + 600_000)).toMatchObject({ change: { type: 'repairStarted' } });
    const repair = apply(waiting, { type: 'repairStarted' }, NOW + 600_000);
    expect(decide(repair, empty, NOW + 600_000)).toMatchObject({ do: 'deploy', version: { version: '7' } });
  });

  it('is published once the old version serves, with the length of the outage', () => {
    const repair = apply(failed(), { type: 'repairStarted' }, NOW + 600_000);
    expect(decide(repair, empty, NOW + 600_000)).toMatchObject({ do: 'deploy' });
    const over = apply(repair, { type: 'outageEnded' }, NOW + 1_200_000);
    expect(over.outcomes[0]?.downtimeMs).toBe(1_200_000);
    expect(over.outcomes[0]).not.toHaveProperty('downSince');
    expect(decide(over, empty, NOW + 1_200_000)).toMatchObject({ do: 'announce' });
  });

  it('is published after half an hour at the latest', () => {
    const repair = apply(failed(), { type: 'repairStarted' }, NOW + 600_000);
    expect(decide(repair, empty, NOW + 600_000 + 1_800_000)).toMatchObject({
      do: 'announce',
      outcomes: [{ downSince: NOW }],
    });
  });

  it('gives its traffic up although nothing is there to take it', () => {
    const request = requestOf(1, { attempts: 1, version: '8' });
    const { release } = releasing({}, { request, deployed: true, served: true });
    const { outage: _, ...served } = undeployed;
    const up = endpointWith([candidate], { [candidate.id]: 100 });
    const goingBack = release && { ...release, goingBack: causeOf('GATE_GOLDEN', 'row 1') };
    const back = { ...served, release: goingBack };
    expect(decide(back, up, NOW, gated)).toMatchObject({ change: { type: 'outageStarted' } });
    const again = apply(back, { type: 'outageStarted' });
    expect(decide(again, up, NOW, gated)).toMatchObject({ do: 'shift', traffic: new Map() });
  });
});

describe('while nothing serves', () => {
  it('a newer artifact waits', () => {
    expect(decide({ ...undeployed, queue: [requestOf(2)] }, empty)).toMatchObject({ do: 'deploy' });
  });

  it('what waits does so until the endpoint can be read', () => {
    const refusal = { code: 'UNAVAILABLE', detail: '', patience: 'minutes', since: NOW, at: NOW, count: 20 };
    const look = { asked: 'look endpoints', ...refusal, notBefore: NOW + 630_000 } as const;
    const unread = { ...failed(false), queue: [requestOf(2)], refusals: [look] } as Ledger;
    const told = { ...unread, outcomes: unread.outcomes.map((o) => ({ ...o, announced: true })) };
    expect(plan(service, told, {}, NOW + 600_000)).toMatchObject({ do: 'wait', ms: 30_000 });
  });

  it('a hold waits until something serves', () => {
    const held = { ...undeployed, hold: { since: NOW, reason: '' } };
    expect(decide(held, empty)).toMatchObject({ do: 'deploy' });
    expect(hasWork(held)).toBe(true);
    const { outage: _, ...serves } = held;
    expect(decide(serves, empty)).toEqual({ do: 'stop' });
  });

  it('an aborted release gives the live model its traffic back, if it is still there', () => {
    const release = down.release && { ...down.release, goingBack: causeOf('ABORTED', '') };
    expect(decide({ ...down, release }, idle)).toMatchObject({ change: { type: 'rollbackFinished' } });
    const ended = apply({ ...down, release }, { type: 'rollbackFinished' });
    expect(decide(ended, idle)).toMatchObject({ do: 'shift', traffic: new Map([[old.id, 100]]) });
    expect(decide(ended, endpointWith([old], { [old.id]: 100 }, '2'))).toMatchObject({ do: 'fence' });
    expect(decide(ended, serving)).toMatchObject({ change: { type: 'outageEnded' } });
  });

  it('a park ends the outage: nothing is to serve', () => {
    const parked = withPark(failed(), { at: NOW + 600_001, reason: '', artifactsWait: false });
    expect(decide(parked, empty, NOW + 700_000)).toMatchObject({ do: 'announce' });
    const told = { ...parked, outcomes: [] };
    expect(decide(told, empty, NOW + 700_000)).toMatchObject({ change: { type: 'outageEnded' } });
  });

  it('a deployment that is refused for a minute is not waited for until the deadline', () => {
    const refusal = {
      asked: 'deploy',
      code: 'DEPLOY_CAPACITY',
      detail: 'no L4',
      patience: 'deadline',
    } as const;
    const times = { since: NOW, at: NOW + 60_000, count: 6, notBefore: NOW };
    const refused = { ...undeployed, refusals: [{ ...refusal, ...times }] };
    expect(decide(refused, empty, NOW + 60_001)).toMatchObject({ change: { code: 'DEPLOY_CAPACITY' } });
  });
});

describe('with no model of its own to undeploy', () => {
  it('a first release is deployed beside nothing', () => {
    expect(decide(releasing(), endpointWith([foreign], {}))).toMatchObject({ do: 'deploy' });
    expect(decide(ledgerWith({ endpoint: ENDPOINT }), empty)).not.toMatchObject({ do: 'undeploy' });
  });
});
