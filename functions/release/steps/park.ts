/**
 * A parked service: nothing of it is deployed, so that it costs nothing; its endpoint, its order and its versions stay.
 * It wakes when a request asks for that, or for a release: then its live model is deployed again, under another id. What
 * was asked for before it was parked is released first. Models of others keep their traffic: beside them the live model
 * keeps its own, and stays. Pure.
 */
import type { Endpoint, Instant } from '../../world.ts';
import { record, type Action } from '../decisions.ts';
import type { Ledger, Release, Request } from '../ledger/ledger.ts';
import { isFenced } from '../traffic/fence.ts';
import { isDeployed, isOurs, shareOf, splitBeforeUs, type Traffic } from '../traffic/traffic.ts';

export interface Parking {
  /** When it was asked for. */
  readonly at: Instant;
  readonly reason: string;
  /** As the message states it. */
  readonly requestedBy?: string | undefined;
  /** Whether what lands, or comes out of a pipeline, waits until the service wakes. */
  readonly artifactsWait: boolean;
  /** Absent: a message. */
  readonly by?: 'schedule';
}

/** What was asked for before the last that counted comes too late, as does what a newer release has overtaken. */
export function withPark(ledger: Ledger, { at, reason, requestedBy, artifactsWait, by }: Parking): Ledger {
  if (at <= (ledger.parkedAt ?? 0)) return ledger;
  if ((ledger.live?.request.order.at ?? 0) > at) return { ...ledger, parkedAt: at };
  const { woken, ...rest } = ledger;
  const before = isParked(ledger) ? ledger.parked : undefined;
  const waitsSince = before?.waitsSince ?? before?.since;
  // Parked again before it served: subscribers know it as parked.
  const isEmptied = ledger.parked?.emptied === true || woken !== undefined;
  const parked = {
    since: at,
    reason,
    ...(requestedBy !== undefined && { requestedBy }),
    ...(artifactsWait && { artifactsWait }),
    ...(waitsSince !== undefined && { waitsSince }),
    ...(by && { by }),
    ...(isEmptied && { emptied: true }),
  };
  return { ...rest, parked, parkedAt: at };
}

/** What asks for it. */
interface Waking {
  readonly by: 'request' | 'schedule';
  readonly reason: string;
  /** As the message states it. */
  readonly requestedBy?: string | undefined;
}

export function withWake(ledger: Ledger, at: Instant, { by, reason, requestedBy }: Waking): Ledger {
  if (at <= (ledger.parkedAt ?? 0)) return ledger;
  const { parked } = ledger;
  const wake = { by, reason, ...(requestedBy !== undefined && { requestedBy }) };
  return { ...ledger, parkedAt: at, ...(parked && { parked: { ...parked, waking: true, wake } }) };
}

/** The hours of the service have begun, or ended. */
export function atBoundary(
  ledger: Ledger,
  { at, isAwake, artifactsWait }: Pick<Parking, 'at' | 'artifactsWait'> & { readonly isAwake: boolean },
): Ledger {
  const schedule = { by: 'schedule', reason: '' } as const;
  return isAwake ? withWake(ledger, at, schedule) : withPark(ledger, { at, artifactsWait, ...schedule });
}

/** Parked again meanwhile, it stays so. */
export function withoutParking(ledger: Ledger, since: Instant): Ledger {
  if (ledger.parked?.since !== since) return ledger;
  const { parked, ...rest } = ledger;
  if (parked.emptied !== true) return rest;
  return { ...rest, woken: parked.wake ?? wokenBy(ledger.release) };
}

function wokenBy(release: Release | null): NonNullable<Ledger['woken']> {
  const { id = '', requestedBy } = release?.request ?? {};
  return { by: 'release', reason: id, ...(requestedBy !== undefined && { requestedBy }) };
}

/** Undeploying the model has been decided: it never gets traffic again under its id. */
export function withoutLive(ledger: Ledger, id: string): Ledger {
  const { live } = ledger;
  return live?.deployedModel === id ? { ...ledger, live: { ...live, retired: true } } : ledger;
}

/** Whether what is deployed is to be undeployed, once nothing waits. */
export function isParked({ parked }: Ledger): boolean {
  return parked !== undefined && parked.waking !== true;
}

/** The traffic of a service that is to be parked: none. Null: it has none, or others have the rest. */
export function parkedSplit(endpoint: Endpoint): Traffic | null {
  const serves = endpoint.deployedModels.some((model) => isOurs(model) && shareOf(endpoint, model.id) > 0);
  return serves ? splitBeforeUs(endpoint) : null;
}

/** The last step before the service counts as awake. Null: it is not to wake. */
export function wake(ledger: Ledger, endpoint: Endpoint | undefined): Action | null {
  const { parked } = ledger;
  return parked?.waking === true ? woken(ledger, parked.since, endpoint) : null;
}

/** The same before the first deployment of a release that was asked for later. */
export function wakeFor(ledger: Ledger, request: Request, endpoint: Endpoint): Action | null {
  const { parked } = ledger;
  if (parked === undefined || (parked.waking !== true && request.order.at <= parked.since)) return null;
  return woken(ledger, parked.since, endpoint);
}

/** Somebody deposed may have a shift in flight that takes the traffic away: the fence makes it fail. */
function woken(ledger: Ledger, since: Instant, endpoint: Endpoint | undefined): Action {
  const { live } = ledger;
  const mayServe = endpoint !== undefined && live !== null && isDeployed(endpoint, live);
  if (mayServe && !isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  return record({ type: 'woken', since });
}
