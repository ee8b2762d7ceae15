/** From an event to predictions by the new model, on the whole local stack. */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { LOCATION, MODELS, startLocalStack, type LocalStack } from '../support/local-stack.ts';
import { BAD_MESSAGES } from './bad-messages.ts';
import { uploadForeign } from './foreign-model.ts';
import { startCallers } from './watch.ts';

vi.setConfig({ testTimeout: 240_000 });

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({
    landing: {},
    pipeline: {},
    twin: {},
    other: {},
    foreign: {},
    broken: {},
    failing: {},
    disorder: {},
    ambiguous: {},
    keeping: { keepVersions: 1 },
    switching: {},
  });
}, 60_000);

afterAll(() => local.close());

describe('a release', () => {
  it('releases what lands in the bucket, by its notification', async () => {
    const generation = await local.land('landing', 'v1');
    const [outcome] = await local.outcomes('landing', 1);
    expect(outcome).toMatchObject({
      result: 'Live',
      artifact: `gs://${MODELS}/landing/v1/model.onnx#${generation}`,
      version: '1',
      cause: null,
    });
    const endpoint = await local.endpoint('landing');
    expect(endpoint.trafficSplit).toEqual({ [outcome?.deployedModel ?? '']: 100 });
    expect(await local.predict('landing')).toEqual({
      deployedModelId: outcome?.deployedModel,
      predictions: 1,
    });

    const [versions] = await local.models.listModelVersions({ name: `${LOCATION}/models/slipway-landing` });
    expect(versions.map((version) => version.versionAliases?.toSorted())).toEqual([['default', 'live']]);
    expect(versions[0]?.labels?.['slipway-release']).toBe(outcome?.release);
  });

  it('releases an older artifact again when a person asks for it, and undeploys what was live', async () => {
    await local.land('landing', 'v2', { from: 'v2' });
    await local.outcomes('landing', 2);
    await local.request({ service: 'landing', artifact: `gs://${MODELS}/landing/v1/` });
    const [, , again] = await local.outcomes('landing', 3);
    expect(again).toMatchObject({ result: 'Live', version: '3' });
    expect(again?.artifact).toContain('/landing/v1/model.onnx#');
    await local.atRest('landing');
    const endpoint = await local.endpoint('landing');
    expect(endpoint.deployedModels?.map((model) => model.id)).toEqual([again?.deployedModel]);
  });

  it('releases the newest artifact when only the service is named', async () => {
    await local.request({ service: 'landing' });
    const outcomes = await local.outcomes('landing', 4);
    expect(outcomes.at(-1)).toMatchObject({ result: 'Live' });
    expect(outcomes.at(-1)?.artifact).toContain('/landing/v2/model.onnx#');
  });

  it("releases a pipeline job's model", async () => {
    const { store } = local.stack.emulator;
    const ofPipeline = store.notifications(MODELS).find((one) => one.object_name_prefix === 'pipeline/');
    store.removeNotification(MODELS, ofPipeline?.id ?? '');
    await local.land('pipeline', 'run-7');
    await local.pipelines.createPipelineJob({
      parent: LOCATION,
      pipelineJobId: 'train-7',
      pipelineJob: {
        state: 'PIPELINE_STATE_RUNNING',
        jobDetail: {
          taskDetails: [
            {
              taskName: 'train',
              state: 'SUCCEEDED',
              outputs: {
                model: {
                  artifacts: [{ schemaTitle: 'system.Model', uri: `gs://${MODELS}/pipeline/run-7` }],
                },
              },
            },
            { taskName: 'announce', state: 'RUNNING' },
          ],
        },
      },
    });
    await local.request({ pipelineJob: `${LOCATION}/pipelineJobs/train-7` });
    const [outcome] = await local.outcomes('pipeline', 1);
    expect(outcome).toMatchObject({ result: 'Live' });
    expect(outcome?.artifact).toContain('/pipeline/run-7/model.onnx#');
  });
});

