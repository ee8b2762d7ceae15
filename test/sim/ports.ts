/**
 * The world as one process sees it: the ports of functions/world.ts on the simulated services. What the process asks
 * for is watched when its request leaves, what it learns when it learns it.
 */
import type { Artifacts, Bus, Clock, Ledgers, Vertex, World } from '../../functions/world.ts';
import type { Process } from './process.ts';
import type { Callers } from './callers.ts';
import type { WatchedRun } from './run-context.ts';
import type { Watch } from './watch.ts';
import type { StoredLedger } from './storage.ts';

export interface PortsContext extends WatchedRun {
  readonly callers: Callers;
  readonly watch: Watch;
  call<T>(process: Process, method: string, effect: (ago: number) => T): Promise<T>;
  sleep(process: Process, ms: number): Promise<void>;
  clock(process: Process): number;
  random(process: Process): number;
}

export function worldOf(sim: PortsContext, process: Process): World {
  return {
    vertex: vertexOf(sim, process),
    ledgers: ledgersOf(sim, process),
    artifacts: artifactsOf(sim, process),
    bus: busOf(sim, process),
    monitoring: {
      served: (endpoint, from, to) =>
        sim.call(process, 'monitoring.served', () =>
          sim.callers.served(sim.vertex.endpoint(endpoint), from, to, sim.agenda.now),
        ),
    },
    logs: { tail: () => sim.call(process, 'logs.tail', () => []) },
    clock: clockOf(sim, process),
    random: () => sim.random(process),
  };
}

function vertexOf(sim: PortsContext, process: Process): Vertex {
  const { vertex, watch } = sim;
  return {
    listVersions: (model) =>
      sim.call(process, 'vertex.listVersions', () => vertex.models.listVersions(model)),
    getVersion: (model, version) =>
      sim.call(process, 'vertex.getVersion', () => vertex.models.getVersion(model, version)),
    upload(request) {
      watch.calls.uploads(process, request);
      return sim.call(process, 'vertex.upload', () => {
        const operation = vertex.models.upload(request);
        watch.calls.uploaded(request);
        return operation;
      });
    },
    // No scenario has services of two regions.
    copy: () => Promise.reject(new Error('nothing is copied')),
    moveAliases: (model, version, aliases) =>
      sim.call(process, 'vertex.moveAliases', () => vertex.models.moveAliases(model, version, aliases)),
    deleteVersion(model, version) {
      watch.calls.deletesVersion(process, version);
      return sim.call(process, 'vertex.deleteVersion', () => vertex.models.deleteVersion(model, version));
    },
    async findEndpoints(_, displayName) {
      const found = await sim.call(process, 'vertex.findEndpoints', () => vertex.endpoints.find(displayName));
      process.endpoint = found[0] ?? null;
      return found;
    },
    async getEndpoint(name) {
      process.endpoint = await sim.call(process, 'vertex.getEndpoint', (ago) =>
        vertex.endpoints.get(name, ago),
      );
      return process.endpoint;
    },
    createEndpoint(_, id, displayName, labels) {
      watch.calls.intends(process, 'createEndpoint', displayName);
      return sim.call(process, 'vertex.createEndpoint', () =>
        vertex.endpoints.create(id, displayName, labels),
      );
    },
    // No scenario has settings of an endpoint.
    configureEndpoint: () => sim.call(process, 'vertex.configureEndpoint', () => {}),
    updateEndpoint(seen, change) {
      const { etag } = seen;
      watch.calls.updates(process, seen, etag, change);
      return sim.call(process, 'vertex.updateEndpoint', () =>
        vertex.endpoints.update(seen.name, etag, change, `process ${process.id} updates`),
      );
    },
    deploy(request) {
      const split: ReadonlyMap<string, number> | null = null;
      watch.calls.deploys(process, request, split);
      return sim.call(process, 'vertex.deploy', () => {
        const operation = vertex.endpoints.deploy(request, split);
        watch.calls.deployed(request);
        return operation;
      });
    },
    undeploy(endpoint, id) {
      const split: ReadonlyMap<string, number> | null = null;
      watch.calls.undeploys(process, id, split);
      return sim.call(process, 'vertex.undeploy', () => vertex.endpoints.undeploy(endpoint, id, split));
    },
    mutate(endpoint, id, scale) {
      watch.calls.mutates(process, id);
      return sim.call(process, 'vertex.mutate', () => {
        try {
          return vertex.endpoints.mutate(endpoint, id, scale);
        } catch (error) {
          process.isScaleRefused = true;
          throw error;
        }
      });
    },
    listDeployments: (endpoint) =>
      sim.call(process, 'vertex.listDeployments', () => vertex.operations.deploymentsOn(endpoint)),
    async getOperation(name) {
      const operation = await sim.call(process, 'vertex.getOperation', () => vertex.operations.get(name));
      watch.calls.learns(name);
      return operation;
    },
    predict: (endpoint, instances) =>
      sim.call(process, 'vertex.predict', () =>
        sim.callers.predict(vertex.endpoint(endpoint), instances, sim.agenda.now),
      ),
    getPipelineJob: () => sim.call(process, 'vertex.getPipelineJob', () => null),
  };
}

