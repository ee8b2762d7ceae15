/** The engine, rehearsed: the calls it would make, on worlds that nothing may write to. */
import { describe, expect, it } from 'vitest';
import { requestOfMessage } from '../../../../functions/release/requests/request.ts';
import { overlapMs } from '../../../../cli/commands/plan/overlap.ts';
import { rehearse } from '../../../../cli/commands/plan/rehearsal.ts';
import { takeSnapshot } from '../../../../cli/commands/plan/snapshot.ts';
import { durationsOf, estimate } from '../../../../functions/release/view/estimate.ts';
import { withStatedDigests } from '../../../../cli/commands/plan/stated-digests.ts';
import type { Service } from '../../../../functions/config/config.ts';
import { accept } from '../../../../functions/release/requests/accept.ts';
import { CallError } from '../../../../functions/errors.ts';
import { deployedModelId } from '../../../../functions/release/ids.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { uriOf } from '../../../../common/artifact/uri.ts';
import type { Artifacts, Endpoint, ModelVersion, Vertex } from '../../../../functions/world.ts';
import {
  artifactsOf,
  atRest,
  canary,
  churn,
  config,
  ENDPOINT,
  ledger,
  NOW,
  releaseOf,
  request,
  stored,
} from '../../fixtures.ts';

const asked = requestOfMessage(churn, stored('v2'), { requestId: 'mine', publishedAt: NOW }, NOW);

/** Vertex AI of which only these three may be read, and nothing written. */
function readable(endpoints: readonly Endpoint[], versions: readonly ModelVersion[]): Vertex {
  const vertex: Pick<Vertex, 'findEndpoints' | 'getEndpoint' | 'listVersions'> = {
    findEndpoints: () => Promise.resolve([...endpoints]),
    getEndpoint: (name) => Promise.resolve(endpoints.find((endpoint) => endpoint.name === name) ?? null),
    listVersions: () => Promise.resolve([...versions]),
  };
  return vertex as Vertex;
}

async function rehearsed(
  before: Ledger,
  endpoints: readonly Endpoint[],
  versions: readonly ModelVersion[],
  artifacts: Artifacts = artifactsOf([stored('v2')]),
  service: Service = churn,
) {
  const vertex = readable(endpoints, versions);
  const { snapshot, ledger } = await takeSnapshot({ config, service, vertex }, before, NOW);
  return rehearse(config, service, accept(ledger, asked, NOW).ledger, {
    snapshot,
    durations: durationsOf(before),
    artifacts: withStatedDigests(artifacts),
    now: NOW,
  });
}

