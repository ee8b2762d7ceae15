/** Each service as it is now: what is live, what is under way, who gets the traffic, what has drifted. */
import type { Service } from '../../functions/config.ts';
import { Problem, PROBLEMS } from '../../functions/errors.ts';
import { deployedModelId, ownerOf } from '../../functions/release/ids.ts';
import { uriOf, type Ledger } from '../../functions/release/ledger.ts';
import type { DeployedModel, Endpoint } from '../../functions/world.ts';
import { artifactName, currentRelease, progressOf, type Progress } from '../progress.ts';
import { ledgerOf, type Session } from '../session.ts';
import { iso, nameOf, printable } from '../words.ts';
import { findDrift, type Drift } from './drift.ts';

/** The shape of `slipway status --json`, documented in docs/cli.md. */
export interface ServiceStatus {
  readonly service: string;
  readonly endpoint: string | null;
  /** Set while an operator keeps the service as it is. */
  readonly hold: { readonly since: string; readonly reason: string } | null;
  readonly live: LiveModel | null;
  /** The release under way, or the last one that ended. */
  readonly release: Progress | null;
  readonly waiting: readonly Waiting[];
  readonly deployed: readonly Deployed[];
  readonly drift: readonly Drift[];
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
  readonly role: 'live' | 'candidate' | 'leftover' | 'foreign';
  readonly name: string;
  readonly version: string;
}

export async function statusReport(session: Session, service: Service): Promise<ServiceStatus> {
  const empty = {
    service: service.name,
    endpoint: null,
    hold: null,
    live: null,
    release: null,
    waiting: [],
    deployed: [],
    drift: [],
    problem: null,
  };
  let ledger: Ledger | null;
  try {
    ledger = await ledgerOf(session, service);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return { ...empty, problem: `${PROBLEMS[error.code].text} (${printable(error.detail)})` };
  }
  if (ledger === null) return empty;

  const { vertex, clock } = session.world;
  const operationName = ledger.pending?.name ?? null;
  const [endpoint, operation, drift] = await Promise.all([
    ledger.endpoint === null ? null : vertex.getEndpoint(ledger.endpoint),
    operationName === null ? null : vertex.getOperation(operationName),
    findDrift(session, service, ledger),
  ]);
  const current = currentRelease(ledger);
  const { hold, live, queue } = ledger;
  return {
    ...empty,
    endpoint: endpoint?.name ?? null,
    hold: hold === undefined ? null : { since: iso(hold.since), reason: printable(hold.reason) },
    live: live && {
      release: live.request.id,
      name: nameOf(service.artifacts, live.request.marker),
      artifact: uriOf(live.request),
      version: live.request.version,
      deployedModel: live.deployedModel,
      askedBy: live.request.askedBy,
      since: iso(live.since),
    },
    release: current === null ? null : progressOf(service, ledger, current, operation, clock.now()),
    waiting: queue.map((request) => ({
      release: request.id,
      name: nameOf(service.artifacts, request.marker),
      artifact: uriOf(request),
      askedBy: request.askedBy,
      acceptedAt: iso(request.acceptedAt),
    })),
    deployed: endpoint === null ? [] : deployedOn(endpoint, service, ledger),
    drift,
  };
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

function roleOf(model: DeployedModel, { live, release }: Ledger): Deployed['role'] {
  if (model.id === live?.deployedModel) return 'live';
  if (release !== null && model.id === deployedModelId(release.request.id, release.attempt))
    return 'candidate';
  return ownerOf(model.id, model.displayName) === null ? 'foreign' : 'leftover';
}

/** The artifact's name where the ledger knows it, else what the model is called on the endpoint. */
function releasedAs(model: DeployedModel, service: Service, ledger: Ledger): string {
  const owner = ownerOf(model.id, model.displayName)?.release;
  const requests = [ledger.live?.request, ledger.release?.request];
  const request = requests.find((r) => r !== undefined && r.id === owner);
  if (request !== undefined) return nameOf(service.artifacts, request.marker);
  const outcome = ledger.outcomes.find((o) => o.release === owner);
  return outcome === undefined ? printable(model.displayName) : artifactName(service, outcome.artifact);
}

/** Whether something is wrong with the service that a release does not explain. */
export function isUnwell({ drift, problem }: ServiceStatus): boolean {
  return drift.length > 0 || problem !== null;
}
