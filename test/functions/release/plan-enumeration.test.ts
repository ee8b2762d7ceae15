/**
 * What plan() must never do, in every combination of a small ledger with what may be seen: the release of artifact 1
 * and the live artifact 0, a model that an earlier attempt left behind, and one that somebody else deployed.
 */
import { describe, expect, it } from 'vitest';
import type { Service } from '../../../functions/config/config.ts';
import { LABELS, ownerOf } from '../../../functions/release/ids.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import type { Action, Observed } from '../../../functions/release/decisions.ts';
import { plan } from '../../../functions/release/plan.ts';
import type { Endpoint, ModelVersion } from '../../../functions/world.ts';
import * as samples from '../../support/samples.ts';

const {
  deployedOf,
  ENDPOINT,
  endpointWith,
  foreign,
  ledgerWith,
  liveOf,
  NOW,
  releaseOf,
  requestOf,
  versionOf,
} = samples;

const candidate = deployedOf(1);
const old = deployedOf(0);
const leftover = deployedOf(1, 2);

function* ledgers(): Generator<Ledger> {
  const releases: Ledger['release'][] = [null];
  for (const deployed of [false, true])
    for (const aliased of [false, true])
      for (const verified of [false, true])
        for (const version of [null, '8'])
          releases.push(
            releaseOf(1, { request: requestOf(1, { attempts: 1, version }), deployed, aliased, verified }),
          );
  for (const release of releases)
    for (const live of [null, liveOf(0)])
      for (const queue of [[], [requestOf(2)], [requestOf(-1)]])
        for (const endpoint of [null, ENDPOINT]) yield ledgerWith({ release, live, queue, endpoint });
}

const TRAFFIC: Record<string, number>[] = [
  {},
  { [candidate.id]: 100 },
  { [old.id]: 100 },
  { [leftover.id]: 100 },
  { [foreign.id]: 100 },
  { [foreign.id]: 40, [old.id]: 60 },
  { [old.id]: 50, [candidate.id]: 50 },
  { '777': 100 },
];

function* endpoints(): Generator<readonly Endpoint[] | undefined> {
  yield undefined;
  yield [];
  yield [endpointWith([old], { [old.id]: 100 }), endpointWith([])];
  for (let subset = 0; subset < 16; subset += 1) {
    const models = [candidate, old, leftover, foreign].filter((_, bit) => (subset & (1 << bit)) !== 0);
    for (const traffic of TRAFFIC)
      for (const epoch of ['2', '3']) yield [endpointWith(models, traffic, epoch)];
  }
}

const ALIASED = { aliases: ['live', 'default'] };

const VERSIONS: (readonly ModelVersion[] | undefined)[] = [
  undefined,
  [],
  [versionOf(1), versionOf(0, ALIASED)],
  [versionOf(1, ALIASED), versionOf(0), versionOf(-2)],
  [versionOf(2), versionOf(1), versionOf(0, ALIASED), versionOf(-1, { labels: new Map() }), versionOf(-2)],
];

