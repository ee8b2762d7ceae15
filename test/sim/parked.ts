/**
 * L8: at rest a service is parked if that is the last thing that was asked for, by people or by its hours, and then
 * nothing of it is deployed. What is parked is known from the messages, the requests and the hours, and not from what
 * Slipway says.
 */
import { ownerOf } from '../../functions/release/ids.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { ENDPOINT, FOREIGN } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { WatchedRun } from './run-context.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const SKEW_MS_MAX = 15 * MINUTE_MS;

/** `mayStay`: what cannot be undeployed, or was not seen, is left to the sweep. */
export function checkParked(
  sim: WatchedRun,
  facts: Facts,
  ledger: Ledger,
  mayStay: boolean,
  report: Report,
): void {
  if (facts.acts.size > 0) return;
  const asked = [...messagesOf(facts), ...boundariesOf(sim)].toSorted((a, b) => a.at - b.at);
  const wanted = isUnsettled(sim, ledger) ? null : isWanted(facts, asked.at(-1));
  const isParked = ledger.parked !== undefined;
  if (wanted !== null && wanted !== isParked)
    report('L8', wanted ? 'the service was parked, and is awake' : 'the service was woken, and is parked');
  checkTold(sim, facts, ledger, report);
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

/** The last that subscribers have heard is how it is. */
function checkTold(sim: WatchedRun, { notices }: Facts, ledger: Ledger, report: Report): void {
  if (sim.lasting.isRefusedNow('bus.events') || ledger.notices !== undefined) return;
  const isSkewed = sim.faults.struck.some(({ fault }) => fault.is === 'skew');
  const last = notices.toSorted((a, b) => a.at - b.at).at(-1)?.notice;
  const serves = ledger.parked === undefined && ledger.live !== null;
  if (serves && last === 'Parked' && !isSkewed)
    report('L8', 'it serves, and nobody was told that it was woken');
  if (ledger.parked?.emptied === true && last !== 'Parked' && !isSkewed)
    report('L8', 'it is parked, and nobody was told');
  if (ledger.parked !== undefined && ledger.parked.emptied !== true && ledger.hold === undefined)
    report('L8', 'it is parked, and that was not noted');
}

interface Asked {
  readonly at: number;
  readonly parks: boolean;
}

function messagesOf({ commands }: Facts): Asked[] {
  return commands
    .filter(({ action }) => action === 'park' || action === 'wake')
    .map(({ at, action }) => ({ at: Math.floor(at), parks: action === 'park' }));
}

/** The beginnings and ends of its hours until now. */
function boundariesOf({ scenario: { openings = [] }, agenda, since }: WatchedRun): Asked[] {
  const start = Math.floor((agenda.now - since) / DAY_MS) * DAY_MS;
  const days = Array.from(
    { length: Math.ceil((agenda.now - start) / DAY_MS) + 1 },
    (_, n) => start + (n - 1) * DAY_MS,
  );
  return days
    .flatMap((day) =>
      openings.flatMap(({ from, to }) => [
        { at: day + from * MINUTE_MS, parks: false },
        { at: day + to * MINUTE_MS, parks: true },
      ]),
    )
    .filter(({ at }) => at <= agenda.now);
}

/** What has just passed is noticed by the next sweep, some clocks are off, and a hold is before all hours. */
function isUnsettled(sim: WatchedRun, ledger: Ledger): boolean {
  const { now } = sim.agenda;
  const noticed = (sim.scenario.sweep ?? 0) + SKEW_MS_MAX;
  const isFresh = boundariesOf(sim).some(({ at }) => at > now - noticed);
  return isFresh || (sim.scenario.openings !== undefined && ledger.hold !== undefined);
}

/** Whether it is to be parked, by what was asked for last, and by the requests since. Null: either. */
function isWanted(facts: Facts, last: Asked | undefined): boolean | null {
  if (last?.parks !== true) return false;
  const later = [...facts.requests.values()].filter(({ order }) => order.at > last.at);
  if (later.length === 0) return true;
  const isLive = later.some(({ id }) => facts.told.some((t) => t.release === id && t.result === 'Live'));
  return isLive ? false : null;
}
