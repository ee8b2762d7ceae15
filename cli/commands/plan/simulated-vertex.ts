/**
 * Vertex AI as it is now, and from there on in memory and on the rehearsal's own clock: every call takes effect
 * here alone, every operation succeeds in the time that it usually takes. What would have been called is kept.
 */
import { CallError } from '../../../functions/errors.ts';
import type { Pending } from '../../../functions/release/ledger/ledger.ts';
import type { Clock, Endpoint, ModelVersion, Operation, Vertex } from '../../../functions/world.ts';

/** One call that writes. `at` and `took` in ms. */
export interface Call {
  readonly method: string;
  /** The operation that it starts; null where the call returns when it is done. */
  readonly kind: Pending['kind'] | null;
  /** The resource that it is about. */
  readonly target: string;
  readonly at: number;
  readonly took: number | null;
  readonly arguments: Readonly<Record<string, unknown>>;
}

/** What Vertex AI has of one service when the rehearsal begins. */
export interface Snapshot {
  readonly endpoints: readonly Endpoint[];
  readonly versions: readonly ModelVersion[];
  /** The current operation, and what it will have made when it is done. */
  readonly underWay: { readonly name: string; readonly ends: number; readonly effect: Effect } | null;
}

export type Effect = (state: State) => void;

/** How long each operation takes, in ms. */
export type Durations = Readonly<Record<Pending['kind'], number>>;

export interface State {
  endpoints: readonly Endpoint[];
  versions: readonly ModelVersion[];
}

/** `parent` is `projects/…/locations/…`. */
export function simulatedVertex(
  parent: string,
  clock: Clock,
  durations: Durations,
  snapshot: Snapshot,
): { readonly vertex: Vertex; readonly calls: readonly Call[] } {
  const { endpoints, versions, underWay } = snapshot;
  const state: State = { endpoints, versions };
  const calls: Call[] = [];
  const operations = new Map<string, { ends: number; effect: Effect | null }>();
  if (underWay !== null) operations.set(underWay.name, { ends: underWay.ends, effect: underWay.effect });

  const record = (method: string, target: string, args: Call['arguments']) => {
    calls.push({ method, kind: null, target, at: clock.now(), took: null, arguments: args });
  };
  const begin = (kind: Pending['kind'], target: string, args: Call['arguments'], effect: Effect) => {
    const took = durations[kind];
    calls.push({ method: METHODS[kind], kind, target, at: clock.now(), took, arguments: args });
    const name = `${parent}/operations/${operations.size + 1}`;
    operations.set(name, { ends: clock.now() + took, effect });
    return Promise.resolve(name);
  };
  /** What is done by now has taken effect. */
  const settle = () => {
    for (const operation of operations.values()) {
      if (operation.ends > clock.now()) continue;
      operation.effect?.(state);
      operation.effect = null;
    }
    return state;
  };

  const vertex: Vertex = {
    listVersions: (id) =>
      Promise.resolve(settle().versions.filter(({ model }) => model.endsWith(`/models/${id}`))),

    upload(request) {
      const target = `${parent}/models/${request.modelId}`;
      const args = {
        artifactUri: request.artifactUri,
        imageUri: request.image,
        labels: Object.fromEntries(request.labels),
      };
      const { labels, description } = request;
      return begin('upload', target, args, (s) => {
        const version = String(1 + Math.max(0, ...s.versions.map((v) => Number(v.version))));
        const aliases = s.versions.length === 0 ? ['default'] : [];
        const made = { model: target, version, labels, aliases, description, createdAt: clock.now() };
        s.versions = [made, ...s.versions];
      });
    },

    moveAliases(model, version, aliases) {
      record('MergeVersionAliases', `${model}@${version}`, { versionAliases: aliases });
      state.versions = state.versions.map((v) => {
        const others = v.aliases.filter((alias) => !aliases.includes(alias));
        return { ...v, aliases: v.version === version ? [...others, ...aliases] : others };
      });
      return Promise.resolve();
    },

    deleteVersion: (model, version) =>
      begin('deleteVersion', `${model}@${version}`, {}, (s) => {
        s.versions = s.versions.filter((v) => v.version !== version);
      }),

    predict: () =>
      Promise.reject(new CallError('Predict', 'UNIMPLEMENTED', 'nothing is asked in a rehearsal')),

    findEndpoints: (displayName) =>
      Promise.resolve(settle().endpoints.filter((endpoint) => endpoint.displayName === displayName)),

    getEndpoint: (name) =>
      Promise.resolve(settle().endpoints.find((endpoint) => endpoint.name === name) ?? null),

    createEndpoint(id, displayName, labels) {
      const name = `${parent}/endpoints/${id}`;
      const args = { displayName, labels: Object.fromEntries(labels) };
      return begin('createEndpoint', name, args, (s) => {
        const made = { name, displayName, etag: '', labels, deployedModels: [], traffic: new Map() };
        s.endpoints = [...s.endpoints, { ...made, dedicatedDns: null, isPrivate: false }];
      });
    },

    updateEndpoint(seen, { traffic, labels }) {
      const args = {
        ...(traffic && { trafficSplit: Object.fromEntries(traffic) }),
        labels: Object.fromEntries(labels),
      };
      record('UpdateEndpoint', seen.name, args);
      change(state, seen.name, (e) => ({ ...e, labels, ...(traffic && { traffic }) }));
      return Promise.resolve();
    },

    deploy(request) {
      const { id, model, version, displayName } = request;
      const args = {
        deployedModelId: id,
        model: `${model}@${version}`,
        machineType: request.machineType,
        minReplicas: request.minReplicas,
        maxReplicas: request.maxReplicas,
        accelerator: request.accelerator,
      };
      return begin(
        'deploy',
        request.endpoint,
        args,
        deployed(request.endpoint, { id, model, version, displayName }),
      );
    },

    undeploy: (endpoint, id) =>
      begin('undeploy', endpoint, { deployedModelId: id }, undeployed(endpoint, id)),

    listDeployments: () => Promise.resolve([]),

    getOperation(name) {
      const operation = operations.get(name);
      if (operation === undefined) return Promise.resolve(null);
      const found: Operation = { name, done: operation.ends <= clock.now(), error: null, stage: null };
      return Promise.resolve(found);
    },

    getPipelineJob: (name) =>
      Promise.reject(new CallError('GetPipelineJob', 'UNIMPLEMENTED', `a rehearsal reads no job: ${name}`)),
  };
  return { vertex, calls };
}

const METHODS: Record<Pending['kind'], string> = {
  createEndpoint: 'CreateEndpoint',
  upload: 'UploadModel',
  deploy: 'DeployModel',
  undeploy: 'UndeployModel',
  deleteVersion: 'DeleteModelVersion',
};

export function deployed(endpoint: string, model: Endpoint['deployedModels'][number]): Effect {
  return (state) =>
    change(state, endpoint, (e) => ({
      ...e,
      deployedModels: [...e.deployedModels.filter((m) => m.id !== model.id), model],
    }));
}

export function undeployed(endpoint: string, id: string): Effect {
  return (state) =>
    change(state, endpoint, (e) => ({
      ...e,
      deployedModels: e.deployedModels.filter((m) => m.id !== id),
    }));
}

function change(state: State, name: string, to: (endpoint: Endpoint) => Endpoint): void {
  state.endpoints = state.endpoints.map((endpoint) => (endpoint.name === name ? to(endpoint) : endpoint));
}
