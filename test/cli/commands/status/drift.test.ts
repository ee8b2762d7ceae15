import { expect, it } from 'vitest';
import { findDrift } from '../../../../cli/commands/status/drift.ts';
import type { Session } from '../../../../cli/session.ts';
import { deployedModelId } from '../../../../functions/release/ids.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import type { Endpoint, ModelVersion, World } from '../../../../functions/world.ts';
import {
  artifactsOf,
  atRest,
  churn,
  config,
  endpointWith,
  ENDPOINT,
  NOW,
  releaseOf,
  request,
  noUploads,
} from '../../fixtures.ts';

const { ledger: rest, endpoint, version } = atRest('v1');
const v1 = rest.live?.deployedModel ?? '';
const v0 = deployedModelId(request('v0').id, 1);

function drift(
  ledger: Ledger,
  endpoints: readonly Endpoint[],
  versions: readonly ModelVersion[] = [version],
) {
  const vertex: Partial<World['vertex']> = {
    getEndpoint: (name) => Promise.resolve(endpoints.find((e) => e.name === name) ?? null),
    findEndpoints: () => Promise.resolve([...endpoints]),
    listVersions: () => Promise.resolve([...versions]),
  };
  const world = { vertex, artifacts: artifactsOf([]), clock: { now: () => NOW } } as World;
  const session: Session = {
    config,
    world,
    uploads: noUploads,
    env: {},
    versionDetails: () => Promise.resolve(null),
  };
  return findDrift(session, churn, ledger);
}

it('finds none where the endpoint agrees with the ledger', async () => {
  expect(await drift(rest, [endpoint])).toEqual([]);
});

it.each([
  [
    'traffic moved by hand',
    [
      endpointWith([
        { folder: 'v1', percent: 40 },
        { folder: 'v0', percent: 60 },
      ]),
    ],
    [version],
    [
      ['UpdateEndpoint', `the traffic is ${v0}: 60 %, ${v1}: 40 %, expected ${v1}: 100 %`],
      ['UndeployModel', `deployed model ${v0} has no traffic and is still deployed`],
    ],
  ],
  [
    'a leftover',
    [
      endpointWith([
        { folder: 'v1', percent: 100 },
        { folder: 'v0', percent: 0 },
      ]),
    ],
    [version],
    [['UndeployModel', `deployed model ${v0} has no traffic and is still deployed`]],
  ],
  [
    'a live model undeployed by hand',
    [endpointWith([])],
    [version],
    [['DeployModel', `the live model ${v1} is not deployed on the endpoint`]],
  ],
  ['an endpoint deleted by hand', [], [version], [['CreateEndpoint', 'the endpoint is gone']]],
  [
    'aliases moved by hand',
    [endpoint],
    [{ ...version, aliases: ['default'] }],
    [['MergeVersionAliases', 'version 1 does not carry the aliases live and default']],
  ],
])('names %s', async (_, endpoints, versions, expected) => {
  const found = await drift(rest, endpoints, versions);
  expect(found).toEqual(expected.map(([mendedBy, text]) => ({ mendedBy, text })));
});

it('tells what is left as it is while on hold, whatever waits', async () => {
  const held = { ...rest, hold: { since: NOW, reason: '' }, queue: [request('v2')] };
  expect(await drift(held, [endpointWith([])])).toMatchObject([{ mendedBy: 'DeployModel' }]);
  expect(await drift(held, [endpoint])).toEqual([]);
});

it('takes what a release or a tick is about to change for no drift', async () => {
  const busy: Ledger[] = [
    { ...rest, release: releaseOf(request('v2')) },
    { ...rest, queue: [request('v2')] },
    { ...rest, lease: { by: 'tick', until: NOW + 1 } },
    { ...rest, pending: { kind: 'undeploy', subject: v0, name: 'o', since: NOW } },
  ];
  for (const ledger of busy) expect(await drift(ledger, [endpointWith([])])).toEqual([]);
  expect(await drift({ ...rest, lease: { by: 'tick', until: NOW } }, [endpointWith([])])).toHaveLength(1);
  expect(rest.endpoint).toBe(ENDPOINT);
});

it('takes what a park is about to undeploy for no drift, and what is there afterwards for one', async () => {
  const parked = { since: NOW, reason: '' };
  expect(await drift({ ...rest, parked }, [endpoint])).toEqual([]);
  const drifted = await drift({ ...rest, parked: { ...parked, emptied: true } }, [endpoint]);
  expect(drifted.map(({ mendedBy }) => mendedBy)).toContain('UndeployModel');
});