// Services are apart from one another, and so are these tests.
describe.concurrent('what others own', () => {
  it('leaves a foreign model on the same endpoint deployed, with its traffic', async () => {
    const parent = LOCATION;
    const [creating] = await local.endpoints.createEndpoint({ parent, endpoint: { displayName: 'foreign' } });
    const [endpoint] = await creating.promise();
    const theirs = await uploadForeign(local);
    const [deploying] = await local.endpoints.deployModel({
      endpoint: endpoint.name ?? '',
      deployedModel: {
        id: '77',
        model: theirs,
        displayName: 'by hand',
        dedicatedResources: { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 },
      },
    });
    await deploying.promise();
    await local.endpoints.updateEndpoint({
      endpoint: { name: endpoint.name ?? '', trafficSplit: { '77': 100 } },
      updateMask: { paths: ['traffic_split'] },
    });

    await local.land('foreign', 'v1');
    const [held] = await local.outcomes('foreign', 1);
    expect(held).toMatchObject({ result: 'Failed', cause: { code: 'TRAFFIC_HELD' } });
    expect((await local.endpoint('foreign')).trafficSplit).toEqual({ '77': 100 });

    await local.atRest('foreign');
    await local.endpoints.updateEndpoint({
      endpoint: { name: endpoint.name ?? '', trafficSplit: {} },
      updateMask: { paths: ['traffic_split'] },
    });
    await local.request({ service: 'foreign' });
    const [, live] = await local.outcomes('foreign', 2);
    expect(live).toMatchObject({ result: 'Live' });
    await local.atRest('foreign');
    const after = await local.endpoint('foreign');
    expect(after.name).toBe(endpoint.name);
    expect(new Set(after.deployedModels?.map((model) => model.id))).toEqual(
      new Set(['77', live?.deployedModel]),
    );
  });

  it('names both endpoints when two have the display name', async () => {
    for (const _ of [1, 2]) {
      const [creating] = await local.endpoints.createEndpoint({
        parent: LOCATION,
        endpoint: { displayName: 'ambiguous' },
      });
      await creating.promise();
    }
    await local.land('ambiguous', 'v1');
    const [outcome] = await local.outcomes('ambiguous', 1);
    expect(outcome).toMatchObject({ result: 'Failed', cause: { code: 'ENDPOINT_AMBIGUOUS' } });
    expect(outcome?.cause?.detail.match(/endpoints\/\d+/g)).toHaveLength(2);
  });

  it('deletes its own versions beyond keepVersions and no other', async () => {
    await local.land('keeping', 'v1');
    await local.outcomes('keeping', 1);
    await local.land('keeping', 'v2', { from: 'v2' });
    await local.outcomes('keeping', 2);
    await local.land('keeping', 'v3');
    const outcomes = await local.outcomes('keeping', 3);
    await local.atRest('keeping');
    const [versions] = await local.models.listModelVersions({ name: `${LOCATION}/models/slipway-keeping` });
    // The one before is what a rollback would deploy.
    const kept = outcomes.slice(-2).map(({ version }) => version);
    expect(new Set(versions.map((version) => version.versionId))).toEqual(new Set(kept));
  });
});

describe('failures', () => {
  it('says why when an operation is done with an error', async () => {
    local.stack.emulator.faults.add({
      method: 'EndpointService.DeployModel',
      call: 1,
      kind: 'operation',
      status: 'FAILED_PRECONDITION',
      message: 'quota of the region is used up',
      effect: 'none',
    });
    try {
      await local.land('failing', 'v1');
      const [outcome] = await local.outcomes('failing', 1);
      expect(outcome).toMatchObject({ result: 'Failed', cause: { code: 'DEPLOY_FAILED' } });
      expect(outcome?.cause?.detail).toContain('quota of the region is used up');
    } finally {
      local.stack.emulator.faults.clear();
    }
  });
});

