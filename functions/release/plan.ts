/**
 * What to do next. The first line that applies wins; read top to bottom it is the story of a release.
 *
 * `plan` is a pure function of the ledger, of what has been seen of the world since the last change, and of the
 * time. Where it needs to see more it says so (`look`). It never trusts a phase: what Google can tell is read
 * from Google.
 */
import type { Service } from '../config.ts';
import type { ProblemCode } from '../errors.ts';
import type { DeployedModel, Deployment, Endpoint, Instant, ModelVersion, Operation } from '../world.ts';
import { isFenced } from './fence.ts';
import { follow } from './follow.ts';
import { driftOf } from './hold.ts';
import { deployedModelId, LABELS, ownerOf } from './ids.ts';
import { compareOrder, newest, type Ledger, type Live, type Release, type Request } from './ledger.ts';
import type { Outcome } from './outcome.ts';

/** What has been seen since the last change. Absent: not looked at yet. */
export interface Seen {
  readonly endpoints?: readonly Endpoint[];
  readonly versions?: readonly ModelVersion[];
  /** Those on the endpoint that the ledger names. */
  readonly deployments?: readonly Deployment[];
  /** Null: Vertex does not know the operation any more. */
  readonly operation?: Operation | null;
}

export type Action =
  | { readonly do: 'look'; readonly at: 'endpoints' | 'versions' | 'deployments' | 'operation' }
  | { readonly do: 'wait'; readonly ms: number; readonly why: string }
  | { readonly do: 'note'; readonly change: Note }
  | { readonly do: 'announce'; readonly outcome: Outcome }
  | { readonly do: 'verify'; readonly request: Request }
  | { readonly do: 'createEndpoint' }
  | { readonly do: 'upload'; readonly release: Release }
  | {
      readonly do: 'deploy';
      readonly release: Release;
      readonly version: ModelVersion;
      readonly endpoint: Endpoint;
    }
  | { readonly do: 'shift'; readonly endpoint: Endpoint; readonly traffic: ReadonlyMap<string, number> }
  | { readonly do: 'moveAliases'; readonly model: string; readonly version: string }
  | { readonly do: 'fence'; readonly endpoint: Endpoint }
  | { readonly do: 'undeploy'; readonly endpoint: Endpoint; readonly id: string }
  | { readonly do: 'deleteVersion'; readonly version: ModelVersion }
  /** `drift`: what is not as it should be, and is left so because the service is on hold. */
  | { readonly do: 'stop'; readonly drift?: string };

/** A change of the ledger that needs no call to Vertex. `notes.ts` makes it. */
export type Note =
  | { readonly note: 'started'; readonly request: Request }
  | { readonly note: 'parked' }
  | { readonly note: 'endpointFound'; readonly endpoint: string | null }
  | { readonly note: 'uploaded'; readonly version: string }
  | { readonly note: 'versionGone' }
  | { readonly note: 'settled' }
  | { readonly note: 'deployed' }
  | { readonly note: 'deploymentUnproven'; readonly id: string }
  | {
      readonly note: 'attemptFailed';
      readonly code: ProblemCode;
      readonly detail: string;
      readonly again: boolean;
    }
  | {
      readonly note: 'tidyFailed';
      readonly kind: 'undeploy' | 'deleteVersion' | 'moveAliases';
      readonly detail: string;
    }
  | { readonly note: 'replyLost' }
  | { readonly note: 'doubted' }
  | { readonly note: 'live'; readonly deployedModel: string }
  | { readonly note: 'repair' }
  | { readonly note: 'needless' };

export const ALIASES = ['live', 'default'] as const;

export function plan(service: Service, ledger: Ledger, seen: Seen, now: Instant): Action {
  const untold = ledger.outcomes.find((outcome) => !outcome.announced);
  if (untold !== undefined) return { do: 'announce', outcome: untold };
  if (ledger.pending !== null) return follow(ledger.pending, ledger, seen, now);
  if (ledger.hold !== undefined) return onHold(ledger, seen);
  if (ledger.release !== null) return advance(service, ledger, ledger.release, seen, now);
  return tidy(service, ledger, seen, now);
}

