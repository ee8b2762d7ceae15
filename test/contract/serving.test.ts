/**
 * The engine's own ports for what serves – predictions, metrics, logs – against the running emulator, each by the
 * addresses that the local stack gives to the functions.
 */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator, type Emulator } from '../../emulator/server.ts';
import type {
  Container,
  ContainerRuntime,
  ContainerSpec,
  HttpAnswer,
} from '../../emulator/vertex/container.ts';
import { loadConfig } from '../../functions/config/config.ts';
import { googleWorld } from '../../functions/google/world.ts';
import type { World } from '../../functions/world.ts';
import { dedicatedResources } from './vertex-world.ts';

/** Answers with the instances; `"bad"`, `"broken"` and `"odd"` are answered so. */
class Echo implements Container {
  readonly exited: Promise<string>;
  readonly #spec: ContainerSpec;
  #end: (how: string) => void = () => {};

  constructor(spec: ContainerSpec) {
    this.#spec = spec;
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
    this.#say('serving');
    if (spec.env['ENDS'] !== undefined) {
      this.#say('\u001B[31mcannot read the model\u001B[0m', 'stderr');
      this.#end('exited with code 3');
    }
  }

  async request({ method, body }: Parameters<Container['request']>[0]): Promise<HttpAnswer> {
    if (method === 'GET') return answer(200, {});
    const { instances }: { instances: unknown[] } = JSON.parse(String(body));
    if (instances[0] === 'bad') return answer(400, { error: 'expected a number' });
    if (instances[0] === 'broken') return answer(500, { error: 'boom' });
    return answer(200, { predictions: instances });
  }

  async stop(): Promise<void> {
    this.#end('stopped');
  }

  #say(text: string, stream: 'stdout' | 'stderr' = 'stdout'): void {
    this.#spec.log({ timestamp: new Date().toISOString(), stream, text });
  }
}

function answer(status: number, value: object): HttpAnswer {
  return { status, contentType: 'application/json', body: Buffer.from(JSON.stringify(value)) };
}

const runtime: ContainerRuntime = {
  has: () => true,
  start: async (spec) => new Echo(spec),
  close: async () => {},
};

const config = loadConfig({
  SLIPWAY_CONFIG: fileURLToPath(new URL('../../slipway.yaml', import.meta.url)),
});
const parent = `projects/${config.project}/locations/${config.region}`;
const named = `${parent}/endpoints/717406799`;

let emulator: Emulator;
let world: World;
/** As Vertex AI names it, with the project's number. */
let endpoint: string;
let started: number;

beforeAll(async () => {
  started = Date.now();
  const quick = { upload: 0, deploy: 0, createEndpoint: 0 };
  emulator = await startEmulator({ runtime, operations: quick });
  const address = new URL(emulator.url).host;
  world = googleWorld(config, {
    STORAGE_EMULATOR_HOST: emulator.url,
    PUBSUB_EMULATOR_HOST: address,
    VERTEX_EMULATOR_HOST: address,
    MONITORING_EMULATOR_HOST: address,
    LOGGING_EMULATOR_HOST: address,
  });
  await end(emulator.vertex.endpoints.create(parent, '717406799', { displayName: 'churn' }));
  endpoint = emulator.vertex.endpoints.find(named).name;
  await deploy('11');
  emulator.vertex.endpoints.update(named, { trafficSplit: { 11: 100 } }, 'traffic_split');
});

afterAll(() => emulator.close());

async function end({ name }: { name: string }) {
  return emulator.operations.wait(name, 10_000);
}

async function deploy(id: string, env: Record<string, string> = {}) {
  const modelId = `m${id}`;
  const upload = emulator.vertex.uploads.upload(parent, {
    modelId,
    model: {
      displayName: modelId,
      containerSpec: {
        imageUri: 'echo',
        env: Object.entries(env).map(([name, value]) => ({ name, value })),
      },
    },
  });
  await end(upload);
  const deployedModel = { id, model: `${parent}/models/${modelId}`, dedicatedResources };
  return end(emulator.vertex.deployments.deploy(named, { deployedModel }));
}

