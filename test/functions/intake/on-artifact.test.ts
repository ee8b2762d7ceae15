import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../../functions/app.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { deployedModelId, endpointId } from '../../../functions/release/ids.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  runTicks,
  testApp,
  type TestApp,
} from '../../support/test-app.ts';

const ENDPOINT = `projects/test-project/locations/us-central1/endpoints/${endpointId('churn')}`;

async function land(s: TestApp, name: string, content?: string): Promise<void> {
  s.world.objects.put('models', name, content);
  await handleArtifact(finalized('models', name), s.app);
}

function serving(s: TestApp): { deployed: number; traffic: Record<string, number> } {
  const endpoint = s.world.vertex.endpoints.get(ENDPOINT);
  return {
    deployed: endpoint?.deployedModels.length ?? 0,
    traffic: Object.fromEntries(endpoint?.traffic ?? []),
  };
}

function liveId(s: TestApp): string {
  const { live } = ledgerOf(s.world, 'churn');
  return live === null ? '' : deployedModelId(live.request.id, live.attempt);
}

describe('an artifact lands', () => {
  it('is live after the ticks, with all the traffic, and its outcome is announced', async () => {
    const s = testApp();
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);

    expect(serving(s)).toEqual({ deployed: 1, traffic: { [liveId(s)]: 100 } });
    expect(s.world.vertex.uploads).toMatchObject([
      { modelId: 'slipway-churn', artifactUri: 'gs://models/churn/v1' },
    ]);
    expect(s.world.vertex.versions[0]?.aliases).toEqual(['live', 'default']);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('costs one upload, one deployment and one traffic change', async () => {
    const s = testApp();
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);
    expect(s.world.vertex.mutations).toEqual([
      'createEndpoint',
      'upload',
      'deploy',
      'UpdateEndpoint',
      'MergeVersionAliases',
    ]);
  });

  it('takes the place of what was live, which is undeployed; versions beyond keepVersions go', async () => {
    const s = testApp();
    for (const version of ['v1', 'v2', 'v3']) {
      await land(s, `churn/${version}/model.onnx`);
      await runTicks(s);
    }
    expect(serving(s)).toEqual({ deployed: 1, traffic: { [liveId(s)]: 100 } });
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v3/model.onnx');
    expect(s.world.vertex.versions.map((v) => v.version)).toEqual(['2', '3']);
    expect(outcomes(s.world)).toEqual(['Live', 'Live', 'Live']);
  });

  it('leaves what serves alone when the deployment fails', async () => {
    const s = testApp({ errors: ['release ended'] });
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);
    const before = serving(s);

    s.world.vertex.deployFails = { status: 'INVALID_ARGUMENT', message: 'Model server exited unexpectedly' };
    await land(s, 'churn/v2/model.onnx');
    await runTicks(s);

    expect(serving(s)).toEqual(before);
    expect(outcomes(s.world)).toEqual(['Live', 'Failed DEPLOY_FAILED']);
    expect(s.world.published.at(-1)?.data).toMatchObject({
      cause: {
        detail: expect.stringMatching(/^INVALID_ARGUMENT: Model server exited unexpectedly\n.* has no line/),
      },
    });
  });

  it('is one release however often it is told', async () => {
    const s = testApp();
    await land(s, 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    expect(s.world.vertex.uploads).toHaveLength(1);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('is superseded when something newer landed before the ticks', async () => {
    const s = testApp();
    await land(s, 'churn/v1/model.onnx');
    await s.world.clock.sleep(1_000);
    await land(s, 'churn/v2/model.onnx');
    await runTicks(s);
    expect(s.world.vertex.uploads.map((u) => u.artifactUri)).toEqual(['gs://models/churn/v2']);
    expect(outcomes(s.world).toSorted()).toEqual(['Live', 'Superseded SUPERSEDED']);
  });

  it('does not take the place of something newer when its event comes late', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await s.world.clock.sleep(1_000);
    await land(s, 'churn/v2/model.onnx');
    await runTicks(s);
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
    expect(outcomes(s.world)).toEqual(['Live', 'Superseded SUPERSEDED']);
  });

  it('may be told of by a bucket notification, which has attributes only', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const attributes = {
      eventType: 'OBJECT_FINALIZE',
      bucketId: 'models',
      objectId: 'churn/v1/model.onnx',
      objectGeneration: '1700000000000001',
    };
    await handleArtifact(message(undefined, { attributes }), s.app);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('is refused before anything is spent when its manifest does not describe it', async () => {
    const s = testApp({ errors: ['release ended'] });
    const files = [{ path: 'model.onnx', size: 5, sha256: 'b'.repeat(64) }];
    s.world.objects.put('models', 'churn/v1/manifest.json', JSON.stringify({ schema: 1, files }));
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);
    expect(s.world.vertex.mutations).toEqual([]);
    expect(outcomes(s.world)).toEqual(['Refused MANIFEST_INVALID']);
  });

  it('leaves a model that somebody else deployed on the endpoint, and its share of the traffic, alone', async () => {
    const s = testApp();
    const name = s.world.vertex.addEndpoint('55', 'churn');
    const foreign = { id: '42', model: 'projects/p/models/other', version: '1', displayName: 'theirs' };
    s.world.vertex.disturb(name, { deployedModels: [foreign], traffic: new Map([['42', 30]]) });
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);
    const endpoint = s.world.vertex.endpoints.get(name);
    expect(endpoint?.deployedModels).toContainEqual(foreign);
    expect(Object.fromEntries(endpoint?.traffic ?? [])).toEqual({ 42: 30, [liveId(s)]: 70 });
  });
});