function onHold(ledger: Ledger, seen: Seen): Action {
  if (ledger.live === null) return { do: 'stop' };
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const drift = driftOf(ledger, seen.endpoints[0]);
  return drift === null ? { do: 'stop' } : { do: 'stop', drift };
}

/** Brings the release one step further. */
function advance(service: Service, ledger: Ledger, release: Release, seen: Seen, now: Instant): Action {
  const { request } = release;
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const [endpoint, another] = seen.endpoints;
  const id = deployedModelId(request.id, release.attempt);
  const candidate = endpoint?.deployedModels.find((model) => model.id === id);

  // Until it has traffic a release can be given up at no cost; from then on it is brought to its end.
  if (candidate === undefined || (endpoint?.traffic.get(id) ?? 0) === 0) {
    const next = newest(ledger.queue);
    const overtaken = next !== null && compareOrder(next.order, request.order) > 0;
    const overdue = now > release.startedAt + service.rollout.deadlineMs;
    const { live } = ledger;
    // A repair that an old read has begun: what it was to bring back is there.
    const needless = live?.request.id === request.id && isDeployed(endpoint, live);
    // Somebody deposed may have a shift in flight to what is given up here: the fence makes it fail.
    if ((overtaken || overdue || needless) && endpoint !== undefined && candidate !== undefined) {
      if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
    }
    if (needless) return note({ note: 'needless' });
    if (overtaken) return note({ note: 'parked' });
    if (overdue) {
      return failed(
        'DEADLINE_EXCEEDED',
        release.lastCause?.detail ?? 'no step failed; Vertex AI took too long',
      );
    }
    if (now < release.notBefore) return { do: 'wait', ms: release.notBefore - now, why: 'next attempt' };
    // What has been uploaded is Vertex AI's own copy, and outlives the artifact.
    if (!release.verified && request.version === null) return { do: 'verify', request };
  }

  if (another !== undefined) {
    return failed('ENDPOINT_AMBIGUOUS', seen.endpoints.map((e) => e.name).join(' and '));
  }
  if (endpoint === undefined) {
    return ledger.endpoint === null
      ? { do: 'createEndpoint' }
      : note({ note: 'endpointFound', endpoint: null });
  }
  if (ledger.endpoint !== endpoint.name) return note({ note: 'endpointFound', endpoint: endpoint.name });

  // What shows on the endpoint and what is known of the deployment have to agree.
  if (release.deployed !== (candidate !== undefined)) return note({ note: 'deploymentUnproven', id });
  if (candidate === undefined) {
    if (seen.versions === undefined) return { do: 'look', at: 'versions' };
    const version = versionOf(request, seen.versions);
    if (version === undefined)
      return request.version === null ? { do: 'upload', release } : note({ note: 'versionGone' });
    if (request.version !== version.version) return note({ note: 'uploaded', version: version.version });
    const [leftover] = retirable(endpoint, ledger.live);
    if (leftover !== undefined) return undeploy(endpoint, leftover, ledger, now);
    return { do: 'deploy', release, version, endpoint };
  }

  const traffic = trafficFor(service, endpoint, id);
  if (traffic === null)
    return failed('TRAFFIC_HELD', `endpoint ${endpoint.name} serves ${describeTraffic(endpoint)}`);
  if (!sameTraffic(traffic, endpoint.traffic)) return { do: 'shift', endpoint, traffic };
  if (!release.aliased) return { do: 'moveAliases', model: candidate.model, version: candidate.version };
  return note({ note: 'live', deployedModel: id });
}

/** With no release under way: repair what has drifted, take away what is not needed, start what waits. */
function tidy(service: Service, ledger: Ledger, seen: Seen, now: Instant): Action {
  const { live } = ledger;
  const next = newest(ledger.queue);
  if (live === null && ledger.endpoint === null) return next === null ? { do: 'stop' } : start(next);
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const [endpoint] = seen.endpoints;

  if (endpoint !== undefined) {
    if (live !== null && isDeployed(endpoint, live)) {
      const traffic = trafficFor(service, endpoint, live.deployedModel);
      if (traffic !== null && !sameTraffic(traffic, endpoint.traffic))
        return { do: 'shift', endpoint, traffic };
    }
    const [leftover] = retirable(endpoint, live);
    if (leftover !== undefined) return undeploy(endpoint, leftover, ledger, now);
  }
  if (next !== null) return start(next);
  if (live === null) return { do: 'stop' };
  if (!isDeployed(endpoint, live)) return note({ note: 'repair' });

  if (now < ledger.tidy.versionsNotBefore) return { do: 'stop' };
  if (seen.versions === undefined) return { do: 'look', at: 'versions' };
  const version = seen.versions.find((v) => v.version === live.request.version);
  if (version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias))) {
    return { do: 'moveAliases', model: version.model, version: version.version };
  }
  const [oldest] = surplusVersions(service, live, endpoint, seen.versions);
  return oldest === undefined ? { do: 'stop' } : { do: 'deleteVersion', version: oldest };
}

