/**
 * Vertex AI, simulated: models with versions, endpoints with etag, labels and traffic, and operations that take their
 * time. It can do all that the real one can, also what the engine must never ask for: a split with a deployment, an
 * update without etag. Where no source settles how Vertex behaves, a switch of the scenario does.
 */
import { CallError, type Status } from '../../functions/errors.ts';
import type {
  Deployment,
  DeployRequest,
  Endpoint,
  ModelVersion,
  Operation,
  UploadRequest,
} from '../../functions/world.ts';
import type { Agenda } from './agenda.ts';
import type { Faults } from './faults.ts';
import type { Chance } from './random.ts';
import type { Flaw, OperationKind, Scenario } from './scenario.ts';

export interface SimVersion {
  readonly model: string;
  readonly version: string;
  readonly description: string;
  readonly labels: ReadonlyMap<string, string>;
  readonly createdAt: number;
  readonly flaw: Flaw | null;
  aliases: readonly string[];
  /** Made by an operation that is still under way. */
  making: boolean;
  lastDeployedAt: number;
}

export interface SimDeployed {
  readonly id: string;
  readonly model: string;
  readonly version: string;
  readonly displayName: string;
  state: 'deploying' | 'ready' | 'failed' | 'undeploying';
}

export interface SimEndpoint {
  readonly name: string;
  readonly displayName: string;
  etag: number;
  labels: ReadonlyMap<string, string>;
  readonly deployed: Map<string, SimDeployed>;
  traffic: ReadonlyMap<string, number>;
  making: boolean;
  view: Endpoint | null;
  readonly past: { readonly until: number; readonly view: Endpoint }[];
}

export interface SimOperation {
  readonly name: string;
  readonly kind: OperationKind;
  readonly endpoint: string | null;
  /** What it is for: a release, or a deployed model's display name. */
  readonly subject: string;
  /** The deployed model's id, of a deployment. */
  readonly model: string | null;
  done: boolean;
  error: { status: Status; message: string } | null;
  forgotten: boolean;
  readonly startedAt: number;
  readonly endsAt: number;
  settled: Operation | null;
}

export interface VertexWatch {
  /** The state of an endpoint has changed. */
  changed(endpoint: SimEndpoint, why: string): void;
  /** An operation has come to nothing: with an error, without its resource, or forgotten. */
  failed(operation: SimOperation): void;
}

const LOCATION = 'projects/1/locations/us-central1';

export class SimVertex {
  readonly models = new Map<string, { exists: boolean; versions: SimVersion[] }>();
  readonly endpoints = new Map<string, SimEndpoint>();
  readonly operations = new Map<string, SimOperation>();
  readonly #made = new Map<string, number>();
  readonly #agenda: Agenda;
  readonly #chance: Chance;
  readonly #faults: Faults;
  readonly #scenario: Scenario;
  readonly #watch: VertexWatch;
  readonly #flawOf: (artifactUri: string) => Flaw | null;

  constructor(parts: {
    agenda: Agenda;
    chance: Chance;
    faults: Faults;
    scenario: Scenario;
    watch: VertexWatch;
    flawOf: (artifactUri: string) => Flaw | null;
  }) {
    this.#agenda = parts.agenda;
    this.#chance = parts.chance;
    this.#faults = parts.faults;
    this.#scenario = parts.scenario;
    this.#watch = parts.watch;
    this.#flawOf = parts.flawOf;
  }

  get unfinished(): SimOperation[] {
    return [...this.operations.values()].filter((operation) => !operation.done);
  }

  // Models

