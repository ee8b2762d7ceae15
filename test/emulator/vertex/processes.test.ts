/** Deployed models as real processes, through the whole emulator. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';

import { isObject, parseJson } from '../../../emulator/core/json.ts';
import type { JsonObject } from '../../../emulator/core/json.ts';
import type { Emulator } from '../../../emulator/server.ts';
import { image, modelOf, parent, startWorld } from '../../contract/vertex-world.ts';

const dedicatedResources = {
  machineSpec: { machineType: 'n1-standard-4', acceleratorType: 5 },
  minReplicaCount: 1,
};
const endpoint = `${parent}/endpoints/churn`;

let emulator: Emulator;

beforeEach(async () => {
  emulator = await startWorld();
  emulator.store.createBucket('artifacts');
  emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('weights'));
  await end(emulator.vertex.endpoints.create(parent, 'churn', { displayName: 'churn' }));
});

afterEach(() => emulator.close());

async function end({ name }: { name: string }) {
  const { response, error } = await emulator.operations.wait(name, 20_000);
  if (error !== undefined) throw new Error(error.message);
  return response;
}

async function deploy(
  id: string,
  env: Record<string, string> = {},
  trafficSplit: Record<string, number> = {},
) {
  await end(emulator.vertex.uploads.upload(parent, { modelId: `m${id}`, model: modelOf('churn', env) }));
  const deployedModel = { id, model: `${parent}/models/m${id}`, dedicatedResources };
  await end(emulator.vertex.deployments.deploy(endpoint, { deployedModel, trafficSplit }));
}

/** The first prediction, or the error. */
async function predict(instance: unknown, url = emulator.url): Promise<unknown> {
  const { predictions, error } = await post(`${url}/v1/${endpoint}:predict`, { instances: [instance] });
  return error ?? Object(predictions)[0];
}

async function post(url: string, body: object): Promise<JsonObject> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const answer = parseJson(await response.text());
  return isObject(answer) ? answer : {};
}

function texts(id: string): string[] {
  return emulator.vertex.logsOf(id).map(({ text }) => text);
}

describe('a container', () => {
  test('has the environment of the contract and nothing of the emulator', async () => {
    process.env.SECRET = 'mine';
    await deploy(
      '1',
      { REGION: 'eu', WHO: 'model $(AIP_DEPLOYED_MODEL_ID) in $(REGION), $$(REGION)' },
      { 0: 100 },
    );
    delete process.env.SECRET;
    const env = await predict('env');
    expect(env).toMatchObject({
      AIP_HTTP_PORT: expect.stringMatching(/^\d+$/),
      AIP_HEALTH_ROUTE: '/health',
      AIP_PREDICT_ROUTE: '/predict',
      AIP_STORAGE_URI: expect.stringMatching(/^gs:\/\/caip-tenant-\d+-us-central1\/\d+\/artifacts$/),
      AIP_ENDPOINT_ID: 'churn',
      AIP_DEPLOYED_MODEL_ID: '1',
      AIP_MODEL_NAME: 'churn',
      AIP_VERSION_NAME: '1',
      AIP_PROJECT_NUMBER: '257724955862',
      AIP_MACHINE_TYPE: 'n1-standard-4',
      AIP_ACCELERATOR_TYPE: 'NVIDIA_TESLA_T4',
      AIP_FRAMEWORK: 'CUSTOM_CONTAINER',
      AIP_MODE: 'PREDICTION',
      AIP_MODE_VERSION: '1.0.0',
      STORAGE_EMULATOR_HOST: emulator.url,
      WHO: 'model 1 in eu, $(REGION)',
    });
    expect(env).not.toHaveProperty('SECRET');
  });

  test('reads a copy of the artifact as it was at upload', async () => {
    await end(emulator.vertex.uploads.upload(parent, { modelId: 'm1', model: modelOf('churn') }));
    emulator.store.putObject('artifacts', 'm/1/model.onnx', Buffer.from('changed'));
    const { artifactCopy } = emulator.vertex.models.find(`${parent}/models/m1`).version;
    const [, , bucket, ...folder] = artifactCopy.split('/');
    const name = encodeURIComponent(`${folder.join('/')}/model.onnx`);
    const copy = await fetch(`${emulator.url}/storage/v1/b/${bucket}/o/${name}?alt=media`);
    expect(await copy.text()).toBe('weights');
    const buckets = await fetch(`${emulator.url}/storage/v1/b?project=p1`);
    expect(await buckets.text()).not.toContain('caip-tenant');
  });

  test('is stopped by SIGTERM on undeployment, and its last lines stay', async () => {
    await deploy('1');
    await end(emulator.vertex.deployments.undeploy(endpoint, { deployedModelId: '1' }));
    expect(texts('1')).toEqual([
      expect.stringMatching(/^serving gs:/),
      'SIGTERM',
      'model server exited with code 0',
    ]);
    const logs = await fetch(`${emulator.url}/emulator/deployedModels/1/logs`);
    expect(await logs.json()).toMatchObject({
      lines: [{ stream: 'stdout' }, { text: 'SIGTERM' }, { stream: 'vertex' }],
    });
  });

  test('that ends is started again', async () => {
    await deploy('1', {}, { 0: 100 });
    expect(await predict('end')).toMatchObject({ code: 503, status: 'UNAVAILABLE' });
    await vi.waitFor(async () => expect(await predict(1)).toMatchObject({ instance: 1 }), {
      timeout: 10_000,
    });
    expect(texts('1')).toContain('model server exited with code 1');
  });
});