describe('predictions', () => {
  it.each<[string, unknown]>([
    ['numbers', 0.1],
    ['large and negative numbers', -1.7976931348623157e308],
    ['nought', 0],
    ['text', 'héllo'],
    ['empty text', ''],
    ['truth', true],
    ['falsehood', false],
    ['null', null],
    ['lists', [1, [2, ['three', []]], null]],
    ['objects', { age: 3, tags: ['a', { b: [false] }], none: null, empty: {} }],
  ])('bring %s there and back', async (_, instance) => {
    expect(await world.vertex.predict(endpoint, [instance, 7])).toEqual({
      deployedModel: '11',
      predictions: [instance, 7],
    });
  });

  it('of nothing are nothing', async () => {
    expect(await world.vertex.predict(endpoint, [])).toEqual({ deployedModel: '11', predictions: [] });
  });

  it.each([
    ['bad', 'INVALID_ARGUMENT'],
    ['broken', 'INTERNAL'],
  ])('that are %s are CallErrors', async (instance, status) => {
    await expect(world.vertex.predict(endpoint, [instance])).rejects.toMatchObject({
      name: 'CallError',
      method: 'Predict',
      status,
    });
  });

  it('of an endpoint that is not there are a CallError', async () => {
    const predicting = world.vertex.predict(`${parent}/endpoints/1`, [1]);
    await expect(predicting).rejects.toMatchObject({ name: 'CallError', status: 'NOT_FOUND' });
  });
});

describe('metrics', () => {
  it('tell what was served, whichever way the project is named', async () => {
    const before = await world.monitoring.served(endpoint, started, Date.now());
    const known = before.get('11') ?? { requests: 0, errors: 0 };
    for (const instance of [1, 2, 'bad', 'broken'])
      await world.vertex.predict(endpoint, [instance]).catch(() => {});
    const served = await world.monitoring.served(endpoint, started, Date.now());
    expect([...served.keys()]).toEqual(['11']);
    expect(served.get('11')).toEqual({
      requests: known.requests + 4,
      errors: known.errors + 1,
      p95Ms: expect.any(Number),
    });
    expect(served.get('11')?.p95Ms).toBeGreaterThan(0);
    expect(await world.monitoring.served(named, started, Date.now())).toEqual(served);
  });

  it('are empty for another stretch of time, and for an endpoint that serves nothing', async () => {
    expect(await world.monitoring.served(endpoint, started - 7_200_000, started - 3_600_000)).toEqual(
      new Map(),
    );
    expect(await world.monitoring.served(`${parent}/endpoints/1`, started, Date.now())).toEqual(new Map());
  });

  it('that are refused are a CallError', async () => {
    emulator.faults.add({
      method: 'MetricService.ListTimeSeries',
      kind: 'error',
      status: 'RESOURCE_EXHAUSTED',
    });
    const served = world.monitoring.served(endpoint, started, Date.now());
    await expect(served).rejects.toMatchObject({ name: 'CallError', status: 'RESOURCE_EXHAUSTED' });
    emulator.faults.clear();
  });
});

describe('logs', () => {
  it('tell what the container has written', async () => {
    expect(await world.logs.tail(endpoint, '11', started)).toEqual(['serving']);
    expect(await world.logs.tail(endpoint, '11', Date.now() + 60_000)).toEqual([]);
    expect(await world.logs.tail(endpoint, '99', started)).toEqual([]);
  });

  it('tell why a deployment has failed, after it is gone', async () => {
    expect(await deploy('12', { ENDS: 'yes' })).toMatchObject({ error: { code: 9 } });
    expect(await world.vertex.getEndpoint(endpoint)).toMatchObject({ deployedModels: [{ id: '11' }] });
    expect(await world.logs.tail(endpoint, '12', started)).toEqual([
      'serving',
      'cannot read the model',
      'model server exited with code 3',
    ]);
  });

  it('are sixty lines at most, the last ones', async () => {
    const log = emulator.vertex.logs.open(endpoint, '13');
    for (let n = 0; n < 100; n += 1)
      log({ timestamp: new Date(started + n).toISOString(), stream: 'stdout', text: `line ${n}` });
    const lines = await world.logs.tail(endpoint, '13', started);
    expect([lines.length, lines[0], lines.at(-1)]).toEqual([60, 'line 40', 'line 99']);
  });
});