describe('what a request would do', () => {
  it('makes everything for the first release, and overlaps with nothing', async () => {
    const rehearsal = await rehearsed(ledger(), [], []);
    expect(rehearsal.calls.map(({ method }) => method)).toEqual([
      'CreateEndpoint',
      'UploadModel',
      'DeployModel',
      'UpdateEndpoint',
      'MergeVersionAliases',
    ]);
    expect(rehearsal.ledger.live?.request.id).toBe(asked.id);
    expect(overlapMs(rehearsal, 0)).toBe(0);
  });

  it('switches from the live model to the new one, with the ids that the release will have', async () => {
    const { ledger: before, endpoint, version } = atRest('v1');
    const took = { upload: 30_000, deploy: 600_000, undeploy: 60_000 };
    const rehearsal = await rehearsed({ ...before, took }, [endpoint], [version]);
    const id = deployedModelId(asked.id, 1);
    expect(rehearsal.calls).toMatchObject([
      { method: 'UploadModel', took: 30_000, arguments: { artifactUri: 'gs://models/churn/v2' } },
      {
        method: 'DeployModel',
        took: 600_000,
        target: ENDPOINT,
        arguments: { deployedModelId: id, minReplicas: 1 },
      },
      { method: 'UpdateEndpoint', took: null, arguments: { trafficSplit: { [id]: 100 } } },
      { method: 'MergeVersionAliases', arguments: { versionAliases: ['live', 'default'] } },
      {
        method: 'UndeployModel',
        took: 60_000,
        arguments: { deployedModelId: before.live?.deployedModel },
      },
    ]);
    const outcome = rehearsal.ledger.outcomes.find((o) => o.release === asked.id);
    expect(outcome).toMatchObject({ result: 'Live', artifact: uriOf(asked) });
    // Both are deployed from the start of the new one to the end of the old one.
    const [, deploy, , , undeploy] = rehearsal.calls;
    const overlap = (undeploy?.at ?? 0) + 60_000 - (deploy?.at ?? 0);
    expect(overlapMs(rehearsal, 1)).toBe(overlap);
    expect(overlap).toBeGreaterThan(660_000);
    expect(overlap).toBeLessThan(720_000);
  });

  it('goes through every step and bake, without asking a model or judging one', async () => {
    const { ledger: before, endpoint, version } = atRest('v1');
    const took = { upload: 30_000, deploy: 600_000, undeploy: 60_000 };
    const rehearsal = await rehearsed({ ...before, took }, [endpoint], [version], undefined, canary);
    const id = deployedModelId(asked.id, 1);
    const splits = rehearsal.calls.flatMap((call) => call.arguments['trafficSplit'] ?? []);
    const v1 = before.live?.deployedModel ?? '';
    expect(splits).toEqual([{ [id]: 5, [v1]: 95 }, { [id]: 25, [v1]: 75 }, { [id]: 100 }]);
    const outcome = rehearsal.ledger.outcomes.find((o) => o.release === asked.id);
    expect(outcome?.result).toBe('Live');
    const { minutes } = estimate(canary, took);
    const rehearsedMinutes = ((outcome?.endedAt ?? 0) - NOW) / 60_000;
    expect(rehearsedMinutes).toBeGreaterThan(minutes);
    expect(rehearsedMinutes).toBeLessThan(minutes + 1);
    expect(rehearsal.calls.map(({ method }) => method)).not.toContain('UndeployModel');
    expect(rehearsal.ledger.previous?.live.deployedModel).toBe(v1);
  });

  it('leaves the given ledger as it was', async () => {
    const { ledger: before, endpoint, version } = atRest('v1');
    const copy = structuredClone(before);
    await rehearsed(before, [endpoint], [version]);
    expect(before).toEqual(copy);
  });

  it('lets a deployment in progress come to its end, though its reply is not written yet', async () => {
    const { ledger: rest, endpoint, version } = atRest('v1');
    const inProgress = request('v9', 10, { version: '1' });
    const id = deployedModelId(inProgress.id, 1);
    const before: Ledger = {
      ...rest,
      release: releaseOf(inProgress),
      pending: { kind: 'deploy', subject: id, name: null, since: NOW - 60_000 },
    };
    const rehearsal = await rehearsed(before, [endpoint], [version]);
    // The newer request goes first; what had been deployed for the other is taken away.
    expect(rehearsal.ledger.live?.request.id).toBe(asked.id);
    expect(
      rehearsal.calls
        .filter(({ method }) => method === 'UndeployModel')
        .map((call) => call.arguments['deployedModelId']),
    ).toContain(id);
    expect(rehearsal.ledger.outcomes).toContainEqual(
      expect.objectContaining({ release: inProgress.id, result: 'Superseded' }),
    );
  });

  it('refuses a bad artifact without a call', async () => {
    const { ledger: before, endpoint, version } = atRest('v1');
    const manifest = stored('v2', { name: 'churn/v2/manifest.json' });
    const sha256 = 'a'.repeat(64);
    const files = [{ path: 'model.onnx', size: 99, sha256 }];
    const artifacts = artifactsOf([stored('v2'), manifest], {
      'churn/v2/manifest.json': JSON.stringify({ schema: 1, files }),
    });
    const rehearsal = await rehearsed(before, [endpoint], [version], artifacts);
    expect(rehearsal.calls).toEqual([]);
    expect(rehearsal.ledger.outcomes[0]).toMatchObject({
      result: 'Refused',
      cause: { code: 'MANIFEST_INVALID', detail: 'model.onnx: expected 99 bytes, got 100' },
    });
  });

  it('takes the digests from the manifest instead of reading every byte', async () => {
    const manifest = stored('v2', { name: 'churn/v2/manifest.json' });
    const files = [{ path: 'model.onnx', size: 100, sha256: 'a'.repeat(64) }];
    const artifacts = artifactsOf([stored('v2'), manifest], {
      'churn/v2/manifest.json': JSON.stringify({ schema: 1, files }),
    });
    const rehearsal = await rehearsed(ledger(), [], [], artifacts);
    expect(rehearsal.ledger.live?.request.id).toBe(asked.id);
  });

  it('fails at once where the artifact cannot be read, without asking again and again', async () => {
    let asks = 0;
    const artifacts: Artifacts = {
      ...artifactsOf([]),
      head: () => {
        asks += 1;
        return Promise.reject(new CallError('artifacts.head', 'UNAVAILABLE', 'no'));
      },
    };
    await expect(rehearsed(ledger(), [], [], artifacts)).rejects.toThrow(CallError);
    expect(asks).toBe(1);
  });
});