function ledgersOf(sim: PortsContext, process: Process): Ledgers {
  const { ledgers, watch, agenda } = sim;
  return {
    async read(service) {
      const stored = await sim.call(process, 'ledgers.read', () => ledgers.read(service));
      learn(process, stored);
      return stored;
    },
    async write(service, text, generation) {
      const expected: string | null = generation;
      const stored = await sim.call(process, 'ledgers.write', () => {
        const before = ledgers.read(service);
        const own = process.otherBuild ? withFieldsOfItsOwn(text) : text;
        const after = ledgers.write(service, own, expected, agenda.now);
        watch.wrote(process, before, after, expected);
        return after;
      });
      learn(process, stored);
      return stored.generation;
    },
  };
}

/** What a process knows it knows from replies: what has landed without one it has yet to read. */
function learn(process: Process, stored: StoredLedger | null): void {
  process.ledger = stored;
  const lease = stored?.ledger?.lease;
  if (stored?.ledger && lease?.by === process.holder) process.epoch = stored.ledger.epoch;
}

/** Another build may know fields that this one does not. */
function withFieldsOfItsOwn(text: string): string {
  const ledger = JSON.parse(text) as Record<string, unknown>;
  return JSON.stringify({
    ...ledger,
    ofAnotherBuild: 1,
    tidy: { ...(ledger['tidy'] as object), ofAnotherBuild: 1 },
  });
}

function artifactsOf(sim: PortsContext, process: Process): Artifacts {
  const { artifacts } = sim;
  return {
    head: (_, name) => sim.call(process, 'artifacts.head', () => artifacts.head(name)),
    async *list(_, prefix) {
      yield await sim.call(process, 'artifacts.list', () => artifacts.list(prefix));
    },
    read: (object) => sim.call(process, 'artifacts.read', () => artifacts.at(object)?.text ?? null),
    readRange: (object, start, end) =>
      sim.call(process, 'artifacts.readRange', () => {
        const found = artifacts.at(object);
        return found === null ? null : Buffer.from(found.text).subarray(start, end);
      }),
    async sha256(object, until) {
      const found = await sim.call(process, 'artifacts.sha256', () => artifacts.at(object));
      if (found === null) return { ended: 'gone' };
      const { readingMs = 0 } = sim.scenario;
      const left = until - sim.clock(process);
      if (readingMs > 0) await sim.sleep(process, Math.min(readingMs, left));
      return readingMs > left ? { ended: 'late' } : { ended: 'read', sha256: found.sha256 };
    },
  };
}

function busOf(sim: PortsContext, process: Process): Bus {
  return {
    publish: (topic, data, attributes = {}) =>
      sim.call(process, `bus.${topic}`, () => {
        if (topic === 'events') {
          sim.watch.told(data);
          return;
        }
        sim.pubsub.publish(topic, data, attributes);
        if (topic === 'ticks') process.ticked = true;
      }),
  };
}

function clockOf(sim: PortsContext, process: Process): Clock {
  return { now: () => sim.clock(process), sleep: (ms) => sim.sleep(process, ms) };
}
