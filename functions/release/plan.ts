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
import { deployedModelId, LABELS } from './ids.ts';
import { isCommanded, isRepair, overtakenBy, type Ledger, type Release, type Request } from './ledger.ts';
import type { Outcome, Verdict } from './outcome.ts';
import { goBack, rollOut, type Gate, type Stage } from './rollout.ts';
import type { Signature } from './signature.ts';
import { retirable, tidy, undeploy } from './tidy.ts';
import { isDeployed, shareOf } from './traffic.ts';

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
  | {
      readonly do: 'judge';
      readonly gates: readonly Gate[];
      readonly stage: Stage;
      readonly release: Release;
      readonly endpoint: Endpoint;
      readonly candidate: DeployedModel;
    }
  /** Finds out from the container's log why a deployment has failed. */
  | {
      readonly do: 'explain';
      readonly subject: string;
      readonly since: Instant;
      readonly error: NonNullable<Operation['error']>;
    }
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
  /** `isOurs`: it carries an epoch, so a ledger has known it. */
  | { readonly note: 'endpointFound'; readonly endpoint: string | null; readonly isOurs?: boolean }
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
  | { readonly note: 'verified'; readonly signature: Signature | null; readonly verdict: Verdict | null }
  | { readonly note: 'splitSeen'; readonly traffic: readonly (readonly [string, number])[] }
  | { readonly note: 'stepReached'; readonly step: number }
  | { readonly note: 'nextStep'; readonly step: number }
  | { readonly note: 'judged'; readonly verdicts: readonly Verdict[]; readonly againMs: number }
  | { readonly note: 'goingBack'; readonly code: ProblemCode | 'SUPERSEDED'; readonly detail: string }
  | { readonly note: 'served' }
  | { readonly note: 'gaveBack' }
  | { readonly note: 'live'; readonly deployedModel: string; readonly standbyMs: number }
  | { readonly note: 'repair' }
  | { readonly note: 'needless' };

export function plan(service: Service, ledger: Ledger, seen: Seen, now: Instant): Action {
  const untold = ledger.outcomes.findLast((outcome) => !outcome.announced);
  if (untold !== undefined) return { do: 'announce', outcome: untold };
  if (ledger.pending !== null) return follow(ledger.pending, ledger, seen, now);
  if (ledger.hold !== undefined && !isCommanded(ledger)) return onHold(ledger, seen);
  if (ledger.release !== null) return advance(service, ledger, ledger.release, seen, now);
  return tidy(service, ledger, seen, now);
}

function onHold(ledger: Ledger, seen: Seen): Action {
  // The traffic of a release that is held half-way is as it should be.
  if (ledger.live === null || ledger.release !== null) return { do: 'stop' };
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const drift = driftOf(ledger, seen.endpoints[0]);
  return drift === null ? { do: 'stop' } : { do: 'stop', drift };
}

/** Brings the release one step further. */
function advance(service: Service, ledger: Ledger, release: Release, seen: Seen, now: Instant): Action {
  const { request } = release;
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const [endpoint, another] = seen.endpoints;
  const standby = standbyFor(ledger, request, endpoint);
  const id = standby ?? deployedModelId(request.id, release.attempt);
  const candidate = endpoint?.deployedModels.find((model) => model.id === id);

  if (release.goingBack !== undefined) return goBack(service, ledger, release, endpoint, id);
  if (candidate === undefined || shareOf(endpoint, id) === 0) {
    const given = giveUp(service, ledger, release, { endpoint, candidate }, now);
    if (given !== null) return given;
    if (now < release.notBefore) return { do: 'wait', ms: release.notBefore - now, why: 'next attempt' };
    if (!release.verified && isExamined(ledger, request)) return { do: 'verify', request };
  }

  if (another !== undefined) {
    return failed('ENDPOINT_AMBIGUOUS', seen.endpoints.map((e) => e.name).join(' and '));
  }
  if (endpoint === undefined) {
    return ledger.endpoint === null
      ? { do: 'createEndpoint' }
      : note({ note: 'endpointFound', endpoint: null });
  }
  if (ledger.endpoint !== endpoint.name) {
    const isOurs = endpoint.labels.has(LABELS.epoch);
    return note({ note: 'endpointFound', endpoint: endpoint.name, isOurs });
  }

  if (standby === null) {
    // What shows on the endpoint and what is known of the deployment have to agree.
    if (release.deployed !== (candidate !== undefined)) return note({ note: 'deploymentUnproven', id });
    if (candidate === undefined) return deployNext(ledger, release, endpoint, seen, now);
  }
  if (candidate === undefined) throw new Error('a standby is among the deployed models');
  return rollOut(service, ledger, release, { endpoint, candidate }, now);
}

