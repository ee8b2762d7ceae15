/** What is done with no release in progress; that all the rest is left alone is in plan.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Ledger, Previous } from '../../../../functions/release/ledger/ledger.ts';
import type { Action, Observed } from '../../../../functions/release/decisions.ts';
import { plan } from '../../../../functions/release/plan.ts';
import type { Endpoint } from '../../../../functions/world.ts';
import { CANARY, MINUTE, serviceWith } from './rollout-samples.ts';
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
  versionOf,
} from '../../../support/samples.ts';

const service = serviceWith(CANARY);
const [standby, current] = [deployedOf(0), deployedOf(1)];
const previous: Previous = { live: liveOf(0), until: NOW + 60 * MINUTE, retired: false };
const atRest = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1), previous });
const both = endpointWith([standby, current], { [current.id]: 100 });
const ALIASES = { aliases: ['live', 'default'] };

function decide(ledger: Ledger, endpoint: Endpoint, minutes: number, more: Observed = {}): Action {
  return plan(service, ledger, { endpoints: [endpoint], ...more }, NOW + minutes * MINUTE);
}

describe('a model that could not be undeployed', () => {
  const leftovers = [
    {
      kind: 'undeploy' as const,
      subject: current.id,
      since: NOW,
      failures: 1,
      notBefore: NOW,
      detail: 'busy',
    },
  ];
  const left = ledgerWith({ endpoint: ENDPOINT, leftovers });

  it('is left behind no longer once somebody has given it traffic', () => {
    expect(decide(left, endpointWith([current], { [current.id]: 100 }), 1)).toMatchObject({
      change: { type: 'leftoverCleared', kind: 'undeploy', subject: current.id },
    });
  });

  it('is undeployed later while it has none', () => {
    expect(decide(left, endpointWith([current], {}), 1)).toMatchObject({ do: 'undeploy', id: current.id });
  });
});

describe('a standby', () => {
  it('stays deployed until its time is over', () => {
    expect(decide(atRest, both, 59)).toEqual({ do: 'look', at: 'versions' });
    expect(decide(atRest, both, 59, { versions: [versionOf(1, ALIASES)] })).toEqual({ do: 'stop' });
  });

  it('is undeployed then, behind the fence', () => {
    expect(decide(atRest, both, 60)).toMatchObject({ do: 'undeploy', id: standby.id });
    const passed = endpointWith([standby, current], { [current.id]: 100 }, '2');
    expect(decide(atRest, passed, 60)).toMatchObject({ do: 'fence' });
  });

  it('is none once it was to be undeployed, also where it shows again', () => {
    const retired = { ...atRest, previous: { ...previous, retired: true } };
    expect(decide(retired, both, 1)).toMatchObject({ do: 'undeploy', id: standby.id });
  });

  it('makes room for a candidate before its time', () => {
    const ledger = {
      ...releasing({ live: liveOf(1), previous }, { request: requestOf(2, { version: '9' }) }),
    };
    expect(decide(ledger, both, 1, { versions: [versionOf(2)] })).toMatchObject({
      do: 'undeploy',
      id: standby.id,
    });
  });

  it('does not make room for what is only being uploaded', () => {
    const ledger = releasing({ live: liveOf(1), previous }, { request: requestOf(2) });
    expect(decide(ledger, both, 1, { versions: [] })).toMatchObject({ do: 'upload' });
  });

  it('stays while somebody else goes', () => {
    const three = endpointWith([standby, current, deployedOf(5)], { [current.id]: 100 });
    expect(decide(atRest, three, 0)).toMatchObject({ do: 'undeploy', id: deployedOf(5).id });
    expect(decide(atRest, both, 0)).toEqual({ do: 'look', at: 'versions' });
  });

  it('that nobody deployed here is nobody’s to take away', () => {
    const theirs = endpointWith([foreign, current], { [current.id]: 100 });
    expect(decide(atRest, theirs, 60)).toEqual({ do: 'look', at: 'versions' });
  });

  it('with traffic is not undeployed: first it loses it', () => {
    const shared = endpointWith([standby, current], { [current.id]: 90, [standby.id]: 10 });
    expect(decide(atRest, shared, 60)).toMatchObject({
      do: 'shift',
      traffic: new Map([[current.id, 100]]),
    });
  });
});

describe('versions', () => {
  const alone = endpointWith([current], { [current.id]: 100 });
  const keepsOne = { ...service, keepVersions: 1 };
  const versions = [versionOf(3), versionOf(2), versionOf(1, ALIASES), versionOf(0), versionOf(-1)];

  it('that a rollback would deploy again are kept, whatever keepVersions says', () => {
    const deleted: string[] = [];
    let left = versions;
    for (;;) {
      const seen = { endpoints: [alone], versions: left };
      const action = plan(keepsOne, atRest, seen, NOW + 99 * MINUTE);
      if (action.do !== 'deleteVersion') break;
      deleted.push(action.version.version);
      left = left.filter(({ version }) => version !== action.version.version);
    }
    expect(deleted).toEqual([versionOf(-1).version, versionOf(2).version]);
  });

  it('that are somebody else’s, deployed or named are kept', () => {
    const theirs = versionOf(-2, { labels: new Map() });
    const deployed = { ...foreign, model: current.model, version: versionOf(-1).version };
    const held = endpointWith([current, deployed], { [current.id]: 100 });
    const seen = [versionOf(2), versionOf(1, ALIASES), versionOf(-1), theirs];
    expect(plan(keepsOne, atRest, { endpoints: [held], versions: seen }, NOW)).toEqual({ do: 'stop' });
  });

  it('get their names once a rollback is over', () => {
    const action = decide(atRest, alone, 1, { versions: [versionOf(2, ALIASES), versionOf(1)] });
    expect(action).toMatchObject({ do: 'moveAliases', version: versionOf(1).version });
  });
});

describe('a rollback that waits', () => {
  const rollback = { from: requestOf(1).id, deployedModel: standby.id };
  const waiting = requestOf(3, { rollback });

  it('goes before everything else, without a look', () => {
    expect(plan(service, { ...atRest, queue: [waiting] }, {}, NOW)).toMatchObject({
      change: { type: 'requestStarted', request: waiting },
    });
  });

  it('does not go before what was wanted later', () => {
    const ledger = { ...atRest, queue: [waiting, requestOf(4)] };
    expect(decide(ledger, both, 1)).toMatchObject({
      change: { type: 'requestStarted', request: requestOf(4) },
    });
  });
});
