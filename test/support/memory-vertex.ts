/** Vertex AI in memory: models with versions, endpoints, operations that end when their time has come. */
import { CallError, type Status } from '../../functions/errors.ts';
import type {
  Answer,
  Clock,
  DeployedModel,
  Deployment,
  DeployRequest,
  Endpoint,
  Instant,
  ModelVersion,
  Operation,
  PipelineJob,
  UploadRequest,
  Vertex,
} from '../../functions/world.ts';

const PARENT = 'projects/test-project/locations/us-central1';

/** How long operations take, in ms. */
const TAKES = { create: 1_000, upload: 60_000, deploy: 600_000, undeploy: 120_000, delete: 1_000 };

/** Of an operation. */
type Kind = keyof typeof TAKES;

interface Running {
  readonly endsAt: Instant;
  readonly error: Operation['error'];
  readonly effect: () => void;
  landed: boolean;
}

export class MemoryVertex implements Vertex {
  readonly endpoints = new Map<string, Endpoint>();
  readonly versions: ModelVersion[] = [];
  readonly uploads: UploadRequest[] = [];
  readonly jobs = new Map<string, PipelineJob>();
  /** Calls that would change something, by method. */
  readonly mutations: string[] = [];
  /** Makes the next deployments end with this error. */
  deployFails: { status: Status; message: string } | null = null;
  /** Operations of these kinds that begin from now on never end, until `endHanging`. */
  readonly hanging = new Set<Kind>();
  /** Those that begin from now on end with this error, without effect. */
  readonly failing = new Map<Kind, NonNullable<Operation['error']>>();
  readonly #operations = new Map<string, Running>();
  readonly #deployments = new Map<string, { readonly endpoint: string; readonly id: string }>();
  readonly #clock: Clock;
  #etag = 0;
  /** Numbers of versions are never used again. */
  #versions = 0;
  #asked = 0;
  /** What a deployed model answers to an instance. */
  answers: (deployedModel: string, instance: unknown) => unknown = (_, instance) => instance;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  snapshot(): unknown {
    return { endpoints: this.endpoints, versions: this.versions, mutations: this.mutations };
  }

  /** The split chooses by turns, so that every share is met. */
  async predict(endpoint: string, instances: readonly unknown[]): Promise<Answer> {
    const traffic = [...(this.endpoints.get(endpoint)?.traffic ?? [])];
    this.#asked = (this.#asked + 37) % 100;
    let point = this.#asked;
    const chosen = traffic.find(([, share]) => (point -= share) < 0);
    if (chosen === undefined) throw new CallError('Predict', 'FAILED_PRECONDITION', 'no traffic_split');
    const predictions = instances.map((instance) => this.answers(chosen[0], instance));
    return { deployedModel: chosen[0], predictions };
  }

  async listVersions(modelId: string): Promise<ModelVersion[]> {
    this.#land();
    return this.versions.filter((v) => v.model === `${PARENT}/models/${modelId}`).toReversed();
  }