describe('news of artifacts that comes in a flood', () => {
  it('a thousand times of the same one is one request, and one write', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    for (let n = 0; n < 1_000; n += 1)
      await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
    expect(s.world.ledgerTexts.get('churn')?.generation).toBe('1');
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('of three hundred artifacts deploys the newest alone, and accounts for the rest', async () => {
    const s = testApp();
    for (let n = 0; n < 300; n += 1) {
      await land(s, `churn/v${n}/model.onnx`);
      await s.world.clock.sleep(1_000);
      if (n % 20 === 0) await runTicks(s);
    }
    await runTicks(s);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v299/model.onnx');
    expect(outcomes(s.world)).toHaveLength(300);
    expect(serving(s).deployed).toBe(1);
  });
});

describe('the object as it is now', () => {
  it('counts, not the generation that the event names', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    const { generation } = s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    expect(ledgerOf(s.world, 'churn').queue.map((r) => r.generation)).toEqual([generation]);
  });

  it('that is overwritten before it is uploaded gives way to what overwrote it', async () => {
    const s = testApp();
    await land(s, 'churn/v1/model.onnx');
    await s.world.clock.sleep(1_000);
    s.world.objects.put('models', 'churn/v1/model.onnx', 'other content');
    await runTicks(s);
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Superseded ARTIFACT_OVERWRITTEN', 'Live']);
  });

  it('that is empty waits for its content: the two are one release', async () => {
    const s = testApp();
    await expect(land(s, 'churn/v1/model.onnx', '')).rejects.toThrow('the marker is still empty');
    await s.world.clock.sleep(60_000);
    await land(s, 'churn/v1/model.onnx');
    // The event of the empty object comes again.
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live']);
    expect(s.world.vertex.uploads).toHaveLength(1);
  });

  it('that stays empty is refused after ten minutes, once', async () => {
    const s = testApp({ errors: ['release ended'] });
    await expect(land(s, 'churn/v1/model.onnx', '')).rejects.toThrow(Redeliver);
    await s.world.clock.sleep(9 * 60_000);
    const again = () => handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await expect(again()).rejects.toThrow(Redeliver);
    expect(s.world.ledgerTexts.size).toBe(0);
    await s.world.clock.sleep(60_000);
    await again();
    await again();
    expect(s.lines).toMatchObject([
      { level: 'warn', fields: { code: 'ARTIFACT_EMPTY' } },
      { level: 'warn', fields: { code: 'ARTIFACT_EMPTY' } },
    ]);
    await runTicks(s);
    expect(s.world.vertex.mutations).toEqual([]);
    await land(s, 'churn/v1/model.onnx');
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Refused ARTIFACT_EMPTY', 'Live']);
  });

  it('that was deleted while it was empty is none, and no placeholder of its folder is one', async () => {
    const s = testApp();
    await expect(land(s, 'churn/v1/model.onnx', '')).rejects.toThrow(Redeliver);
    s.world.objects.delete('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    expect(s.lines).toMatchObject([{ fields: { code: 'ARTIFACT_NOT_FOUND' } }]);
    await land(s, 'churn/v1/', '');
    await land(s, 'churn/v1/model.onnx/', '');
    expect(s.world.ledgerTexts.size).toBe(0);
  });

  it('is told from one whose name only looks the same', async () => {
    const s = testApp();
    const [composed, decomposed] = ['NFC', 'NFD'].map((form) => `churn/${'é'.normalize(form)}/model.onnx`);
    s.world.objects.put('models', composed ?? '');
    await handleArtifact(finalized('models', decomposed ?? ''), s.app);
    expect(s.lines).toMatchObject([{ fields: { code: 'ARTIFACT_NOT_FOUND' } }]);
    await handleArtifact(finalized('models', composed ?? ''), s.app);
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
  });
});
