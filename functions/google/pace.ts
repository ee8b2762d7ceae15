/**
 * Keeps Vertex AI's quotas by waiting, so that a thousand releases at once are slow and do not fail. Each region has
 * its own, and what one process may use is its share of them.
 *
 * A call that is not due soon is not sent at all: it is refused with the time at which it will be, and that time is
 * kept for it. A caller never waits here for so long that its lease could run out.
 */
import type { BatchJobs } from '../batch-world.ts';
import { CallError } from '../errors.ts';
import type { Clock, Instant, Vertex } from '../world.ts';

export interface Pace {
  readonly callsPerMinute: number;
  readonly submissionsPerMinute: number;
}

/** Of a region: resource-management requests, and those that submit an operation (cloud.google.com/vertex-ai/docs/quotas). */
const QUOTA: Pace = { callsPerMinute: 600, submissionsPerMinute: 60 };

export function shareOf(instances: number): Pace {
  return {
    callsPerMinute: Math.floor(QUOTA.callsPerMinute / instances),
    submissionsPerMinute: Math.floor(QUOTA.submissionsPerMinute / instances),
  };
}

/** What is due later than this is refused. */
const WAIT_MS_MAX = 20_000;
/** A turn that nobody came for is lost. */
const KEPT_FOR_MS = 120_000;
const MINUTE_MS = 60_000;
const TURNS_MAX = 10_000;

/** What all calls of a process to Vertex AI in one region go through. */
export interface Gates {
  readonly calls: Gate;
  readonly submissions: Gate;
}

/** By the name of a resource, or of what it is in. */
export type GatesOf = (name: string) => Gates;

export function gatesOf(pace: Pace): GatesOf {
  const byRegion = new Map<string, Gates>();
  return (name) => {
    const region = /\/locations\/([^/ ]+)/.exec(name)?.[1] ?? '';
    const gates = byRegion.get(region) ?? {
      calls: new Gate(pace.callsPerMinute),
      submissions: new Gate(pace.submissionsPerMinute),
    };
    byRegion.set(region, gates);
    return gates;
  };
}

/** `jobs`, with every call at its time. */
export function pacedJobs(jobs: BatchJobs, clock: Clock, gates: GatesOf): BatchJobs {
  return {
    async list(parent, label, value) {
      await pass(clock, [gates(parent).calls], 'listJobs', value);
      return jobs.list(parent, label, value);
    },
    async create(request) {
      const { calls, submissions } = gates(request.parent);
      await pass(clock, [calls, submissions], 'createJob', request.displayName);
      return jobs.create(request);
    },
    async cancel(name) {
      await pass(clock, [gates(name).calls], 'cancelJob', name);
      return jobs.cancel(name);
    },
  };
}

/** `vertex`, with every call at its time. */
export function paced(vertex: Vertex, clock: Clock, pace: Pace, gates: GatesOf = gatesOf(pace)): Vertex {
  async function call<T>(method: string, subject: string, send: () => Promise<T>): Promise<T> {
    await pass(clock, [gates(subject).calls], method, subject);
    return send();
  }

  async function submit<T>(method: string, subject: string, send: () => Promise<T>): Promise<T> {
    const { calls, submissions } = gates(subject);
    await pass(clock, [calls, submissions], method, subject);
    return send();
  }

  return {
    listVersions: (model) => call('listVersions', model, () => vertex.listVersions(model)),
    getVersion: (model, version) => call('getVersion', model, () => vertex.getVersion(model, version)),
    upload: (request) =>
      submit('upload', `${request.parent}/models/${request.modelId}`, () => vertex.upload(request)),
    copy: (request) =>
      submit('copy', `${request.parent}/models/${request.modelId}`, () => vertex.copy(request)),
    moveAliases: (model, version, aliases) =>
      call('moveAliases', model, () => vertex.moveAliases(model, version, aliases)),
    deleteVersion: (model, version) =>
      submit('deleteVersion', model, () => vertex.deleteVersion(model, version)),
    findEndpoints: (parent, name) =>
      call('findEndpoints', `${parent} ${name}`, () => vertex.findEndpoints(parent, name)),
    getEndpoint: (name) => call('getEndpoint', name, () => vertex.getEndpoint(name)),
    createEndpoint: (parent, id, name, labels, settings) =>
      submit('createEndpoint', `${parent}/endpoints/${id}`, () =>
        vertex.createEndpoint(parent, id, name, labels, settings),
      ),
    configureEndpoint: (endpoint, change) =>
      submit('configureEndpoint', endpoint, () => vertex.configureEndpoint(endpoint, change)),
    updateEndpoint: (seen, change) =>
      call('updateEndpoint', seen.name, () => vertex.updateEndpoint(seen, change)),
    deploy: (request) => submit('deploy', request.endpoint, () => vertex.deploy(request)),
    undeploy: (endpoint, id) => submit('undeploy', endpoint, () => vertex.undeploy(endpoint, id)),
    mutate: (endpoint, id, scale, fields) =>
      submit('mutate', endpoint, () => vertex.mutate(endpoint, id, scale, fields)),
    listDeployments: (endpoint) => call('listDeployments', endpoint, () => vertex.listDeployments(endpoint)),
    getOperation: (name) => call('getOperation', name, () => vertex.getOperation(name)),
    // Predictions have a quota of their own, of 30,000 a minute.
    predict: (endpoint, instances, parameters) => vertex.predict(endpoint, instances, parameters),
    getPipelineJob: (name) => call('getPipelineJob', name, () => vertex.getPipelineJob(name)),
  };
}