test('rawPredict passes bytes, status and content type, and says who answered', async () => {
  await deploy('1', {}, { 0: 100 });
  const response = await fetch(`${emulator.url}/v1/${endpoint}:rawPredict`, {
    method: 'POST',
    headers: { 'content-type': 'text/plain' },
    body: 'héllo',
  });
  expect(response.status).toBe(201);
  expect(await response.text()).toBe('HÉLLO');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/plain',
    'x-vertex-ai-endpoint-id': 'churn',
    'x-vertex-ai-deployed-model-id': '1',
  });
});

test('a switch of the traffic loses no request, the slow ones in flight included', async () => {
  await deploy('1', { ANSWER: 'one' }, { 0: 100 });
  await deploy('2', { ANSWER: 'two' });
  const answers: unknown[] = [];
  const enough = new AbortController();
  const ask = async (instance: unknown): Promise<void> => {
    while (!enough.signal.aborted) answers.push(await predict(instance));
  };
  const askers = Promise.all([ask('slow'), ask('slow'), ask(1), ask(2)]);
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(50), { timeout: 20_000 });
  for (const [from, to] of [
    ['1', '2'],
    ['2', '3'],
  ] as const) {
    if (to === '3') await deploy('3', { ANSWER: 'three' });
    emulator.vertex.endpoints.update(endpoint, { trafficSplit: { [to]: 100 } }, 'traffic_split');
    await end(emulator.vertex.deployments.undeploy(endpoint, { deployedModelId: from }));
  }
  const before = answers.length;
  await vi.waitFor(() => expect(answers.length).toBeGreaterThan(before + 20), 20_000);
  enough.abort();
  await askers;
  expect(new Set(answers.map((answer) => Object(answer).answer))).toEqual(new Set(['one', 'two', 'three']));
});

test.skipIf(process.platform === 'win32')('no container outlives an emulator that is killed', async () => {
  const main = fileURLToPath(new URL('../../../emulator/main.ts', import.meta.url));
  const server = fileURLToPath(new URL('../fixtures/model-server.ts', import.meta.url));
  const killed = spawn(process.execPath, [main, '--port=0', `--image=${image}=node ${server}`], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void killed.kill('SIGKILL'));
  const [line] = await once(createInterface(killed.stdout), 'line');
  const [url] = /http:\/\/[\d.]+:\d+/.exec(String(line)) ?? [];
  const run = async (path: string, body: object): Promise<void> => {
    const { name } = await post(`${url}${path}`, body);
    await post(`${url}/v1/${typeof name === 'string' ? name : ''}:wait`, {});
  };
  const { artifactUri: _, ...model } = modelOf('churn');
  await run(`/v1/${parent}/models:upload`, { modelId: 'm', model });
  await run(`/v1/${parent}/endpoints?endpointId=churn`, { displayName: 'churn' });
  const deployedModel = { id: '1', model: `${parent}/models/m`, dedicatedResources };
  await run(`/v1/${endpoint}:deployModel`, { deployedModel, trafficSplit: { 0: 100 } });
  const port = Number(Object(await predict('env', url)).AIP_HTTP_PORT);
  await expect(connects(port)).resolves.toBe(true);
  killed.kill('SIGKILL');
  await vi.waitFor(() => expect(connects(port)).resolves.toBe(false), { timeout: 5000 });
});

async function connects(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