  async upload(request: UploadRequest): Promise<string> {
    this.uploads.push(request);
    const model = `${PARENT}/models/${request.modelId}`;
    return this.#start('upload', () => {
      this.#versions += 1;
      this.versions.push({
        model,
        version: String(this.#versions),
        description: request.description,
        labels: request.labels,
        aliases: [],
        createdAt: this.#clock.now(),
      });
    });
  }

  async moveAliases(model: string, version: string, aliases: readonly string[]): Promise<void> {
    this.mutations.push('moveAliases');
    for (const [i, v] of this.versions.entries()) {
      if (v.model !== model) continue;
      const others = v.aliases.filter((alias) => !aliases.includes(alias));
      this.versions[i] = { ...v, aliases: v.version === version ? [...others, ...aliases] : others };
    }
  }

  async deleteVersion(model: string, version: string): Promise<string> {
    return this.#start('delete', () => {
      const at = this.versions.findIndex((v) => v.model === model && v.version === version);
      if (at !== -1) this.versions.splice(at, 1);
    });
  }

  async findEndpoints(displayName: string): Promise<Endpoint[]> {
    this.#land();
    return [...this.endpoints.values()].filter((e) => e.displayName === displayName);
  }

  async getEndpoint(name: string): Promise<Endpoint | null> {
    this.#land();
    return this.endpoints.get(name) ?? null;
  }

  async createEndpoint(
    id: string,
    displayName: string,
    labels: ReadonlyMap<string, string>,
  ): Promise<string> {
    return this.#start('create', () => this.addEndpoint(id, displayName, labels));
  }

  /** An endpoint that is there at once, as if somebody else had made it. */
  addEndpoint(id: string, displayName: string, labels: ReadonlyMap<string, string> = new Map()): string {
    const name = `${PARENT}/endpoints/${id}`;
    this.endpoints.set(name, {
      name,
      displayName,
      labels,
      etag: '0',
      deployedModels: [],
      traffic: new Map(),
      dedicatedDns: null,
      isPrivate: false,
    });
    return name;
  }

  async updateEndpoint(
    seen: Endpoint,
    change: { traffic?: ReadonlyMap<string, number>; labels: ReadonlyMap<string, string> },
  ): Promise<void> {
    this.#land();
    this.mutations.push('updateEndpoint');
    const endpoint = this.#endpoint(seen.name);
    if (endpoint.etag !== seen.etag) throw new CallError('UpdateEndpoint', 'ABORTED', 'etag mismatch');
    this.#write(endpoint, change);
  }

  /** Changes an endpoint behind the deployer's back. */
  disturb(name: string, change: Partial<Pick<Endpoint, 'traffic' | 'deployedModels' | 'labels'>>): void {
    this.#write(this.#endpoint(name), change);
  }

  async deploy(request: DeployRequest): Promise<string> {
    const { id, model, version, displayName } = request;
    const { deployFails } = this;
    const effect = () => this.#deployed(request.endpoint, { id, model, version, displayName });
    const name = this.#start('deploy', effect, deployFails);
    this.#deployments.set(name, { endpoint: request.endpoint, id });
    return name;
  }

  async listDeployments(endpoint: string): Promise<Deployment[]> {
    const found: Deployment[] = [];
    for (const [name, deployment] of this.#deployments) {
      const operation = deployment.endpoint === endpoint ? await this.getOperation(name) : null;
      if (operation === null) continue;
      const succeeded = operation.done && operation.error === null;
      found.push({ ...operation, deployedModel: succeeded ? deployment.id : null });
    }
    return found;
  }

  async undeploy(name: string, id: string): Promise<string> {
    const endpoint = this.#endpoint(name);
    if ((endpoint.traffic.get(id) ?? 0) > 0)
      throw new CallError('UndeployModel', 'FAILED_PRECONDITION', 'the model has traffic');
    return this.#start('undeploy', () => {
      const now = this.#endpoint(name);
      this.#write(now, { deployedModels: now.deployedModels.filter((m) => m.id !== id) });
    });
  }

  async getOperation(name: string): Promise<Operation | null> {
    this.#land();
    const running = this.#operations.get(name);
    if (running === undefined) return null;
    const { landed, error } = running;
    const stage = running.endsAt === Infinity ? 'ADDING_NODES_TO_CLUSTER' : null;
    return { name, done: landed, error: landed ? error : null, stage };
  }

  async getPipelineJob(name: string): Promise<PipelineJob | null> {
    return this.jobs.get(name) ?? null;
  }

  /** Lets what hangs take effect after all. */
  endHanging(): void {
    this.hanging.clear();
    for (const [name, running] of this.#operations) {
      if (running.endsAt === Infinity) this.#operations.set(name, { ...running, endsAt: this.#clock.now() });
    }
  }

  #start(kind: Kind, effect: () => void, ended: Operation['error'] = null): string {
    this.#land();
    this.mutations.push(kind);
    const error = this.failing.get(kind) ?? ended;
    const name = `${PARENT}/operations/${this.#operations.size + 1}`;
    const endsAt = this.hanging.has(kind) ? Infinity : this.#clock.now() + TAKES[kind];
    this.#operations.set(name, { endsAt, error, effect, landed: false });
    return name;
  }

  /** Lets every operation whose time has come take effect. */
  #land(): void {
    for (const running of this.#operations.values()) {
      if (running.landed || running.endsAt > this.#clock.now()) continue;
      running.landed = true;
      if (running.error === null) running.effect();
    }
  }

  #deployed(name: string, model: DeployedModel): void {
    const endpoint = this.#endpoint(name);
    this.#write(endpoint, { deployedModels: [...endpoint.deployedModels, model] });
  }

  #write(endpoint: Endpoint, change: Partial<Endpoint>): void {
    this.#etag += 1;
    this.endpoints.set(endpoint.name, { ...endpoint, ...change, etag: String(this.#etag) });
  }

  #endpoint(name: string): Endpoint {
    const endpoint = this.endpoints.get(name);
    if (endpoint === undefined) throw new CallError('GetEndpoint', 'NOT_FOUND', `no endpoint ${name}`);
    return endpoint;
  }
}
