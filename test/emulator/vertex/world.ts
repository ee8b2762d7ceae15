/** Vertex AI's emulator without a network: a clock that stands still, and containers that are objects. */
import { VirtualClock } from '../../../emulator/core/clock.ts';
import { Operations } from '../../../emulator/core/operations.ts';
import type { OperationJson } from '../../../emulator/core/operations.ts';
import { seededRandom } from '../../../emulator/core/random.ts';
import { Store } from '../../../emulator/storage/store.ts';
import { batchFiles } from '../../../emulator/vertex/batch/files.ts';
import type {
  Container,
  ContainerRuntime,
  ContainerSpec,
  HttpAnswer,
} from '../../../emulator/vertex/container.ts';
import { NoAnswer } from '../../../emulator/vertex/container.ts';
import type { Behaviour } from '../../../emulator/vertex/behaviour.ts';
import type { Model } from '../../../emulator/vertex/schemas.ts';
import { Vertex } from '../../../emulator/vertex/vertex.ts';

export const parent = 'projects/p1/locations/us-central1';

type Call = Parameters<Container['request']>[0];

/** A container that answers what it is told to. Its first health check succeeds unless it is told otherwise. */
export class LightContainer implements Container {
  readonly spec: ContainerSpec;
  readonly exited: Promise<string>;
  healthy = true;
  hangs = false;
  requests = 0;
  answer: ((call: Call) => HttpAnswer) | undefined;
  /** Set: it has ports, and these are the answers to probes. */
  host?: NonNullable<Container['host']>;
  #end: (how: string) => void = () => {};

  constructor(spec: ContainerSpec) {
    this.spec = spec;
    this.exited = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  async request(call: Call): Promise<HttpAnswer> {
    const { method, timeoutMs } = call;
    if (method === 'GET') return { status: this.healthy ? 200 : 503, contentType: '', body: Buffer.alloc(0) };
    this.requests += 1;
    if (this.hangs) throw new NoAnswer(timeoutMs);
    if (this.answer !== undefined) return this.answer(call);
    const body = Buffer.from(JSON.stringify({ predictions: [this.spec.env.AIP_DEPLOYED_MODEL_ID] }));
    return { status: 200, contentType: 'application/json', body };
  }

  async stop(): Promise<void> {
    this.end('stopped');
  }

  end(how: string): void {
    this.#end(how);
  }
}

export class LightRuntime implements ContainerRuntime {
  readonly started: LightContainer[] = [];
  /** What becomes of the next containers. */
  next: 'healthy' | 'unhealthy' | 'ends' = 'healthy';
  /** What the next containers answer to predictions, instead of the ID of their deployed model. */
  answer: ((call: Call) => HttpAnswer) | undefined;

  has(imageUri: string): boolean {
    return imageUri !== 'missing';
  }

  async start(spec: ContainerSpec): Promise<Container> {
    const container = new LightContainer(spec);
    container.healthy = this.next === 'healthy';
    container.answer = this.answer;
    if (this.next === 'ends') container.end('exited with code 1');
    this.started.push(container);
    return container;
  }

  async close(): Promise<void> {}
}

export interface World {
  readonly clock: VirtualClock;
  readonly vertex: Vertex;
  readonly runtime: LightRuntime;
  /** What batch jobs read and write. */
  readonly store: Store;
  /** The number of objects that any artifact folder has, and the copies of folders that there are. */
  readonly folder: { objects: number; readonly copies: ReadonlySet<string> };
  /** Lets the operation end and returns it; fails the test if it ended in an error. */
  succeed(operation: OperationJson): Promise<OperationJson>;
  /** Lets the operation end and returns its error. */
  fail(operation: OperationJson): Promise<{ code: number; message: string }>;
}

export function createWorld(behaviour: Partial<Behaviour> = {}): World {
  const clock = new VirtualClock();
  const operations = new Operations({ clock, random: seededRandom(1) });
  const runtime = new LightRuntime();
  const store = new Store({ clock });
  const folder = { objects: 1, copies: new Set<string>() };
  const vertex = new Vertex({
    clock,
    operations,
    runtime,
    artifacts: {
      has: (bucket) => bucket === 'schemata',
      copyFolder: (_, { prefix }) => {
        if (folder.objects > 0) folder.copies.add(prefix);
        return folder.objects;
      },
      deleteFolder: ({ prefix }) => void folder.copies.delete(prefix),
    },
    files: batchFiles(store),
    storageHost: () => 'http://127.0.0.1:9',
    durations: { deploy: 60, undeploy: 30, upload: 10, deploymentTimeout: 600 },
    behaviour,
  });
  const end = async ({ name }: OperationJson): Promise<OperationJson> => {
    for (let second = 0; second < 700 && operations.get(name).done !== true; second += 1)
      await clock.advance(1000);
    return operations.get(name);
  };
  return {
    clock,
    vertex,
    runtime,
    store,
    folder,
    async succeed(operation) {
      const ended = await end(operation);
      if (ended.response === undefined) throw new Error(`expected success, got ${JSON.stringify(ended)}`);
      return ended;
    },
    async fail(operation) {
      const ended = await end(operation);
      if (ended.error === undefined) throw new Error(`expected an error, got ${JSON.stringify(ended)}`);
      return ended.error;
    },
  };
}

export const model: Model = {
  displayName: 'churn',
  artifactUri: 'gs://artifacts/churn/1',
  containerSpec: { imageUri: 'image', predictRoute: '/predict', healthRoute: '/health' },
};

export const modelName = `${parent}/models/churn`;
export const endpointName = `${parent}/endpoints/churn`;

/** A model `churn` with `versions` versions, whose container is as `container` says, and an endpoint `churn`. */
export async function prepare(
  world: World,
  versions = 1,
  container: Model['containerSpec'] = {},
): Promise<void> {
  const uploaded = { ...model, containerSpec: { ...model.containerSpec, ...container } };
  await world.succeed(world.vertex.uploads.upload(parent, { modelId: 'churn', model: uploaded }));
  for (let version = 2; version <= versions; version += 1) {
    await world.succeed(world.vertex.uploads.upload(parent, { parentModel: modelName, model: uploaded }));
  }
  await world.succeed(world.vertex.endpoints.create(parent, 'churn', { displayName: 'churn' }));
}

/** Begins to deploy a version under an id; by default without traffic. */
export function deploy(
  world: World,
  id: string,
  version = 1,
  trafficSplit: Record<string, number> = {},
): OperationJson {
  const dedicatedResources = { machineSpec: { machineType: 'n1-standard-2' }, minReplicaCount: 1 };
  const deployedModel = { id, model: `${modelName}@${version}`, dedicatedResources };
  return world.vertex.deployments.deploy(endpointName, { deployedModel, trafficSplit });
}

export function deployedIds(world: World): unknown[] {
  const { deployedModels } = world.vertex.endpoints.get(endpointName);
  return Array.isArray(deployedModels) ? deployedModels.map((deployed) => Object(deployed).id) : [];
}