/** What was live before needs no proof; what has given way to something newer is compared with what is live now. */
function isExamined(ledger: Ledger, request: Request): boolean {
  if (request.version === null) return true;
  return request.rollback === undefined && !isRepair(ledger, request);
}

/** The model that a rollback can bring back at once: still deployed, and nobody has begun to undeploy it. */
function standbyFor(ledger: Ledger, request: Request, endpoint: Endpoint | undefined): string | null {
  const { previous } = ledger;
  if (request.rollback === undefined || previous === undefined || previous.retired) return null;
  if (previous.live.deployedModel !== request.rollback.deployedModel) return null;
  return isDeployed(endpoint, previous.live) ? previous.live.deployedModel : null;
}

/** Until it has traffic a release can be given up at no cost; from then on it goes back or is brought to its end. */
function giveUp(
  service: Service,
  ledger: Ledger,
  release: Release,
  seen: { readonly endpoint: Endpoint | undefined; readonly candidate: DeployedModel | undefined },
  now: Instant,
): Action | null {
  const { live } = ledger;
  const overtaken = overtakenBy(ledger, release.request) !== null;
  const overdue = now > release.startedAt + service.rollout.deadlineMs;
  // A repair that an old read has begun: what it was to bring back is there.
  const needless = live !== null && isRepair(ledger, release.request) && isDeployed(seen.endpoint, live);
  if (!overtaken && !overdue && !needless) return null;
  // Somebody deposed may have a shift in flight to what is given up here: the fence makes it fail.
  if (seen.endpoint !== undefined && seen.candidate !== undefined && !isFenced(seen.endpoint, ledger))
    return { do: 'fence', endpoint: seen.endpoint };
  if (needless) return note({ note: 'needless' });
  if (overtaken) return note({ note: 'parked' });
  const detail = release.lastCause?.detail ?? 'no step failed; Vertex AI took too long';
  return failed('DEADLINE_EXCEEDED', detail);
}

function deployNext(ledger: Ledger, release: Release, endpoint: Endpoint, seen: Seen, now: Instant): Action {
  const { request } = release;
  if (seen.versions === undefined) return { do: 'look', at: 'versions' };
  const version = versionOf(request, seen.versions);
  if (version === undefined)
    return request.version === null ? { do: 'upload', release } : note({ note: 'versionGone' });
  if (request.version !== version.version) return note({ note: 'uploaded', version: version.version });
  // Two at a time: what waits to be gone back to makes room for what is newer.
  const [leftover] = retirable(endpoint, ledger, Infinity);
  if (leftover !== undefined) return undeploy(endpoint, leftover, ledger, now);
  return { do: 'deploy', release, version, endpoint };
}

/** The label proves the version; two of them are the trace of a lost reply, and the older one is taken. */
function versionOf(request: Request, versions: readonly ModelVersion[]): ModelVersion | undefined {
  if (request.version !== null) return versions.find((v) => v.version === request.version);
  return versions.findLast((v) => v.labels.get(LABELS.release) === request.id);
}

function note(change: Note): Action {
  return { do: 'note', change };
}

function failed(code: ProblemCode, detail: string): Action {
  return note({ note: 'attemptFailed', code, detail, again: false });
}