describe.concurrent('delivery', () => {
  it('releases two services at once', async () => {
    await Promise.all([local.land('twin', 'v1'), local.land('other', 'v1')]);
    const [[twin], [other]] = await Promise.all([local.outcomes('twin', 1), local.outcomes('other', 1)]);
    expect(twin).toMatchObject({ result: 'Live' });
    expect(other).toMatchObject({ result: 'Live' });
    expect(twin?.deployedModel).not.toBe(other?.deployedModel);
  });

  it('keeps the previous model serving when a deployment fails', async () => {
    await local.land('broken', 'v1');
    const [live] = await local.outcomes('broken', 1);
    await local.land('broken', 'v2', { broken: true });
    const [, failed] = await local.outcomes('broken', 2);
    expect(failed).toMatchObject({ result: 'Failed', cause: { code: 'DEPLOY_BAD_ARTIFACT' } });
    expect(failed?.cause?.detail).toContain('Model server');
    await local.atRest('broken');
    const endpoint = await local.endpoint('broken');
    expect(endpoint.deployedModels?.map((model) => model.id)).toEqual([live?.deployedModel]);
    expect((await local.predict('broken')).deployedModelId).toBe(live?.deployedModel);
  });

  it('releases once, however often and in whatever order the news comes', async () => {
    const older = await local.land('disorder', 'v1');
    const [first] = await local.outcomes('disorder', 1);
    const newer = await local.land('disorder', 'v2', { from: 'v2' });
    const [, second] = await local.outcomes('disorder', 2);
    for (const [folder, generation] of [
      ['v2', newer],
      ['v1', older],
      ['v1', older],
      ['v2', newer],
    ] as const) {
      await local.pubsub.topic('slipway-artifacts').publishMessage({
        data: Buffer.from('{}'),
        attributes: {
          eventType: 'OBJECT_FINALIZE',
          bucketId: MODELS,
          objectId: `disorder/${folder}/model.onnx`,
          objectGeneration: generation,
        },
      });
    }
    await local.allTaken('onArtifact');
    await local.atRest('disorder');
    const [versions] = await local.models.listModelVersions({ name: `${LOCATION}/models/slipway-disorder` });
    expect(versions).toHaveLength(2);
    expect((await local.endpoint('disorder')).trafficSplit).toEqual({ [second?.deployedModel ?? '']: 100 });
    expect(first?.result).toBe('Live');
  });

  it('loses no prediction while the model is switched', async () => {
    await local.land('switching', 'v1');
    await local.outcomes('switching', 1);
    const { traffic } = await startCallers(local, 'switching');
    await local.land('switching', 'v2', { from: 'v2' });
    const outcomes = await local.outcomes('switching', 2);
    await local.atRest('switching');
    await traffic.stop();
    expect(traffic).toMatchObject({ lost: 0, lastError: null });
    expect(new Set(traffic.byModel.keys())).toEqual(new Set(outcomes.map((o) => o.deployedModel)));
  });
});

describe('bad input', () => {
  it.each(BAD_MESSAGES)('answers %s with one line and an acknowledgement', async (_, message, code) => {
    const before = local.logs.length;
    const acked = local.acked('onRequest');
    await local.pubsub.topic('slipway-requests').publishMessage(message);
    await local.allTaken('onRequest');
    const lines = await local.linesOf('onRequest', before);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatchObject({ severity: 'WARNING', message: 'event refused', code });
    expect(JSON.stringify(lines)).not.toContain('    at ');
    expect(local.acked('onRequest')).toBe(acked + 1);
  });

  it('ignores an object matches no service', async () => {
    const before = local.logs.length;
    await local.bucket.file('landing/notes.txt').save('hello');
    await local.allTaken('onArtifact');
    const lines = await local.linesOf('onArtifact', before);
    expect(lines).toMatchObject([{ severity: 'INFO', message: 'object matches no service' }]);
  });
});
