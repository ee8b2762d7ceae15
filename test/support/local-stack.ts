/**
 * The whole local stack for tests: one service for each name, the real functions and predictor, quick operations.
 * What a test sees of the world it sees through Google's official clients.
 */
import { replaced } from './replaced-process.ts';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
// Only what is used: the whole package takes half a second more to load.
import type { protos } from '@google-cloud/aiplatform';
import { EndpointServiceClient } from '@google-cloud/aiplatform/build/src/v1/endpoint_service_client.js';
import { ModelServiceClient } from '@google-cloud/aiplatform/build/src/v1/model_service_client.js';
import { PipelineServiceClient } from '@google-cloud/aiplatform/build/src/v1/pipeline_service_client.js';
import { PredictionServiceClient } from '@google-cloud/aiplatform/build/src/v1/prediction_service_client.js';
import { PubSub } from '@google-cloud/pubsub';
import { Storage, type Bucket } from '@google-cloud/storage';
import { vi } from 'vitest';
import { stringify } from 'yaml';
import { localClientOptions } from '../../demo/local-client.ts';
import { startStack, type Stack } from '../../local/stack.ts';
import { parseLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import type { EntryPoint } from '../../common/wiring.ts';
import { example, golden, listValue } from './artifacts.ts';
import { built } from './built.ts';
import type { OutcomeMessage, ParkingEvent } from './stack-events.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const IMAGE = 'us-central1-docker.pkg.dev/e2e-project/slipway/predictor';
/** Its server listens on another port than the one it is told. */
export const ASTRAY = 'us-central1-docker.pkg.dev/e2e-project/slipway/astray';
export const LOCATION = 'projects/e2e-project/locations/us-central1';
export const MODELS = 'e2e-project-models';

type IEndpoint = protos.google.cloud.aiplatform.v1.IEndpoint;

export interface LocalStack {
  readonly stack: Stack;
  readonly bucket: Bucket;
  readonly pubsub: PubSub;
  readonly models: ModelServiceClient;
  readonly endpoints: EndpointServiceClient;
  readonly pipelines: PipelineServiceClient;
  readonly predictions: PredictionServiceClient;
  /** What the functions have logged, parsed. */
  readonly logs: readonly Readonly<Record<string, unknown>>[];
  /** Uploads an example artifact, its marker last. Returns the marker's generation. */
  land(service: string, folder: string, options?: { from?: 'v1' | 'v2'; broken?: boolean }): Promise<string>;
  /** Uploads an artifact of these files, in their order: the marker is the last one. */
  landFiles(service: string, folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<string>;
  request(body: unknown): Promise<void>;
  /** The message that says so of a release, once it has come. */
  told(release: string, result: string): Promise<OutcomeMessage>;
  /** The outcomes of a service so far, once there are `count` of them, each release once. */
  outcomes(service: string, count: number): Promise<OutcomeMessage[]>;
  /** The parks and wakes of a service so far, once there are `count` of them. */
  parkings(service: string, count: number): Promise<ParkingEvent[]>;
  /** Writes slipway.yaml with these services, and has the engine read it: what `terraform apply` does. */
  reconfigure(services: Readonly<Record<string, object>>): Promise<void>;
  endpoint(service: string): Promise<IEndpoint>;
  ledger(service: string): Promise<Ledger>;
  /** Resolves when nothing is left to do for the service. */
  atRest(service: string): Promise<void>;
  /** Resolves when the function has acknowledged all that was sent to it. */
  allTaken(functionName: EntryPoint): Promise<void>;
  /** The lines a function has logged since there were `before` lines in all, once there is one. */
  linesOf(functionName: string, before: number): Promise<readonly Readonly<Record<string, unknown>>[]>;
  /** How many events the function has acknowledged. */
  acked(functionName: EntryPoint): number;
  predict(service: string): Promise<{ deployedModelId: string; predictions: number }>;
  close(): Promise<void>;
}

/** Longer than the longest pause between two looks at an operation, a minute, on a machine that is busy besides. */
const WAIT_MS = 120_000;

interface StackOptions {
  /** Within how many seconds a model has to be ready. */
  readonly deploymentTimeout?: number;
  /** Commands of further images. */
  readonly images?: Readonly<Record<string, readonly string[]>>;
}

export async function startLocalStack(
  services: Readonly<Record<string, object>>,
  options: StackOptions = {},
): Promise<LocalStack> {
  const { deploymentTimeout = 60, images = {} } = options;
  const directory = await mkdtemp(join(tmpdir(), 'slipway-e2e-'));
  const config = join(directory, 'slipway.yaml');
  const write = (written: Readonly<Record<string, object>>) =>
    writeFile(config, stringify(configuration(written, images), { aliasDuplicateObjects: false }));
  await write(services);
  const logs: Record<string, unknown>[] = [];
  const stack = await startStack({
    config,
    functionsSource: built().functions,
    port: 0,
    operations: {
      upload: 0.2,
      deploy: 0.3,
      undeploy: 0.2,
      createEndpoint: 0.1,
      deleteVersion: 0.1,
      deploymentTimeout,
    },
    onFunctionLine: (name, line) => logs.push({ function: name, ...parse(line) }),
  });
  Object.assign(process.env, stack.env);
  const clientOptions = localClientOptions(stack.url);
  const models = new ModelServiceClient(clientOptions);
  const endpoints = new EndpointServiceClient(clientOptions);
  const pipelines = new PipelineServiceClient(clientOptions);
  const predictions = new PredictionServiceClient(clientOptions);
  const pubsub = new PubSub({ projectId: 'e2e-project' });
  const bucket = new Storage({ projectId: 'e2e-project', apiEndpoint: stack.url }).bucket(MODELS);

  const state = new Storage({ projectId: 'e2e-project', apiEndpoint: stack.url }).bucket('e2e-project-state');
  const subscriptionOf = (functionName: EntryPoint) => stack.functions.get(functionName)?.subscription ?? '';

  const told = new Map<string, OutcomeMessage>();
  const messages: OutcomeMessage[] = [];
  const parkings: ParkingEvent[] = [];
  const [subscription] = await pubsub.topic('slipway-events').createSubscription('e2e-events');
  subscription.on('message', (message: { data: Buffer; ack(): void }) => {
    const event: OutcomeMessage | ParkingEvent = JSON.parse(message.data.toString('utf8'));
    if ('notice' in event) parkings.push(event);
    else {
      told.set(event.release, event);
      messages.push(event);
    }
    message.ack();
  });

  const endpoint = async (service: string) => {
    const [found] = await endpoints.listEndpoints({ parent: LOCATION, filter: `display_name="${service}"` });
    const [only] = found;
    if (only === undefined) throw new Error(`there is no endpoint ${service}`);
    return only;
  };

  const landFiles = async (service: string, folder: string, files: Readonly<Record<string, Uint8Array>>) => {
    let generation = '';
    for (const [name, bytes] of Object.entries(files)) {
      const file = bucket.file(`${service}/${folder}/${name}`);
      await file.save(Buffer.from(bytes));
      generation = String(file.metadata.generation);
    }
    return generation;
  };

  return {
    stack,
    bucket,
    pubsub,
    models,
    endpoints,
    pipelines,
    predictions,
    logs,
    endpoint,
    landFiles,

    async land(service, folder, { from = 'v1', broken = false } = {}) {
      const { 'model.onnx': model, ...others } = await example(from);
      return broken
        ? landFiles(service, folder, { 'model.onnx': model.subarray(0, model.length / 2) })
        : landFiles(service, folder, { ...others, 'model.onnx': model });
    },

    async request(body) {
      await pubsub.topic('slipway-requests').publishMessage({ json: body });
    },

    told: (release, result) =>
      vi.waitFor(
        () => {
          const found = messages.find((message) => message.release === release && message.result === result);
          if (found === undefined) throw new Error(`${release}: nobody has said ${result}`);
          return found;
        },
        { timeout: WAIT_MS, interval: 50 },
      ),

    async ledger(service) {
      const [text] = await state.file(`ledgers/${service}.json`).download();
      return parseLedger(text.toString('utf8'), service);
    },

    outcomes: (service, count) =>
      vi.waitFor(
        () => {
          const found = [...told.values()].filter((outcome) => outcome.service === service);
          if (found.length < count)
            throw new Error(`${service}: ${found.length} of ${count} outcomes so far`);
          return found;
        },
        { timeout: WAIT_MS, interval: 50 },
      ),

    parkings: (service, count) =>
      vi.waitFor(
        () => {
          const found = parkings.filter((event) => event.service === service);
          if (found.length < count) throw new Error(`${service}: ${found.length} of ${count} so far`);
          return found;
        },
        { timeout: WAIT_MS, interval: 50 },
      ),

    async reconfigure(changed) {
      await write(changed);
      await replaced(stack.processes.find(({ name }) => name === 'onTick'));
    },

    atRest: (service) =>
      vi.waitFor(
        () => {
          // From the emulator's memory: this is asked for often.
          const { content } = stack.emulator.store.readObject(state.name, `ledgers/${service}.json`);
          const { lease, queue, release, pending } = JSON.parse(content.toString('utf8'));
          if (lease ?? release ?? pending ?? queue[0]) throw new Error(`${service} has work`);
        },
        { timeout: WAIT_MS, interval: 20 },
      ),

    allTaken: (functionName) =>
      vi.waitFor(
        () => {
          const { outstanding, waiting } = stack.emulator.broker.counts(subscriptionOf(functionName));
          if (outstanding + waiting > 0) throw new Error(`${functionName} has messages`);
        },
        { timeout: 60_000, interval: 20 },
      ),

    // A line comes through a pipe of its own, and may come after the acknowledgement.
    linesOf: (functionName, before) =>
      vi.waitFor(
        () => {
          const lines = logs.slice(before).filter((line) => line['function'] === functionName);
          if (lines.length === 0) throw new Error(`${functionName} has logged nothing`);
          return lines;
        },
        { timeout: 30_000, interval: 20 },
      ),

    acked: (functionName) => stack.emulator.broker.counts(subscriptionOf(functionName)).acked,

    async predict(service) {
      const instances = [listValue((await golden())[0] ?? [])];
      const { name } = await endpoint(service);
      const [answer] = await predictions.predict({ endpoint: name ?? '', instances });
      return { deployedModelId: answer.deployedModelId ?? '', predictions: answer.predictions?.length ?? 0 };
    },

    async close() {
      await subscription.close();
      await pubsub.close();
      await Promise.all([models, endpoints, pipelines, predictions].map((client) => client.close()));
      await stack.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function configuration(
  services: Readonly<Record<string, object>>,
  images: NonNullable<StackOptions['images']>,
): object {
  const entries = Object.entries(services).map(([name, more]) => [
    name,
    { artifacts: `gs://${MODELS}/${name}/*/model.onnx`, image: IMAGE, endpoint: name, ...more },
  ]);
  return {
    project: 'e2e-project',
    region: 'us-central1',
    state: 'e2e-project-state',
    services: Object.fromEntries(entries),
    local: {
      images: {
        [IMAGE]: ['node', built().predictor],
        [ASTRAY]: ['node', join(ROOT, 'test/e2e/astray.ts')],
        ...images,
      },
    },
  };
}

function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return { text: line };
  }
}
