/**
 * L8: at rest a service is parked if that is the last thing that was asked for, and then nothing of it is deployed. What
 * is parked is known from the messages and the requests, and not from what Slipway says.
 */
import { ownerOf } from '../../functions/release/ids.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { ENDPOINT, FOREIGN } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { WatchedRun } from './run-context.ts';

/** `mayStay`: what cannot be undeployed, or was not seen, is left to the sweep. */
export function checkParked(
  sim: WatchedRun,
  facts: Facts,
  ledger: Ledger,
  mayStay: boolean,
  report: Report,
): void {
  if (facts.acts.size > 0) return;
  const wanted = isWanted(facts);
  const isParked = ledger.parked !== undefined;
  if (wanted !== null && wanted !== isParked)
    report('L8', wanted ? 'the service was parked, and is awake' : 'the service was woken, and is parked');
  if (!isParked || mayStay || ledger.hold !== undefined) return;
  const endpoint = sim.vertex.endpoint(ENDPOINT.name);
  const ours = [...(endpoint?.deployed.values() ?? [])].filter((d) => ownerOf(d.id, d.displayName) !== null);
  const isLeft = (id: string) => ledger.leftovers?.some((l) => l.subject === id) ?? false;
  const extra = ours.filter(({ id }) => !isLeft(id));
  // Beside a model of others the live one keeps its share.
  const isShared = (endpoint?.traffic.get(FOREIGN.id) ?? 0) > 0;
  if (extra.length > 0 && !isShared)
    report('L8', `${extra.map((d) => d.id).join(', ')} is deployed, and the service is parked`);
}

/** Whether it is to be parked, by the messages and the requests in their order. Null: either. */
function isWanted(facts: Facts): boolean | null {
  const last = facts.commands.findLast(({ action }) => action === 'park' || action === 'wake');
  if (last === undefined || last.action === 'wake') return false;
  const at = Math.floor(last.at);
  const later = [...facts.requests.values()].filter(({ order }) => order.at > at);
  if (later.length === 0) return true;
  const isLive = later.some(({ id }) => facts.told.some((t) => t.release === id && t.result === 'Live'));
  return isLive ? false : null;
}
