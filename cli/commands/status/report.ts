/** Each service as it is now: the live model, the current release, the traffic split and drift. */
import type { Service } from '../../../functions/config/config.ts';
import { Problem } from '../../../functions/errors.ts';
import { PROBLEMS } from '../../../functions/problems.ts';
import { deployedModelId, ownerOf } from '../../../functions/release/ids.ts';
import type { Ledger, Release } from '../../../functions/release/ledger/ledger.ts';
import { uriOf } from '../../../common/artifact/uri.ts';
import { leftDeployedOf, type LeftDeployed } from '../../../functions/release/steps/leftovers.ts';
import type { DeployedModel, Endpoint, Operation } from '../../../functions/world.ts';
import { unusedViews, type UnusedView } from '../why/unused-views.ts';
import { artifactName, currentRelease, progressOf, type Progress } from '../../ledger-view/progress.ts';
import { fixedDifferences } from '../../../functions/release/view/endpoint-settings.ts';
import { standbyFor } from '../../../functions/release/view/position.ts';
import { ledgerOf, type Session } from '../../session.ts';
import { iso, nameOf, printable, requester } from '../../terminal/words.ts';
import { costOf, type ServiceCost } from './cost.ts';
import { findDrift, type Drift } from './drift.ts';
import { leftIn, refusedIn, type Left, type Refused } from './refused.ts';
import { outageIn, type StatusOutage } from './outage.ts';
import { idleOf, type Idle } from './idle.ts';
import { hoursNow, parkedIn, type HoursNow, type Parked } from './parked.ts';

/** The shape of `slipway status --json`, documented in docs/cli.md. */
export interface ServiceStatus {
  readonly service: string;
  readonly endpoint: string | null;
  /** The host that alone answers predictions of a dedicated endpoint; null: the shared one of the region. */
  readonly host: string | null;
  /** What is otherwise than slipway.yaml says, and fixed since the endpoint was made: sentences. */
  readonly fixed: readonly string[];
  /** Set while an operator keeps the service as it is. */
  readonly hold: {
    readonly since: string;
    readonly reason: string;
    /** Who asked for it, as the message states; null: it does not. */
    readonly requestedBy: string | null;
  } | null;
  /** Set while the service is parked: nothing of it is deployed, or is to be. */
  readonly parked: Parked | null;
  /** What `serving.hours` says now; null: there are none. */
  readonly hours: HoursNow | null;
  readonly outage: StatusOutage | null;
  readonly live: LiveModel | null;
  /** Where a rollback goes; null: nowhere. */
  readonly standby: Standby | null;
  /** The release in progress, or the last one that ended. */
  readonly release: Progress | null;
  readonly waiting: readonly Waiting[];
  /** Calls that Google refuses again and again, the latest first. */
  readonly refused: readonly Refused[];
  /** What could not be undeployed or deleted, and operations that nothing waits for. */
  readonly left: readonly Left[];
  /** What those still deployed cost at least; null: none is. */
  readonly leftDeployed: (LeftDeployed & { readonly machineType: string }) | null;
  readonly deployed: readonly Deployed[];
  /** By the price table of the CLI; null: nothing was released yet. */
  readonly cost: ServiceCost | null;
  /** Absent: not looked for; null: it is asked. */
  readonly idle?: Idle | null;
  readonly drift: readonly Drift[];
  /** Views, and versions of views, that no model reads; absent: not looked for. */
  readonly unusedViews?: readonly UnusedView[];
  /** Why the ledger cannot be read. */
  readonly problem: string | null;
}

export interface LiveModel {
  readonly release: string;
  readonly name: string;
  readonly artifact: string;
  readonly version: string | null;
  readonly deployedModel: string;
  readonly askedBy: string;
  readonly since: string;
}

/** The model that was live before. */
export interface Standby {
  readonly release: string;
  readonly name: string;
  readonly version: string | null;
  readonly deployedModel: string;
  /** Whether it is deployed, and a rollback takes seconds. */
  readonly isDeployed: boolean;
  /** It stays deployed until then. */
  readonly until: string;
}

export interface Waiting {
  readonly release: string;
  readonly name: string;
  readonly artifact: string;
  readonly askedBy: string;
  readonly acceptedAt: string;
}

/** A model on the endpoint, in the order of its traffic. */
export interface Deployed {
  readonly deployedModel: string;
  readonly percent: number;
  readonly role: 'live' | 'candidate' | 'standby' | 'leftover' | 'foreign';
  readonly name: string;
  readonly version: string;
}

/** What is read from Vertex AI for a status, beside the ledger. */
export interface Seen {
  readonly endpoint: Endpoint | null;
  /** That of `ledger.pending`. */
  readonly operation: Operation | null;
  readonly drift: readonly Drift[];
  /** The Cloud KMS key of the project; absent: none. */
  readonly kmsKey?: string | null;
}

export async function statusReport(session: Session, service: Service): Promise<ServiceStatus> {
  let ledger: Ledger | null;
  try {
    ledger = await ledgerOf(session, service);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return unreadableStatus(service, error);
  }
  const { clock, artifacts } = session.world;
  const [seen, unused, idle] = await Promise.all([
    lookAt(session, service, ledger),
    unusedViews(artifacts, service, ledger),
    idleOf(session.world, ledger),
  ]);
  return { ...statusOf(service, ledger, seen, clock.now()), unusedViews: unused, idle };
}