/**
 * Waits until all gates are open at once, if that is soon; rejects with RESOURCE_EXHAUSTED, and the time to come back,
 * where it is not.
 */
async function pass(clock: Clock, gates: readonly Gate[], method: string, subject: string): Promise<void> {
  const caller = `${method} ${subject}`;
  const now = clock.now();
  const due = Math.max(now, ...gates.map((gate) => gate.dueFor(caller, now)));
  if (due - now > WAIT_MS_MAX) {
    const refusal = 'kept back to stay within the quota';
    throw new CallError(method, 'RESOURCE_EXHAUSTED', refusal, { retryAfterMs: due - now });
  }
  for (const gate of gates) gate.take(caller, due);
  if (due > now) await clock.sleep(due - now);
}

/** Lets `perMinute` through in any minute, in the order in which they asked, one after the other. */
export class Gate {
  readonly #perMinute: number;
  /** When callers that were sent away may come back. */
  readonly #turns = new Map<string, Instant>();
  /** When the last ones went through, oldest first. */
  readonly #passed: Instant[] = [];
  #nextTurn: Instant = 0;

  constructor(perMinute: number) {
    this.#perMinute = perMinute;
  }

  /** When the caller may pass. Its turn is kept for it until it comes back. */
  dueFor(caller: string, now: Instant): Instant {
    if (this.#turns.size >= TURNS_MAX) this.#forget(now);
    const turn = this.#turnOf(caller, now);
    this.#turns.set(caller, turn);
    return Math.max(turn, this.#minuteOver(now));
  }

  take(caller: string, due: Instant): void {
    this.#turns.delete(caller);
    const later = this.#passed.findLastIndex((at) => at <= due);
    this.#passed.splice(later + 1, 0, due);
  }

  /** A caller who comes back in time has its turn still. Others get one at the end of the queue. */
  #turnOf(caller: string, now: Instant): Instant {
    const kept = this.#turns.get(caller);
    if (kept !== undefined && now < kept + KEPT_FOR_MS) return kept;
    // A tenth of a minute's share may go at once after a rest; the rest goes evenly.
    const interval = Math.ceil(MINUTE_MS / (0.9 * this.#perMinute));
    const turn = Math.max(this.#nextTurn, now - 0.1 * MINUTE_MS);
    this.#nextTurn = turn + interval;
    return turn;
  }

  /** Not everybody who was sent away comes back. */
  #forget(now: Instant): void {
    for (const [caller, turn] of this.#turns) if (now >= turn + KEPT_FOR_MS) this.#turns.delete(caller);
  }

  /** When the last minute has room again. */
  #minuteOver(now: Instant): Instant {
    while ((this.#passed[0] ?? now) < now - MINUTE_MS) this.#passed.shift();
    const last = this.#passed.at(-this.#perMinute);
    return last === undefined ? now : last + MINUTE_MS;
  }
}