function start(request: Request): Action {
  return note({ note: 'started', request });
}

function isDeployed(endpoint: Endpoint | undefined, live: Live): boolean {
  return endpoint !== undefined && endpoint.deployedModels.some((model) => model.id === live.deployedModel);
}

/** The label proves the version; two of them are the trace of a lost reply, and the older one is taken. */
function versionOf(request: Request, versions: readonly ModelVersion[]): ModelVersion | undefined {
  if (request.version !== null) return versions.find((v) => v.version === request.version);
  return versions.findLast((v) => v.labels.get(LABELS.release) === request.id);
}

/** Deployed by us, with no traffic, and not the live one: billed for nothing. */
function retirable(endpoint: Endpoint, live: Live | null): DeployedModel[] {
  return endpoint.deployedModels.filter(
    (model) =>
      ownerOf(model.id, model.displayName) !== null &&
      model.id !== live?.deployedModel &&
      (endpoint.traffic.get(model.id) ?? 0) === 0,
  );
}

function undeploy(endpoint: Endpoint, model: DeployedModel, ledger: Ledger, now: Instant): Action {
  const { notBefore } = ledger.tidy;
  if (now < notBefore) return { do: 'wait', ms: notBefore - now, why: 'next attempt to undeploy' };
  if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  return { do: 'undeploy', endpoint, id: model.id };
}

/**
 * The split that gives `id` all the traffic that is ours to give. What models deployed by others hold stays
 * theirs, unless the service takes over. Null if nothing is left for us.
 */
function trafficFor(service: Service, endpoint: Endpoint, id: string): ReadonlyMap<string, number> | null {
  const traffic = new Map<string, number>();
  let left = 100;
  for (const [other, percent] of endpoint.traffic) {
    const model = endpoint.deployedModels.find((m) => m.id === other);
    const foreign = model !== undefined && ownerOf(model.id, model.displayName) === null;
    if (!foreign || percent === 0 || service.rollout.takeOver) continue;
    traffic.set(other, percent);
    left -= percent;
  }
  if (left <= 0) return null;
  traffic.set(id, left);
  return traffic;
}

/** An id that is not listed and one that is listed with 0 are the same (endpoint.proto, traffic_split). */
function sameTraffic(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  const ids = new Set([...a.keys(), ...b.keys()]);
  return [...ids].every((id) => (a.get(id) ?? 0) === (b.get(id) ?? 0));
}

function describeTraffic(endpoint: Endpoint): string {
  return [...endpoint.traffic].map(([id, percent]) => `${id}: ${percent} %`).join(', ');
}

/** Versions of ours beyond the newest `keepVersions`, oldest first. Never one that is deployed, live or default. */
function surplusVersions(
  service: Service,
  live: Live,
  endpoint: Endpoint | undefined,
  versions: readonly ModelVersion[],
): ModelVersion[] {
  const ours = versions.filter((version) => version.labels.has(LABELS.release));
  return ours
    .toSorted((a, b) => Number(b.version) - Number(a.version))
    .slice(service.keepVersions)
    .filter((version) => !ALIASES.some((alias) => version.aliases.includes(alias)))
    .filter((version) => version.version !== live.request.version)
    .filter(
      (v) => endpoint?.deployedModels.every((m) => m.model !== v.model || m.version !== v.version) ?? true,
    )
    .toReversed();
}

function note(change: Note): Action {
  return { do: 'note', change };
}

function failed(code: ProblemCode, detail: string): Action {
  return note({ note: 'attemptFailed', code, detail, again: false });
}