/** Rejects with a CallError. */
export async function lookAt(session: Session, service: Service, ledger: Ledger | null): Promise<Seen> {
  if (ledger === null) return { endpoint: null, operation: null, drift: [] };
  const { vertex } = session.world;
  const operationName = ledger.pending?.name ?? null;
  const [endpoint, operation, drift] = await Promise.all([
    ledger.endpoint === null ? null : vertex.getEndpoint(ledger.endpoint),
    operationName === null ? null : vertex.getOperation(operationName),
    findDrift(session, service, ledger),
  ]);
  const { kmsKey } = session.config;
  return { endpoint, operation, drift, kmsKey };
}

export function unreadableStatus(service: Service, { code, detail }: Problem): ServiceStatus {
  return { ...emptyStatus(service), problem: `${PROBLEMS[code].text} (${printable(detail)})` };
}

/** Pure. */
export function statusOf(
  service: Service,
  ledger: Ledger | null,
  { endpoint, operation, drift, kmsKey = null }: Seen,
  now: number,
): ServiceStatus {
  if (ledger === null) return emptyStatus(service);
  const current = currentRelease(ledger);
  const { hold, live, queue } = ledger;
  return {
    ...emptyStatus(service),
    endpoint: endpoint?.name ?? null,
    host: endpoint?.dedicatedDns ?? null,
    fixed:
      endpoint?.facts === undefined ? [] : fixedDifferences(service.endpointSettings, kmsKey, endpoint.facts),
    hold:
      hold === undefined
        ? null
        : {
            since: iso(hold.since),
            reason: printable(hold.reason),
            requestedBy: requester(hold.requestedBy),
          },
    parked: parkedIn(ledger),
    hours: hoursNow(service.parking.hours, now),
    outage: outageIn(ledger),
    live: live && {
      release: live.request.id,
      name: nameOf(service.artifacts, live.request),
      artifact: uriOf(live.request),
      version: live.request.version,
      deployedModel: live.deployedModel,
      askedBy: live.request.askedBy,
      since: iso(live.since),
    },
    standby: standbyOf(service, ledger, endpoint),
    release: current === null ? null : progressOf(service, ledger, current, operation, now),
    waiting: queue.map((request) => ({
      release: request.id,
      name: nameOf(service.artifacts, request),
      artifact: uriOf(request),
      askedBy: request.askedBy,
      acceptedAt: iso(request.acceptedAt),
    })),
    refused: refusedIn(ledger),
    left: leftIn(ledger),
    leftDeployed: leftDeployedIn(ledger, service),
    deployed: endpoint === null ? [] : deployedOn(endpoint, service, ledger),
    cost: costOf(service, endpoint),
    drift,
  };
}

function emptyStatus(service: Service): ServiceStatus {
  return {
    service: service.name,
    endpoint: null,
    host: null,
    fixed: [],
    hold: null,
    parked: null,
    hours: null,
    outage: null,
    live: null,
    standby: null,
    release: null,
    waiting: [],
    refused: [],
    left: [],
    leftDeployed: null,
    deployed: [],
    cost: null,
    drift: [],
    problem: null,
  };
}

function leftDeployedIn(ledger: Ledger, { serving }: Service): ServiceStatus['leftDeployed'] {
  const left = leftDeployedOf(ledger, serving.minReplicas);
  return left.models === 0 ? null : { ...left, machineType: serving.machineType };
}

export function deployedOn(endpoint: Endpoint, service: Service, ledger: Ledger): Deployed[] {
  const models = endpoint.deployedModels.map((model) => ({
    deployedModel: model.id,
    percent: endpoint.traffic.get(model.id) ?? 0,
    role: roleOf(model, ledger),
    name: releasedAs(model, service, ledger),
    version: model.version,
  }));
  return models.toSorted((a, b) => b.percent - a.percent);
}

export function standbyOf(service: Service, { previous }: Ledger, endpoint: Endpoint | null): Standby | null {
  if (previous === undefined) return null;
  const { request, deployedModel } = previous.live;
  return {
    release: request.id,
    name: nameOf(service.artifacts, request),
    version: request.version,
    deployedModel,
    isDeployed:
      !previous.retired && (endpoint?.deployedModels.some(({ id }) => id === deployedModel) ?? false),
    until: iso(previous.until),
  };
}

function roleOf(model: DeployedModel, ledger: Ledger): Deployed['role'] {
  const { live, release, previous } = ledger;
  if (model.id === live?.deployedModel) return 'live';
  if (release !== null && model.id === candidateId(ledger, release)) return 'candidate';
  if (previous?.retired === false && model.id === previous.live.deployedModel) return 'standby';
  return ownerOf(model.id, model.displayName) === null ? 'foreign' : 'leftover';
}

/** A rollback takes the model that is still deployed, if it can. */
function candidateId(ledger: Ledger, release: Release): string | undefined {
  const standby = standbyFor(ledger, release.request);
  if (standby !== null) return standby.deployedModel;
  return deployedModelId(release.request.id, release.attempt);
}

/** The artifact's name where the ledger knows it, else what the model is called on the endpoint. */
function releasedAs(model: DeployedModel, service: Service, ledger: Ledger): string {
  const owner = ownerOf(model.id, model.displayName)?.release;
  const requests = [ledger.live, ledger.release, ledger.previous?.live].map((known) => known?.request);
  const request = requests.find((r) => r !== undefined && r.id === owner);
  if (request !== undefined) return nameOf(service.artifacts, request);
  const outcome = ledger.outcomes.find((o) => o.release === owner);
  return outcome === undefined ? printable(model.displayName) : artifactName(service, outcome.artifact);
}

/** Whether something is wrong with the service that a release does not explain. */
export function isUnwell({ drift, left, problem }: ServiceStatus): boolean {
  const costs = left.some(({ what }) => what === 'undeploy' || what === 'giveBack');
  return drift.length > 0 || costs || problem !== null;
}
