/**
 * Vertex AI in memory: models with versions, endpoints, and operations that take effect when their time has come, on a
 * clock of its own. `slipway plan` rehearses a release on it, and the tests of the engine run on it.
 */
import type { EndpointChange, EndpointFacts, EndpointSettings, Scale } from '../config/deployment.ts';
import { CallError, type Status } from '../errors.ts';
import { factsOf, saidOf } from './endpoint-facts.ts';
import { scaleOf } from '../release/view/scale.ts';
import { InMemoryModels } from './in-memory-models.ts';
import type { Durations } from './in-memory-operations.ts';
import type { PipelineJob } from '../pipelines-world.ts';
import type {
  Answer,
  Clock,
  DeployedModel,
  Deployment,
  DeployRequest,
  Endpoint,
  ModelVersion,
  Operation,
  Vertex,
} from '../world.ts';

export class InMemoryVertex extends InMemoryModels implements Vertex {
  readonly endpoints = new Map<string, Endpoint>();
  readonly jobs = new Map<string, PipelineJob>();
  /** Makes the next deployments end with this error. */
  deployFails: { status: Status; message: string } | null = null;
  readonly deploymentsByOperation = new Map<string, { readonly endpoint: string; readonly id: string }>();
  readonly #parent: string;
  #etag = 0;
  #asked = 0;
  /** What a deployed model answers to an instance. */
  answers: (deployedModel: string, instance: unknown) => unknown = (_, instance) => instance;

  /** `parent` is `projects/…/locations/…`. */
  constructor(parent: string, clock: Clock, durations: Durations) {
    super(parent, clock, durations);
    this.#parent = parent;
  }

  /** The calls that write, by the operation that they start, or by their name. */
  get mutations(): string[] {
    return this.calls.map(({ kind, method }) => kind ?? method);
  }

  snapshot(): unknown {
    return { endpoints: this.endpoints, versions: this.versions, mutations: this.mutations };
  }

  /** Begins with what Vertex AI has. `versions`: newest first. */
  seed(endpoints: readonly Endpoint[], versions: readonly ModelVersion[]): void {
    for (const endpoint of endpoints) this.endpoints.set(endpoint.name, endpoint);
    this.seedVersions(versions);
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

  async findEndpoints(_parent: string, displayName: string): Promise<Endpoint[]> {
    this.operations.land();
    return [...this.endpoints.values()].filter((e) => e.displayName === displayName);
  }

  async getEndpoint(name: string): Promise<Endpoint | null> {
    this.operations.land();
    return this.endpoints.get(name) ?? null;
  }

  async createEndpoint(
    parent: string,
    id: string,
    displayName: string,
    labels: ReadonlyMap<string, string>,
    settings?: EndpointSettings,
  ): Promise<string> {
    const args = { displayName, labels: Object.fromEntries(labels), ...saidOf(settings) };
    return this.start('createEndpoint', `${parent}/endpoints/${id}`, args, () =>
      this.addEndpoint(id, displayName, labels, factsOf(settings)),
    );
  }

  async configureEndpoint(name: string, change: EndpointChange): Promise<void> {
    this.operations.land();
    const { requestLogging, timeoutMs } = change;
    if (requestLogging) this.record('UpdateEndpoint', name, { requestLogging });
    if (timeoutMs) this.record('UpdateEndpointLongRunning', name, { timeoutMs });
    const endpoint = this.#endpoint(name);
    this.endpoints.set(name, { ...endpoint, facts: { ...(endpoint.facts ?? factsOf()), ...change } });
  }

  /** An endpoint that is there at once, as if somebody else had made it. */
  addEndpoint(
    id: string,
    displayName: string,
    labels: ReadonlyMap<string, string> = new Map(),
    facts: EndpointFacts = factsOf(),
  ): string {
    const name = `${this.#parent}/endpoints/${id}`;
    this.endpoints.set(name, {
      name,
      displayName,
      labels,
      etag: '0',
      deployedModels: [],
      traffic: new Map(),
      dedicatedDns: null,
      isPrivate: false,
      facts,
    });
    return name;
  }

  async updateEndpoint(
    seen: Endpoint,
    change: { traffic?: ReadonlyMap<string, number>; labels: ReadonlyMap<string, string> },
  ): Promise<void> {
    this.operations.land();
    const { traffic, labels } = change;
    const split = traffic && { trafficSplit: Object.fromEntries(traffic) };
    this.record('UpdateEndpoint', seen.name, { ...split, labels: Object.fromEntries(labels) });
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
    const scale = scaleOf(request);
    const { deployFails } = this;
    const { machineType, minReplicas, maxReplicas, accelerator } = request;
    const args = {
      deployedModelId: id,
      model: `${model}@${version}`,
      machineType,
      minReplicas,
      maxReplicas,
      accelerator,
    };
    const effect = () => this.addDeployed(request.endpoint, { id, model, version, displayName, scale });
    const name = this.start('deploy', request.endpoint, args, effect, deployFails);
    this.deploymentsByOperation.set(name, { endpoint: request.endpoint, id });
    return name;
  }

  async listDeployments(endpoint: string): Promise<Deployment[]> {
    const found: Deployment[] = [];
    for (const [name, deployment] of this.deploymentsByOperation) {
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
    return this.start('undeploy', name, { deployedModelId: id }, () => this.removeDeployed(name, id));
  }

  async mutate(name: string, id: string, scale: Scale): Promise<string> {
    const args = { deployedModelId: id, ...scale };
    return this.start('mutate', name, args, () => {
      const model = this.#endpoint(name).deployedModels.find((m) => m.id === id);
      if (model !== undefined) this.addDeployed(name, { ...model, scale });
    });
  }

  async getOperation(name: string): Promise<Operation | null> {
    this.operations.land();
    return this.operations.get(name);
  }

  async getPipelineJob(name: string): Promise<PipelineJob | null> {
    return this.jobs.get(name) ?? null;
  }

  addDeployed(name: string, model: DeployedModel): void {
    const endpoint = this.#endpoint(name);
    const others = endpoint.deployedModels.filter(({ id }) => id !== model.id);
    this.#write(endpoint, { deployedModels: [...others, model] });
  }

  removeDeployed(name: string, id: string): void {
    const endpoint = this.#endpoint(name);
    this.#write(endpoint, { deployedModels: endpoint.deployedModels.filter((m) => m.id !== id) });
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
