/** Endpoints with etag, labels, traffic and deployed models, on simulated Vertex AI. */
import type { Scale } from '../../functions/config/deployment.ts';
import { scaleOf } from '../../functions/release/view/scale.ts';
import type { DeployRequest, Endpoint } from '../../functions/world.ts';
import type { SimModels } from './models.ts';
import { refusalOf, type SimOperations } from './operations.ts';
import { LOCATION, type SimDeployed, type SimEndpoint, type VertexParts } from './vertex-types.ts';

export class SimEndpoints {
  /** By name. */
  readonly all = new Map<string, SimEndpoint>();
  readonly #parts: VertexParts;
  readonly #operations: SimOperations;
  readonly #models: SimModels;

  constructor(parts: VertexParts, operations: SimOperations, models: SimModels) {
    this.#parts = parts;
    this.#operations = operations;
    this.#models = models;
  }

  find(displayName: string): Endpoint[] {
    const found = [...this.all.values()].filter((e) => e.displayName === displayName && !e.making);
    return found.map((endpoint) => this.#view(endpoint));
  }

  /** `ago`: how old what is read may be, in ms. */
  get(name: string, ago = 0): Endpoint | null {
    const endpoint = this.all.get(name);
    if (endpoint === undefined || endpoint.making) return null;
    const then = this.#parts.agenda.now - ago;
    const past = ago === 0 ? undefined : endpoint.past.find((p) => p.until > then);
    return past?.view ?? this.#view(endpoint);
  }

  create(id: string, displayName: string, labels: ReadonlyMap<string, string>): string {
    const name = `${LOCATION}/endpoints/${id}`;
    if (this.all.has(name))
      return this.#operations.refuseDuplicate(
        'createEndpoint',
        name,
        displayName,
        'the endpoint already exists',
      );
    const endpoint = this.make(name, displayName, labels);
    endpoint.making = true;
    return this.#operations.start('createEndpoint', name, displayName, null, {
      succeed: () => {
        endpoint.making = false;
      },
      fail: () => this.all.delete(name),
      vanish: () => this.all.delete(name),
    });
  }

  /** One that is simply there. */
  make(name: string, displayName: string, labels: ReadonlyMap<string, string>): SimEndpoint {
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
    this.all.set(name, endpoint);
    return endpoint;
  }

  /** `etag` null: a blind write. `traffic` undefined: only the labels are written. */
  update(
    name: string,
    etag: string | null,
    change: { traffic?: ReadonlyMap<string, number>; labels?: ReadonlyMap<string, string> },
    why: string,
  ): void {
    const endpoint = this.#existing(name, 'updateEndpoint');
    const { updateRefusedWhileBusy = false } = this.#parts.scenario.switches;
    this.#refuseWhileBusy(endpoint, 'updateEndpoint', updateRefusedWhileBusy);
    if (etag !== null && etag !== String(endpoint.etag)) {
      throw refusalOf('updateEndpoint', this.#parts.scenario.switches.staleEtag, 'the etag is stale');
    }
    if (change.traffic !== undefined) this.#checkTraffic(endpoint, change.traffic);
    this.#change(endpoint, true, why, () => {
      if (change.traffic !== undefined) endpoint.traffic = change.traffic;
      if (change.labels !== undefined) endpoint.labels = change.labels;
    });
  }

  #checkTraffic(endpoint: SimEndpoint, traffic: ReadonlyMap<string, number>): void {
    const { trafficWhileDeploying, trafficWhileUndeploying } = this.#parts.scenario.switches;
    let sum = 0;
    for (const [id, percent] of traffic) {
      sum += percent;
      const state = endpoint.deployed.get(id)?.state;
      if (
        state === undefined ||
        (state === 'deploying' && !trafficWhileDeploying) ||
        (state === 'undeploying' && !trafficWhileUndeploying)
      ) {
        throw refusalOf('updateEndpoint', 'INVALID_ARGUMENT', `${id} cannot take traffic`);
      }
    }
    if (traffic.size > 0 && sum !== 100)
      throw refusalOf('updateEndpoint', 'INVALID_ARGUMENT', 'the split must sum to 100');
  }

  /** `split`, where given, overwrites the endpoint's; "0" stands for the new model. */
  deploy(request: DeployRequest, split: ReadonlyMap<string, number> | null): string {
    const endpoint = this.#existing(request.endpoint, 'deploy');
    const { switches } = this.#parts.scenario;
    const { id } = request;
    const release = request.displayName;
    if (endpoint.deployed.has(id)) {
      return this.#operations.refuseDuplicate(
        'deploy',
        endpoint.name,
        release,
        `deployed model ${id} already exists`,
      );
    }
    this.#refuseWhileBusy(endpoint, 'deploy', switches.oneAtATime);
    const version = this.#models.versionOf(request.model, request.version);
    if (version === undefined) throw refusalOf('deploy', 'NOT_FOUND', 'no such model version');
    if (version.making) throw refusalOf('deploy', 'FAILED_PRECONDITION', 'the model version is not ready');
    const deployed: SimDeployed = {
      id,
      model: request.model,
      version: request.version,
      displayName: release,
      scale: scaleOf(request),
      state: 'deploying',
    };
    this.#change(endpoint, false, `deploy ${id} begins`, () => {
      endpoint.deployed.set(id, deployed);
      if (split !== null) endpoint.traffic = new Map([...split].map(([k, v]) => [k === '0' ? id : k, v]));
    });
    const fatal =
      version.flaw === 'deploy'
        ? { status: 'FAILED_PRECONDITION' as const, message: 'Model server never became ready.' }
        : null;
    const end = (state: 'ready' | 'failed' | 'gone') =>
      this.#change(endpoint, switches.etagOnDeploy, `deploy ${id} ends: ${state}`, () => {
        if (endpoint.deployed.get(id) !== deployed) return;
        if (state === 'gone') endpoint.deployed.delete(id);
        else deployed.state = state;
      });
    return this.#operations.start(
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
    if (deployed === undefined) throw refusalOf('undeploy', 'NOT_FOUND', `no deployed model ${id}`);
    const { switches } = this.#parts.scenario;
    const traffic = split ?? endpoint.traffic;
    if ((traffic.get(id) ?? 0) > 0) throw refusalOf('undeploy', 'FAILED_PRECONDITION', `${id} has traffic`);
    this.#refuseWhileBusy(endpoint, 'undeploy', switches.oneAtATime);
    if (deployed.state === 'deploying' || deployed.state === 'undeploying') {
      throw refusalOf('undeploy', 'FAILED_PRECONDITION', `${id} is ${deployed.state}`);
    }
    const before = deployed.state;
    const { etagOnUndeploy } = switches;
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
    return this.#operations.start('undeploy', name, id, null, {
      succeed: () => end(true),
      fail: () => end(false),
      vanish: () => end(true),
    });
  }

  /** Takes no etag, and changes none. Values are set: the same call twice is one change. */
  mutate(name: string, id: string, scale: Scale): string {
    const endpoint = this.#existing(name, 'mutate');
    const deployed = endpoint.deployed.get(id);
    if (deployed === undefined) throw refusalOf('mutate', 'NOT_FOUND', `no deployed model ${id}`);
    this.#refuseWhileBusy(endpoint, 'mutate', this.#parts.scenario.switches.oneAtATime);
    if (deployed.state !== 'ready')
      throw refusalOf('mutate', 'FAILED_PRECONDITION', `${id} is ${deployed.state}`);
    const succeed = () =>
      this.#change(endpoint, false, `mutate ${id} ends`, () => {
        deployed.scale = scale;
      });
    const nothing = () => {};
    return this.#operations.start('mutate', name, id, null, { succeed, fail: nothing, vanish: nothing });
  }

  #remove(endpoint: SimEndpoint, deployed: SimDeployed): void {
    endpoint.deployed.delete(deployed.id);
    const version = this.#models.versionOf(deployed.model, deployed.version);
    if (version !== undefined) version.lastDeployedAt = this.#parts.agenda.now;
  }

  /** What an operator does by hand, all at once. */
  interfere(endpoint: SimEndpoint, why: string, change: () => void): void {
    this.#change(endpoint, true, why, change);
  }

  #refuseWhileBusy(endpoint: SimEndpoint, method: string, isRefused: boolean): void {
    if (isRefused && this.#operations.runsOn(endpoint.name))
      throw refusalOf(method, 'FAILED_PRECONDITION', 'There are other operations running on the Endpoint');
  }

  #existing(name: string, method: string): SimEndpoint {
    const endpoint = this.all.get(name);
    if (endpoint === undefined || endpoint.making) throw refusalOf(method, 'NOT_FOUND', 'no such endpoint');
    return endpoint;
  }

  #view(endpoint: SimEndpoint): Endpoint {
    if (endpoint.view !== null) return endpoint.view;
    const { earlyModel } = this.#parts.scenario.switches;
    const shown = [...endpoint.deployed.values()].filter((d) => d.state !== 'deploying' || earlyModel);
    endpoint.view = {
      name: endpoint.name,
      displayName: endpoint.displayName,
      etag: String(endpoint.etag),
      labels: endpoint.labels,
      deployedModels: shown.map(({ id, model, version, displayName, scale }) => ({
        id,
        model,
        version,
        displayName,
        scale,
      })),
      traffic: endpoint.traffic,
      dedicatedDns: null,
      isPrivate: false,
    };
    return endpoint.view;
  }

  #change(endpoint: SimEndpoint, newEtag: boolean, why: string, change: () => void): void {
    endpoint.past.push({ until: this.#parts.agenda.now, view: this.#view(endpoint) });
    change();
    if (newEtag) endpoint.etag += 1;
    endpoint.view = null;
    if (this.all.get(endpoint.name) === endpoint) this.#parts.watch.changed(endpoint, why);
  }
}
