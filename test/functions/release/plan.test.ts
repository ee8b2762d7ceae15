/** The story of a release: each line of plan() decides once, in this order. */
import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { outcomeOf } from '../../../functions/release/ledger/outcomes.ts';
import type { Action, Observed } from '../../../functions/release/decisions.ts';
import { plan } from '../../../functions/release/plan.ts';
import type { DeployedModel, Endpoint } from '../../../functions/world.ts';
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
} from '../../support/samples.ts';

const HOUR = 3_600_000;

const service = serviceChurn();
const candidate = deployedOf(1);
const old = deployedOf(0);
const live = liveOf(0);

function decide(ledger: Ledger, seen: Observed): Action {
  return plan(service, ledger, seen, NOW + HOUR);
}

/** An endpoint on which the model that was live before has all the traffic. */
function serving(...models: DeployedModel[]): Endpoint {
  return endpointWith(models, { [old.id]: 100 });
}

describe('a release, from its beginning to its end', () => {
  const wanted = requestOf(1, { attempts: 1 });

  it.each<[string, Ledger, Observed, object]>([
    ['nothing is wanted', ledgerWith(), {}, { do: 'stop' }],
    [
      'something waits: it is started',
      ledgerWith({ queue: [requestOf(1)] }),
      {},
      { do: 'record', change: { type: 'requestStarted', request: requestOf(1) } },
    ],
    [
      'of several that wait, the newest',
      ledgerWith({ queue: [requestOf(1), requestOf(3), requestOf(2)] }),
      {},
      { change: { type: 'requestStarted', request: requestOf(3) } },
    ],
    ['the endpoint is looked for', releasing({ endpoint: null }), {}, { do: 'look', at: 'endpoints' }],
    [
      'the artifact is verified before anything is spent',
      releasing({ endpoint: null }, { verified: false, request: wanted }),
      { endpoints: [] },
      { do: 'verify' },
    ],
    [
      'without an endpoint one is created',
      releasing({ endpoint: null }),
      { endpoints: [] },
      { do: 'createEndpoint' },
    ],
    [
      'one that is there is adopted',
      releasing({ endpoint: null }),
      { endpoints: [serving(old)] },
      { change: { type: 'endpointRecorded', endpoint: ENDPOINT } },
    ],
    [
      'two of the name are one too many',
      releasing({ endpoint: null }),
      { endpoints: [serving(old), serving()] },
      { change: { code: 'ENDPOINT_AMBIGUOUS', detail: `${ENDPOINT} and ${ENDPOINT}` } },
    ],
    [
      'one that is gone is forgotten',
      releasing(),
      { endpoints: [] },
      { change: { type: 'endpointRecorded', endpoint: null } },
    ],
    [
      'the versions are looked at',
      releasing(),
      { endpoints: [serving(old)] },
      { do: 'look', at: 'versions' },
    ],
    [
      'without a version of it, it is uploaded',
      releasing({}, { request: wanted }),
      { endpoints: [serving(old)], versions: [versionOf(0)] },
      { do: 'upload' },
    ],
    [
      'a version of it is taken',
      releasing({}, { request: wanted }),
      { endpoints: [serving(old)], versions: [versionOf(1)] },
      { change: { type: 'uploaded', version: '8' } },
    ],
    [
      'of two, the older',
      releasing({}, { request: wanted }),
      { endpoints: [serving(old)], versions: [versionOf(1, { version: '9' }), versionOf(1)] },
      { change: { type: 'uploaded', version: '8' } },
    ],
    [
      'a version that somebody deleted is forgotten',
      releasing(),
      { endpoints: [serving(old)], versions: [versionOf(0)] },
      { change: { type: 'versionGone' } },
    ],
    [
      'what an earlier attempt left deployed goes first',
      releasing(),
      { endpoints: [serving(old, deployedOf(5))], versions: [versionOf(1)] },
      { do: 'undeploy', id: deployedOf(5).id },
    ],
    [
      'it is deployed',
      releasing(),
      { endpoints: [serving(old)], versions: [versionOf(1)] },
      { do: 'deploy', version: { version: '8' } },
    ],
    [
      'that its model shows does not prove its deployment',
      releasing(),
      { endpoints: [serving(old, candidate)] },
      { change: { type: 'deploymentUnproven', id: candidate.id } },
    ],
    [
      'it gets the traffic',
      releasing({ live }, { deployed: true }),
      { endpoints: [serving(old, candidate)] },
      { do: 'shift', traffic: new Map([[candidate.id, 100]]) },
    ],
    [
      'the aliases follow',
      releasing({ live }, { deployed: true }),
      { endpoints: [endpointWith([old, candidate], { [candidate.id]: 100 })] },
      { do: 'moveAliases', version: '8' },
    ],
    [
      'it is live',
      releasing({ live }, { deployed: true, aliased: true }),
      { endpoints: [endpointWith([old, candidate], { [candidate.id]: 100 })] },
      { change: { type: 'wentLive', deployedModel: candidate.id } },
    ],
    [
      'that is announced before anything else',
      ledgerWith({
        outcomes: [outcomeOf(requestOf(1), NOW, { result: 'Live', cause: null })],
        queue: [requestOf(2)],
      }),
      {},
      { do: 'announce', outcomes: [{ release: requestOf(1).id }], leftovers: [] },
    ],
    [
      'the endpoint gets this epoch before anything is undeployed',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [endpointWith([old, deployedOf(5)], { [old.id]: 100 }, '2')] },
      { do: 'fence' },
    ],
    [
      'then what was live before is undeployed',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [serving(old, deployedOf(5))] },
      { do: 'undeploy', id: deployedOf(5).id },
    ],
    [
      'versions are looked at',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [serving(old)] },
      { do: 'look', at: 'versions' },
    ],
    [
      'the oldest beyond keepVersions is deleted',
      ledgerWith({ endpoint: ENDPOINT, live }),
      {
        endpoints: [serving(old)],
        versions: [
          versionOf(2),
          versionOf(1),
          versionOf(0, { aliases: ['live', 'default'] }),
          versionOf(-1),
          versionOf(-2),
        ],
      },
      { do: 'deleteVersion', version: { version: '5' } },
    ],
    [
      'and then all is done',
      ledgerWith({ endpoint: ENDPOINT, live }),
      { endpoints: [serving(old)], versions: [versionOf(0, { aliases: ['live', 'default'] })] },
      { do: 'stop' },
    ],
  ])('%s', (_, ledger, seen, expected) => {
    expect(decide(ledger, seen)).toMatchObject(expected);
  });
});
