/** An current operation: each line of follow() decides once. */
import { describe, expect, it } from 'vitest';
import type { Ledger, Pending } from '../../../../functions/release/ledger/ledger.ts';
import type { Observed } from '../../../../functions/release/decisions.ts';
import { plan } from '../../../../functions/release/plan.ts';
import type { Operation } from '../../../../functions/world.ts';
import {
  deployedOf,
  endpointWith,
  NOW,
  releasing,
  requestOf,
  serviceChurn,
  versionOf,
} from '../../../support/samples.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const candidate = deployedOf(1);

function operation(change: Partial<Operation>): Operation {
  return { name: 'op', done: false, error: null, stage: null, tookMs: null, ...change };
}

function failedWith(status: NonNullable<Operation['error']>['status']): Operation {
  return operation({ done: true, error: { status, message: 'because' } });
}

function pendingOf(kind: Pending['kind'], change: Partial<Pending> = {}): Ledger {
  const pending: Pending = { kind, subject: candidate.id, name: 'op', since: NOW, ...change };
  return releasing({ pending }, kind === 'upload' ? { request: requestOf(1, { attempts: 1 }) } : {});
}

describe('a current operation', () => {
  it.each<[string, Ledger, Observed, number, object]>([
    ['is given a second', pendingOf('deploy'), {}, NOW, { do: 'wait', ms: 1_000 }],
    ['that has just begun is not looked at', pendingOf('upload'), {}, NOW + 1_100, { do: 'wait', ms: 1_000 }],
    [
      'that has just begun is met at once where the last one took no time',
      { ...pendingOf('upload'), took: { upload: 400 } },
      {},
      NOW + 1_100,
      { do: 'wait', ms: 1_000 },
    ],
    ['is looked at by its name', pendingOf('deploy'), {}, NOW + 2_000, { do: 'look', at: 'operation' }],
    ['is waited for', pendingOf('deploy'), { operation: operation({}) }, NOW, { do: 'wait', ms: 1_000 }],
    [
      'is waited for longer the longer it takes',
      pendingOf('deploy'),
      { operation: operation({}) },
      NOW + 9_000,
      { do: 'wait', ms: 24_000 },
    ],
    [
      'is waited for until it may be done',
      pendingOf('deploy'),
      { operation: operation({}) },
      NOW + 240_000,
      { do: 'wait', ms: 30_000 },
    ],
    [
      'is waited for until most of what it took the last time has passed',
      { ...pendingOf('deploy'), took: { deploy: 1_000_000 } },
      { operation: operation({}) },
      NOW + 500_000,
      { do: 'wait', ms: 455_500 },
    ],
    [
      'is looked at when it is as old as the last one was at its end',
      { ...pendingOf('deploy'), took: { deploy: 600_000 } },
      { operation: operation({}) },
      NOW + 581_500,
      { do: 'wait', ms: 20_000 },
    ],
    [
      'is looked at as far apart after that',
      { ...pendingOf('deploy'), took: { deploy: 600_000 } },
      { operation: operation({}) },
      NOW + 601_500,
      { do: 'wait', ms: 20_000 },
    ],
    [
      'is looked at once before, for what fails at its beginning',
      { ...pendingOf('deploy'), took: { deploy: 600_000 } },
      { operation: operation({}) },
      NOW + 2_000,
      { do: 'wait', ms: 40_000 },
    ],
    [
      'of cleaning up is not looked at before it is due',
      { ...pendingOf('undeploy'), took: { undeploy: 120_000 } },
      { operation: operation({}) },
      NOW + 2_000,
      { do: 'wait', ms: 119_500 },
    ],
    [
      'that is done leaves how long it ran by its own times',
      pendingOf('deploy'),
      { operation: operation({ done: true, tookMs: 61_000.4 }), endpoints: [endpointWith([candidate])] },
      NOW + 90_000,
      { change: { type: 'deployed', tookMs: 61_000 } },
    ],
    [
      'is waited for 23 seconds at most from then on',
      pendingOf('deploy'),
      { operation: operation({}) },
      NOW + 20 * MINUTE,
      { do: 'wait', ms: 23_000 },
    ],
    [
      'that is late is looked at once a minute',
      pendingOf('deploy'),
      { operation: operation({}) },
      NOW + 20 * MINUTE + 1,
      { do: 'wait', ms: 60_000 },
    ],
    [
      'is waited for by a clock that went back',
      pendingOf('deploy'),
      { operation: operation({}) },
      NOW - HOUR,
      { do: 'wait', ms: 60_000 },
    ],
    [
      'that Vertex no longer knows is looked for by what it makes',
      pendingOf('upload'),
      { operation: null },
      NOW,
      { change: { type: 'replyLost' } },
    ],
    [
      'that is done without a version has not succeeded',
      pendingOf('upload'),
      { operation: operation({ done: true }), versions: [] },
      NOW,
      { change: { type: 'replyLost' } },
    ],
    [
      'that is done is not believed before its version is looked for',
      pendingOf('upload'),
      { operation: operation({ done: true }) },
      NOW,
      { do: 'look', at: 'versions' },
    ],
    [
      'that is done with its version is settled',
      pendingOf('upload'),
      { operation: operation({ done: true }), versions: [versionOf(1)] },
      NOW,
      { change: { type: 'operationCleared' } },
    ],
    [
      'that is done without its model on the endpoint has not succeeded',
      pendingOf('deploy'),
      { operation: operation({ done: true }), endpoints: [endpointWith([])] },
      NOW,
      { change: { type: 'replyLost' } },
    ],
    [
      'that is done with its model on the endpoint has',
      pendingOf('deploy'),
      { operation: operation({ done: true }), endpoints: [endpointWith([candidate])] },
      NOW,
      { change: { type: 'deployed' } },
    ],
    [
      'that failed is explained',
      pendingOf('deploy'),
      { operation: failedWith('INVALID_ARGUMENT') },
      NOW,
      { do: 'explain', subject: candidate.id, error: { status: 'INVALID_ARGUMENT', message: 'because' } },
    ],
    [
      'that failed for a passing reason is explained too',
      pendingOf('deploy'),
      { operation: failedWith('RESOURCE_EXHAUSTED') },
      NOW,
      { do: 'explain', error: { status: 'RESOURCE_EXHAUSTED' } },
    ],
    [
      'that met its own earlier effect is looked for',
      pendingOf('deploy'),
      { operation: failedWith('ALREADY_EXISTS') },
      NOW,
      { change: { type: 'replyLost' } },
    ],
    [
      'that failed, with its model on the endpoint all the same, has failed',
      pendingOf('deploy'),
      { operation: failedWith('INTERNAL'), endpoints: [endpointWith([candidate])] },
      NOW,
      { do: 'explain', subject: candidate.id },
    ],
    [
      'of tidying that failed holds nothing up',
      pendingOf('undeploy'),
      { operation: failedWith('INTERNAL') },
      NOW,
      { change: { type: 'cleanUpFailed', kind: 'undeploy' } },
    ],
    [
      'of tidying is settled when it is done',
      pendingOf('deleteVersion'),
      { operation: operation({ done: true }) },
      NOW,
      { change: { type: 'operationCleared' } },
    ],
    [
      'whose reply was lost is waited for',
      pendingOf('upload', { name: null }),
      { versions: [] },
      NOW + 60_000,
      { do: 'wait', ms: 10_000 },
    ],
    [
      'whose reply was lost is found by its version',
      pendingOf('upload', { name: null }),
      { versions: [versionOf(1)] },
      NOW,
      { change: { type: 'operationCleared' } },
    ],
    [
      'of which nothing shows after three minutes never began',
      pendingOf('upload', { name: null }),
      { versions: [] },
      NOW + 180_000,
      { change: { type: 'operationCleared' } },
    ],
    [
      'of undeploying whose reply was lost is not waited for',
      pendingOf('undeploy', { name: null }),
      {},
      NOW,
      { change: { type: 'operationCleared' } },
    ],
    [
      'of creating whose reply was lost is found by the endpoint',
      pendingOf('createEndpoint', { name: null }),
      { endpoints: [endpointWith([])] },
      NOW,
      { change: { type: 'operationCleared' } },
    ],
    [
      'of deploying whose reply was lost is looked for among the deployments',
      pendingOf('deploy', { name: null }),
      { endpoints: [endpointWith([])] },
      NOW,
      { do: 'look', at: 'deployments' },
    ],
    [
      'of deploying is waited for while any deployment is in progress',
      pendingOf('deploy', { name: null }),
      {
        endpoints: [endpointWith([])],
        deployments: [{ ...operation({ name: 'found' }), deployedModel: null }],
      },
      NOW,
      { do: 'wait', ms: 1_000 },
    ],
    [
      'of deploying that has succeeded is known by the model it deployed',
      pendingOf('deploy', { name: null }),
      {
        endpoints: [endpointWith([candidate])],
        deployments: [{ ...operation({ done: true }), deployedModel: candidate.id }],
      },
      NOW,
      { change: { type: 'deployed' } },
    ],
    [
      'of deploying of which nothing tells is given up, and its id with it',
      pendingOf('deploy', { name: null }),
      { endpoints: [endpointWith([candidate])], deployments: [] },
      NOW + HOUR,
      { change: { type: 'attemptFailed', again: true } },
    ],
  ])('%s', (_, ledger, seen, now, expected) => {
    expect(plan(serviceChurn(), ledger, seen, now)).toMatchObject(expected);
  });
});
