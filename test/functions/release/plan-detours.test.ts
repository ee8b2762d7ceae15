/** Where plan() leaves the straight way. */
import { describe, expect, it } from 'vitest';
import type { Ledger, Leftover } from '../../../functions/release/ledger/ledger.ts';
import type { Action, Observed } from '../../../functions/release/decisions.ts';
import { plan } from '../../../functions/release/plan.ts';
import type { DeployedModel, Endpoint } from '../../../functions/world.ts';
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
} from '../../support/samples.ts';

const HOUR = 3_600_000;

const service = serviceChurn();
const candidate = deployedOf(1);
const old = deployedOf(0);
const live = liveOf(0);
const ALIASES = { aliases: ['live', 'default'] };

function decide(ledger: Ledger, seen: Observed): Action {
  return plan(service, ledger, seen, NOW + HOUR);
}

/** It failed once; the next try is due so many ms after the decision. */
function leftover(kind: Leftover['kind'], subject: string, ms: number): Leftover {
  const at = NOW + HOUR;
  return { kind, subject, since: at, failures: 1, notBefore: at + ms, detail: 'INTERNAL: no' };
}

/** An endpoint on which the model that was live before has all the traffic. */
function serving(...models: DeployedModel[]): Endpoint {
  return endpointWith(models, { [old.id]: 100 });
}

describe('what goes another way', () => {
  it.each<[string, Ledger, Observed, object]>([
    [
      'something newer goes first, while the release has no traffic',
      releasing({ queue: [requestOf(2)] }),
      { endpoints: [serving(old, candidate)] },
      { change: { type: 'requeued' } },
    ],
    [
      'something older does not',
      releasing({ queue: [requestOf(0)] }),
      { endpoints: [serving(old)] },
      { do: 'look', at: 'versions' },
    ],
    [
      'a release with traffic is brought to its end first',
      releasing({ queue: [requestOf(2)] }, { deployed: true }),
      { endpoints: [endpointWith([candidate], { [candidate.id]: 100 })] },
      { do: 'moveAliases' },
    ],
    [
      'after its deadline it is given up',
      releasing({}, { startedAt: NOW - 3 * HOUR }),
      { endpoints: [serving(old)] },
      { change: { code: 'DEADLINE_EXCEEDED', again: false } },
    ],
    [
      'after a failure it waits',
      releasing({}, { notBefore: NOW + HOUR + 5_000 }),
      { endpoints: [serving(old)] },
      { do: 'wait', ms: 5_000 },
    ],
    [
      'what was deployed and does not show is looked for',
      releasing({}, { deployed: true }),
      { endpoints: [serving(old)] },
      { change: { type: 'deploymentUnproven', id: deployedOf(1).id } },
    ],
    [
      'all the traffic is held by somebody else',
      releasing({}, { deployed: true }),
      { endpoints: [endpointWith([foreign, candidate], { 42: 100 })] },
      { change: { code: 'TRAFFIC_HELD' } },
    ],
    [
      'what others hold is remembered, where nothing of ours is live to go back to',
      releasing({}, { deployed: true }),
      { endpoints: [endpointWith([foreign, old, candidate], { 42: 30, [old.id]: 70 })] },
      {
        change: {
          type: 'previousSplitRecorded',
          traffic: [
            ['42', 30],
            [old.id, 70],
          ],
        },
      },
    ],
    [
      'what others hold stays theirs',
      releasing({}, { deployed: true, splitBefore: [] }),
      { endpoints: [endpointWith([foreign, old, candidate], { 42: 30, [old.id]: 70 })] },
      {
        do: 'shift',
        traffic: new Map([
          ['42', 30],
          [candidate.id, 70],
        ]),
      },
    ],
    [
      'the traffic of the live model is given back',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [endpointWith([old])] },
      { do: 'shift', traffic: new Map([[old.id, 100]]) },
    ],
    [
      'a live model that is gone is brought back',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [endpointWith([])] },
      { change: { type: 'repairStarted' } },
    ],
    [
      'a live model whose endpoint is gone is brought back',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [] },
      { change: { type: 'repairStarted' } },
    ],
    [
      'undeploying that was refused is left alone for a while',
      ledgerWith({
        endpoint: ENDPOINT,
        live,
        leftovers: [leftover('undeploy', deployedOf(5).id, 7_000)],
      }),
      { endpoints: [serving(old, deployedOf(5))], versions: [versionOf(0, ALIASES)] },
      { do: 'wait', ms: 7_000 },
    ],
    [
      'and so are versions',
      ledgerWith({
        endpoint: ENDPOINT,
        live,
        leftovers: [leftover('deleteVersion', versionOf(-5).version, HOUR)],
      }),
      {
        endpoints: [serving(old)],
        versions: [versionOf(0, ALIASES), versionOf(-1), versionOf(-5)],
      },
      { do: 'stop' },
    ],
    [
      'a model of somebody else is never undeployed',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [serving(old, foreign)] },
      { do: 'look', at: 'versions' },
    ],
  ])('%s', (_, ledger, seen, expected) => {
    expect(decide(ledger, seen)).toMatchObject(expected);
  });
});
