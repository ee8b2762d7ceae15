/** Traffic splits of an endpoint: who gets what, and whose it is to give. */
import type { Service } from '../../config/config.ts';
import type { DeployedModel, Endpoint } from '../../world.ts';
import { ownerOf } from '../ids.ts';
import type { Live, Release } from '../ledger/ledger.ts';

export type Traffic = ReadonlyMap<string, number>;

/** Whether the model is there, and may serve: not one that is being undeployed because its service is parked. */
export function isDeployed(endpoint: Endpoint | undefined, live: Live): boolean {
  if (endpoint === undefined || live.retired === true) return false;
  return endpoint.deployedModels.some((model) => model.id === live.deployedModel);
}

/** Whether any attempt of the release shows, or its standby: also one that was not waited for. */
export function isDeployedBy(endpoint: Endpoint, { request }: Release): boolean {
  return endpoint.deployedModels.some(
    ({ id, displayName }) =>
      id === request.rollback?.deployedModel || ownerOf(id, displayName)?.release === request.id,
  );
}

export function shareOf(endpoint: Endpoint | undefined, id: string): number {
  return endpoint?.traffic.get(id) ?? 0;
}

/**
 * The split that gives `id` that many percent of the traffic that is ours to give, and `other` the rest. What models
 * deployed by others hold stays theirs, unless the service takes over. Null if nothing is left for us.
 */
export function trafficFor(
  service: Service,
  endpoint: Endpoint,
  id: string,
  percent = 100,
  other: string | null = null,
): Traffic | null {
  const traffic = service.rollout.takeOver ? new Map<string, number>() : heldByOthers(endpoint);
  const left = 100 - [...traffic.values()].reduce((sum, share) => sum + share, 0);
  if (left <= 0) return null;
  const share = other === null ? left : Math.max(1, Math.round((left * percent) / 100));
  traffic.set(id, share);
  if (other !== null && share < left) traffic.set(other, left - share);
  return traffic;
}

/** What models that Slipway did not deploy have of the traffic. */
export function heldByOthers(endpoint: Endpoint): Map<string, number> {
  const foreign = (id: string) => endpoint.deployedModels.some((model) => model.id === id && !isOurs(model));
  return new Map([...endpoint.traffic].filter(([id, percent]) => percent > 0 && foreign(id)));
}

/** The split before anything of ours served: that of then, if it can be had, or none. Null: others hold some now. */
export function splitBeforeUs(endpoint: Endpoint, splitBefore: Release['splitBefore'] = []): Traffic | null {
  const before = new Map(splitBefore.map(([id, percent]) => [id, percent]));
  const isThere = [...before.keys()].every((id) => endpoint.deployedModels.some((model) => model.id === id));
  if (before.size > 0 && isThere) return before;
  return heldByOthers(endpoint).size === 0 ? new Map() : null;
}

export function isOurs(model: DeployedModel): boolean {
  return ownerOf(model.id, model.displayName) !== null;
}

/** An id that is not listed and one that is listed with 0 are the same (endpoint.proto, traffic_split). */
export function sameTraffic(a: Traffic, b: Traffic): boolean {
  const ids = new Set([...a.keys(), ...b.keys()]);
  return [...ids].every((id) => (a.get(id) ?? 0) === (b.get(id) ?? 0));
}

/** The largest share first. */
export function describeTraffic(traffic: Traffic): string {
  const shares = [...traffic].toSorted(([, a], [, b]) => b - a);
  return shares.map(([id, percent]) => `${id}: ${percent} %`).join(', ') || 'nothing';
}