  listVersions(modelId: string): ModelVersion[] {
    const model = this.models.get(`${LOCATION}/models/${modelId}`);
    if (model === undefined) return [];
    const shown = model.versions.filter((v) => !v.making || this.#scenario.switches.earlyVersion);
    return shown
      .map(({ model, version, description, labels, aliases, createdAt }) => ({
        model,
        version,
        description,
        labels,
        aliases,
        createdAt,
      }))
      .toReversed();
  }

  /** How many versions there ever were; they are numbered from 1. */
  everMade(modelId: string): number {
    return this.#made.get(`${LOCATION}/models/${modelId}`) ?? 0;
  }

  upload(request: UploadRequest): string {
    const name = `${LOCATION}/models/${request.modelId}`;
    const flaw = this.#flawOf(request.artifactUri);
    const subject = request.labels.get('slipway-release') ?? '';
    const model = this.models.get(name) ?? { exists: false, versions: [] };
    if (!model.exists && model.versions.length > 0) {
      return this.#refuseDuplicate('upload', null, subject, `model ${request.modelId} already exists`);
    }
    this.models.set(name, model);
    const made = this.everMade(request.modelId) + 1;
    this.#made.set(name, made);
    const version: SimVersion = {
      model: name,
      version: String(made),
      description: request.description,
      labels: request.labels,
      createdAt: Math.round(this.#agenda.now),
      flaw,
      aliases: model.versions.length === 0 ? ['default'] : [],
      making: true,
      lastDeployedAt: -Infinity,
    };
    model.versions.push(version);
    const drop = () => {
      model.versions = model.versions.filter((v) => v !== version);
      if (model.versions.length === 0) this.models.delete(name);
    };
    const fatal =
      flaw === 'upload' ? refusal('INVALID_ARGUMENT', 'the container image cannot be pulled') : null;
    return this.#start('upload', null, subject, fatal, {
      succeed: () => {
        version.making = false;
        model.exists = true;
      },
      fail: drop,
      vanish: drop,
    });
  }

  moveAliases(modelName: string, version: string, aliases: readonly string[]): void {
    const model = this.models.get(modelName);
    const target = model?.versions.find((v) => v.version === version && !v.making);
    if (model === undefined || target === undefined)
      throw error('moveAliases', 'NOT_FOUND', 'no such version');
    for (const v of model.versions) v.aliases = v.aliases.filter((alias) => !aliases.includes(alias));
    target.aliases = [...target.aliases, ...aliases];
  }