/** What is wrong with doing that now, in a word. */
function wrong(action: Action, service: Service, ledger: Ledger, seen: Observed): string | null {
  const [endpoint] = seen.endpoints ?? [];
  const shows = (id: string) => endpoint?.deployedModels.some((m) => m.id === id) ?? false;
  switch (action.do) {
    case 'look':
      return action.at !== 'operation' && seen[action.at] !== undefined
        ? 'looks again at what it has seen'
        : null;
    case 'createEndpoint':
      return seen.endpoints?.length === 0 ? null : 'creates a second endpoint';
    case 'upload':
      if (!action.release.verified) return 'uploads what was not verified';
      return seen.versions?.some((v) => v.labels.get(LABELS.release) === requestOf(1).id) === false
        ? null
        : 'uploads twice';
    case 'deploy':
      if (seen.endpoints?.length !== 1) return 'deploys on one of several endpoints';
      if (ledger.release?.deployed === true) return 'deploys again what was deployed';
      return shows(candidate.id) ? 'deploys an id twice' : null;
    case 'shift':
      return wrongTraffic(action.traffic, service, ledger, action.endpoint);
    case 'undeploy': {
      const model = action.endpoint.deployedModels.find((m) => m.id === action.id);
      if (model === undefined) return 'undeploys what is not there';
      if (ownerOf(model.id, model.displayName) === null) return 'undeploys what is not ours';
      if ((action.endpoint.traffic.get(action.id) ?? 0) > 0) return 'undeploys what has traffic';
      if (action.endpoint.labels.get(LABELS.epoch) !== String(ledger.epoch))
        return 'undeploys before the fence';
      if (action.id === ledger.live?.deployedModel) return 'undeploys what is live';
      return ledger.release !== null && action.id === candidate.id ? 'undeploys the candidate' : null;
    }
    case 'deleteVersion': {
      const { version, labels, aliases } = action.version;
      if (!labels.has(LABELS.release)) return 'deletes a version that is not ours';
      if (aliases.includes('live') || aliases.includes('default')) return 'deletes what an alias names';
      if (version === ledger.live?.request.version) return 'deletes the live version';
      return endpoint?.deployedModels.some((m) => m.version === version) === true
        ? 'deletes a version that is deployed'
        : null;
    }
    case 'mutate':
      return action.model.displayName === foreign.displayName ? 'scales what others deployed' : null;
    case 'record':
      return action.change.type === 'wentLive' &&
        endpoint?.traffic.get(action.change.deployedModel) === undefined
        ? 'calls live what has no traffic'
        : null;
    case 'judge':
      return (endpoint?.traffic.get(action.candidate.id) ?? 0) === 0 ? 'judges what has no traffic' : null;
    case 'announce':
    case 'configure':
    case 'copy':
    case 'explain':
    case 'fence':
    case 'moveAliases':
    case 'stop':
    case 'verify':
    case 'wait':
      return null;
    default:
      return action satisfies never;
  }
}

function wrongTraffic(
  traffic: ReadonlyMap<string, number>,
  service: Service,
  ledger: Ledger,
  endpoint: Endpoint,
): string | null {
  let sum = 0;
  for (const [id, percent] of traffic) {
    sum += percent;
    const model = endpoint.deployedModels.find((m) => m.id === id);
    if (model === undefined) return 'shifts traffic to what is not deployed';
    if (model === foreign && percent !== endpoint.traffic.get(id)) return 'changes what others hold';
    if (model === candidate && ledger.release?.deployed !== true)
      return 'shifts traffic to what is not proven';
    if (model === leftover) return 'shifts traffic to what was given up';
  }
  const held = endpoint.deployedModels.includes(foreign) ? (endpoint.traffic.get(foreign.id) ?? 0) : 0;
  if (!service.rollout.takeOver && (traffic.get(foreign.id) ?? 0) !== held) return 'takes what others hold';
  return sum === 100 ? null : `shifts ${sum} percent`;
}

describe('plan, in every small state,', () => {
  const base = samples.serviceChurn();

  it.each([false, true])('does nothing that it must not, when takeOver is %s', (takeOver) => {
    const service: Service = { ...base, keepVersions: 1, rollout: { ...base.rollout, takeOver } };
    const worlds = [...endpoints()];
    const found = new Map<string, unknown>();
    const done = new Map<string, number>();
    for (const ledger of ledgers()) {
      for (const seenEndpoints of worlds) {
        for (const versions of VERSIONS) {
          const seen: Observed = {
            ...(seenEndpoints && { endpoints: seenEndpoints }),
            ...(versions && { versions }),
          };
          const action = plan(service, ledger, seen, NOW + 60_000);
          done.set(action.do, (done.get(action.do) ?? 0) + 1);
          const problem = wrong(action, service, ledger, seen);
          if (problem !== null && !found.has(problem)) found.set(problem, { action, ledger, seen });
        }
      }
    }
    expect(Object.fromEntries(found)).toEqual({});
    // The enumeration is worth something only if it gets everywhere.
    expect([...done.keys()].toSorted()).toEqual(
      'createEndpoint deleteVersion deploy fence look moveAliases record shift stop undeploy upload verify'.split(
        ' ',
      ),
    );
  });
});