  deleteVersion(modelName: string, version: string): string {
    const model = this.models.get(modelName);
    const target = model?.versions.find((v) => v.version === version && !v.making);
    if (model === undefined || target === undefined)
      throw error('deleteVersion', 'NOT_FOUND', 'no such version');
    const deployed = [...this.endpoints.values()].some((e) =>
      [...e.deployed.values()].some((d) => d.model === modelName && d.version === version),
    );
    const lag = this.#scenario.switches.deleteLag;
    if (deployed || this.#agenda.now < target.lastDeployedAt + lag || model.versions.length === 1) {
      throw error('deleteVersion', 'FAILED_PRECONDITION', 'the version is deployed or the only one');
    }
    return this.#start('deleteVersion', null, version, null, {
      succeed: () => this.removeVersion(modelName, version),
      fail: () => {},
      vanish: () => this.removeVersion(modelName, version),
    });
  }

  /** Also what an operator does by hand. */
  removeVersion(modelName: string, version: string): void {
    const model = this.models.get(modelName);
    if (model === undefined) return;
    model.versions = model.versions.filter((v) => v.version !== version);
    if (model.versions.length === 0) this.models.delete(modelName);
  }

  // Endpoints

  findEndpoints(displayName: string): Endpoint[] {
    const found = [...this.endpoints.values()].filter((e) => e.displayName === displayName && !e.making);
    return found.map((endpoint) => this.#view(endpoint));
  }

  /** `ago`: how old what is read may be, in ms. */
  getEndpoint(name: string, ago = 0): Endpoint | null {
    const endpoint = this.endpoints.get(name);
    if (endpoint === undefined || endpoint.making) return null;
    const then = this.#agenda.now - ago;
    const past = ago === 0 ? undefined : endpoint.past.find((p) => p.until > then);
    return past?.view ?? this.#view(endpoint);
  }

  createEndpoint(id: string, displayName: string, labels: ReadonlyMap<string, string>): string {
    const name = `${LOCATION}/endpoints/${id}`;
    if (this.endpoints.has(name))
      return this.#refuseDuplicate('createEndpoint', name, displayName, 'the endpoint already exists');
    const endpoint = this.makeEndpoint(name, displayName, labels);
    endpoint.making = true;
    return this.#start('createEndpoint', name, displayName, null, {
      succeed: () => {
        endpoint.making = false;
      },
      fail: () => this.endpoints.delete(name),
      vanish: () => this.endpoints.delete(name),
    });
  }

  /** One that is simply there. */
  makeEndpoint(name: string, displayName: string, labels: ReadonlyMap<string, string>): SimEndpoint {
    const endpoint: SimEndpoint = {
      name,
      displayName,
      etag: 1,
      labels,
      deployed: new Map(),
      traffic: new Map(),
      making: false,
      view: null,
      past: [],
    };
    this.endpoints.set(name, endpoint);
    return endpoint;
  }

  /** `etag` null: a blind write. `traffic` undefined: only the labels are written. */
  updateEndpoint(
    name: string,
    etag: string | null,
    change: { traffic?: ReadonlyMap<string, number>; labels?: ReadonlyMap<string, string> },
    why: string,
  ): void {
    const endpoint = this.#existing(name, 'updateEndpoint');
    if (etag !== null && etag !== String(endpoint.etag)) {
      throw error('updateEndpoint', this.#scenario.switches.staleEtag, 'the etag is stale');
    }
    if (change.traffic !== undefined) this.#checkTraffic(endpoint, change.traffic);
    this.#change(endpoint, true, why, () => {
      if (change.traffic !== undefined) endpoint.traffic = change.traffic;
      if (change.labels !== undefined) endpoint.labels = change.labels;
    });
  }

  #checkTraffic(endpoint: SimEndpoint, traffic: ReadonlyMap<string, number>): void {
    const { trafficWhileDeploying, trafficWhileUndeploying } = this.#scenario.switches;
    let sum = 0;
    for (const [id, percent] of traffic) {
      sum += percent;
      const state = endpoint.deployed.get(id)?.state;
      if (
        state === undefined ||
        (state === 'deploying' && !trafficWhileDeploying) ||
        (state === 'undeploying' && !trafficWhileUndeploying)
      ) {
        throw error('updateEndpoint', 'INVALID_ARGUMENT', `${id} cannot take traffic`);
      }
    }
    if (traffic.size > 0 && sum !== 100)
      throw error('updateEndpoint', 'INVALID_ARGUMENT', 'the split must sum to 100');
  }

  /** `split`, where given, overwrites the endpoint's; "0" stands for the new model. */
  deploy(request: DeployRequest, split: ReadonlyMap<string, number> | null): string {
    const endpoint = this.#existing(request.endpoint, 'deploy');
    const { switches } = this.#scenario;
    const { id } = request;
    const release = request.displayName;
    if (endpoint.deployed.has(id)) {
      return this.#refuseDuplicate('deploy', endpoint.name, release, `deployed model ${id} already exists`);
    }
    this.#refuseWhileBusy(endpoint, 'deploy');
    const version = this.models.get(request.model)?.versions.find((v) => v.version === request.version);
    if (version === undefined) throw error('deploy', 'NOT_FOUND', 'no such model version');
    if (version.making) throw error('deploy', 'FAILED_PRECONDITION', 'the model version is not ready');
    const deployed: SimDeployed = {
      id,
      model: request.model,
      version: request.version,
      displayName: release,
      state: 'deploying',
    };
    this.#change(endpoint, false, `deploy ${id} begins`, () => {
      endpoint.deployed.set(id, deployed);
      if (split !== null) endpoint.traffic = new Map([...split].map(([k, v]) => [k === '0' ? id : k, v]));
    });
    const fatal =
      version.flaw === 'deploy' ? refusal('FAILED_PRECONDITION', 'Model server never became ready.') : null;
    const end = (state: 'ready' | 'failed' | 'gone') =>
      this.#change(endpoint, switches.etagOnDeploy, `deploy ${id} ends: ${state}`, () => {
        if (endpoint.deployed.get(id) !== deployed) return;
        if (state === 'gone') endpoint.deployed.delete(id);
        else deployed.state = state;
      });
    return this.#start(
      'deploy',
      endpoint.name,
      release,
      fatal,
      {
        succeed: () => end('ready'),
        fail: () => end(switches.failedModelStays ? 'failed' : 'gone'),
        vanish: () => end('gone'),
      },
      id,
    );
  }

  undeploy(name: string, id: string, split: ReadonlyMap<string, number> | null): string {
    const endpoint = this.#existing(name, 'undeploy');
    const deployed = endpoint.deployed.get(id);
    if (deployed === undefined) throw error('undeploy', 'NOT_FOUND', `no deployed model ${id}`);
    const traffic = split ?? endpoint.traffic;
    if ((traffic.get(id) ?? 0) > 0) throw error('undeploy', 'FAILED_PRECONDITION', `${id} has traffic`);
    this.#refuseWhileBusy(endpoint, 'undeploy');
    if (deployed.state === 'deploying' || deployed.state === 'undeploying') {
      throw error('undeploy', 'FAILED_PRECONDITION', `${id} is ${deployed.state}`);
    }
    const before = deployed.state;
    const { etagOnUndeploy } = this.#scenario.switches;
    this.#change(endpoint, etagOnUndeploy, `undeploy ${id} begins`, () => {
      deployed.state = 'undeploying';
      endpoint.traffic = traffic;
    });
    const end = (gone: boolean) =>
      this.#change(endpoint, etagOnUndeploy, `undeploy ${id} ends`, () => {
        if (endpoint.deployed.get(id) !== deployed) return;
        if (gone) this.#remove(endpoint, deployed);
        else deployed.state = before;
      });
    return this.#start('undeploy', name, id, null, {
      succeed: () => end(true),
      fail: () => end(false),
      vanish: () => end(true),
    });
  }

  #remove(endpoint: SimEndpoint, deployed: SimDeployed): void {
    endpoint.deployed.delete(deployed.id);
    const version = this.models.get(deployed.model)?.versions.find((v) => v.version === deployed.version);
    if (version !== undefined) version.lastDeployedAt = this.#agenda.now;
  }

  /** What an operator does by hand, all at once. */
  interfere(endpoint: SimEndpoint, why: string, change: () => void): void {
    this.#change(endpoint, true, why, change);
  }

  // Operations

  /** Those Vertex has forgotten are not shown; which model it was is told only of one that has succeeded. */
  listDeployments(endpoint: string): Deployment[] {
    const deployments: Deployment[] = [];
    for (const operation of this.operations.values()) {
      if (operation.kind !== 'deploy' || operation.endpoint !== endpoint) continue;
      const seen = this.getOperation(operation.name);
      const id = operation.error === null && operation.done ? operation.model : null;
      if (seen !== null) deployments.push({ ...seen, deployedModel: id });
    }
    return deployments;
  }

  getOperation(name: string): Operation | null {
    const operation = this.operations.get(name);
    if (operation === undefined || operation.forgotten) return null;
    if (operation.settled !== null) return operation.settled;
    const { done, error } = operation;
    const share = (this.#agenda.now - operation.startedAt) / (operation.endsAt - operation.startedAt);
    const stage =
      operation.kind === 'deploy' && !done ? (STAGES[Math.floor(share * STAGES.length)] ?? null) : null;
    const seen = { name, done, error, stage };
    if (done) operation.settled = seen;
    return seen;
  }

  #start(
    kind: OperationKind,
    endpoint: string | null,
    subject: string,
    fatal: SimOperation['error'],
    ends: { succeed: () => void; fail: () => void; vanish: () => void },
    model: string | null = null,
  ): string {
    const fault = this.#faults.at(`operation.${kind}`, this.#agenda.now);
    const typical = this.#scenario.durations[kind];
    const usual = this.#scenario.exact
      ? typical
      : typical * this.#chance.between(`time of ${kind}`, 0.6, 1.4);
    const ms = Math.round(fault?.is === 'slow' ? usual * fault.times : usual);
    const operation = this.#begin(kind, endpoint, subject, ms, model);
    if (fault?.is === 'forgotten') {
      this.#agenda.after(ms / 2, () => {
        operation.forgotten = true;
        this.#watch.failed(operation);
      });
    }
    this.#agenda.after(ms, () => {
      operation.done = true;
      // A flaw of the artifact lets nothing succeed, whatever else goes wrong.
      if (fatal !== null) {
        operation.error = fatal;
        ends.fail();
      } else if (fault?.is === 'failed') {
        operation.error = refusal(fault.status, 'the operation failed');
        if (fault.kept) ends.succeed();
        else ends.fail();
      } else if (fault?.is === 'vanished') ends.vanish();
      else ends.succeed();
      if (operation.error !== null || fault?.is === 'vanished') this.#watch.failed(operation);
    });
    return operation.name;
  }

  #begin(
    kind: OperationKind,
    endpoint: string | null,
    subject: string,
    ms: number,
    model: string | null = null,
  ): SimOperation {
    const operation: SimOperation = {
      name: `${endpoint ?? LOCATION}/operations/${this.operations.size + 1}`,
      kind,
      endpoint,
      subject,
      model,
      done: false,
      error: null,
      forgotten: false,
      startedAt: this.#agenda.now,
      endsAt: this.#agenda.now + ms,
      settled: null,
    };
    this.operations.set(operation.name, operation);
    return operation;
  }

  #refuseDuplicate(kind: OperationKind, endpoint: string | null, subject: string, message: string): string {
    if (this.#scenario.switches.duplicate === 'call') throw error(kind, 'ALREADY_EXISTS', message);
    const operation = this.#begin(kind, endpoint, subject, 2_000);
    this.#agenda.after(2_000, () => {
      operation.done = true;
      operation.error = refusal('ALREADY_EXISTS', message);
    });
    return operation.name;
  }

  #refuseWhileBusy(endpoint: SimEndpoint, method: string): void {
    if (!this.#scenario.switches.oneAtATime) return;
    for (const operation of this.operations.values()) {
      if (!operation.done && operation.endpoint === endpoint.name) {
        throw error(method, 'FAILED_PRECONDITION', 'There are other operations running on the Endpoint');
      }
    }
  }

  #existing(name: string, method: string): SimEndpoint {
    const endpoint = this.endpoints.get(name);
    if (endpoint === undefined || endpoint.making) throw error(method, 'NOT_FOUND', 'no such endpoint');
    return endpoint;
  }

  #view(endpoint: SimEndpoint): Endpoint {
    if (endpoint.view !== null) return endpoint.view;
    const { earlyModel } = this.#scenario.switches;
    const shown = [...endpoint.deployed.values()].filter((d) => d.state !== 'deploying' || earlyModel);
    endpoint.view = {
      name: endpoint.name,
      displayName: endpoint.displayName,
      etag: String(endpoint.etag),
      labels: endpoint.labels,
      deployedModels: shown.map(({ id, model, version, displayName }) => ({
        id,
        model,
        version,
        displayName,
      })),
      traffic: endpoint.traffic,
      dedicatedDns: null,
      isPrivate: false,
    };
    return endpoint.view;
  }

  #change(endpoint: SimEndpoint, newEtag: boolean, why: string, change: () => void): void {
    endpoint.past.push({ until: this.#agenda.now, view: this.#view(endpoint) });
    change();
    if (newEtag) endpoint.etag += 1;
    endpoint.view = null;
    if (this.endpoints.get(endpoint.name) === endpoint) this.#watch.changed(endpoint, why);
  }
}

const STAGES = [
  'STARTING_DEPLOYMENT',
  'PREPARING_MODEL',
  'CREATING_SERVING_CLUSTER',
  'ADDING_NODES_TO_CLUSTER',
  'GETTING_CONTAINER_IMAGE',
  'STARTING_MODEL_SERVER',
  'FINISHING_UP',
] as const;

function refusal(status: Status, message: string): { status: Status; message: string } {
  return { status, message };
}

function error(method: string, status: Status, message: string): CallError {
  return new CallError(`vertex.${method}`, status, message);
}
