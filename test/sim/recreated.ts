/**
 * S17 and L10: a service that recreates has one model at a time, takes nothing away before what is to take its place is
 * uploaded, serves again within the time of its operations, and its outcomes tell for how long it did not.
 */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { isDown } from '../../functions/release/ledger/queries.ts';
import { ownerOf } from '../../functions/release/ids.ts';
import { SERVICE } from './config.ts';
import type { Facts, Told } from './facts.ts';
import type { Report } from './invariants.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';
import type { SimEndpoint } from './vertex-types.ts';

const MINUTE = 60_000;
/** Of a run without faults: the calls before and after, and the pauses between looks. */
const OF_LOOKS_MS = 2 * MINUTE;
/** A lease that runs out, or an operation whose end is never reported. */
const OF_A_FAULT_MS = 40 * MINUTE;
/** What may leave a model where it was to be undeployed, hide it, or deploy one late. */
const HINDERS = /^(vertex\.|operation\.|process|ledgers\.)/;

export class Recreated {
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #report: Report;
  /** By the release that has caused it, in ms. */
  readonly #measured = new Map<string, number>();
  #down: { readonly release: string; readonly since: number } | null = null;
  #since: number | null = null;

  constructor(sim: WatchedRun, facts: Facts, report: Report) {
    this.#sim = sim;
    this.#facts = facts;
    this.#report = report;
  }

  wrote(before: Ledger | null, ledger: Ledger): void {
    if (before !== null) this.#checkWay(before, ledger);
    const { scenario, agenda } = this.#sim;
    if (ledger.outage !== undefined && scenario.recreate !== true)
      this.#report('S17', 'nothing is to serve, and the rollout does not recreate');
    const isCounted = isDown(ledger) && ledger.parked === undefined;
    this.#since = isCounted ? (this.#since ?? agenda.now) : null;
  }

  /** While nothing serves one failure is enough, and only a rollback starts before the old version is back. */
  #checkWay(before: Ledger, after: Ledger): void {
    const { release } = after;
    const { acts } = this.#facts;
    if (!isDown(before) || release === null || before.parked !== undefined || acts.size > 0) return;
    if (release.request.id === before.live?.request.id) return;
    // Where undeploying it was not asked for yet it serves again by one shift.
    const isGone = before.live?.retired === true && after.live?.retired === true;
    if (isGone && before.release === null && release.request.rollback === undefined)
      this.#report('L10', `${release.request.id} starts while the old version is not back`);
    if (release.failures > (before.release?.failures ?? Infinity))
      this.#report('L10', `${release.request.id} is tried again while nothing serves`);
  }

  changed(endpoint: SimEndpoint, why: string): void {
    const { scenario, agenda, ledgers, faults } = this.#sim;
    if (scenario.recreate !== true) return;
    const outage = ledgers.read(SERVICE)?.ledger?.outage;
    if (endpoint.traffic.size === 0 && outage?.since !== undefined)
      this.#down ??= { release: outage.release, since: agenda.now };
    if (endpoint.traffic.size > 0 && this.#down !== null) {
      const { release, since } = this.#down;
      this.#measured.set(release, (this.#measured.get(release) ?? 0) + agenda.now - since);
      this.#down = null;
    }
    const ours = [...endpoint.deployed.values()].filter(
      (d) => ownerOf(d.id, d.displayName) !== null && d.state !== 'failed',
    );
    const isHindered = faults.struck.some(({ site }) => HINDERS.test(site));
    if (why.startsWith('deploy') && ours.length > 1 && !isHindered)
      this.#report('S17', `${ours.map(({ id, state }) => `${id} (${state})`).join(' and ')} at once`);
  }

  /** The live model gives way to what is uploaded. */
  undeploys({ ledger: stored }: Process, id: string): void {
    const ledger = stored?.ledger;
    if (ledger?.live?.deployedModel !== id || ledger.parked !== undefined || ledger.release === null) return;
    const { request } = ledger.release;
    if (this.#sim.scenario.recreate !== true || request.id === ledger.live.request.id) return;
    if (request.version === null) this.#report('S17', `${id} is to be undeployed before the upload`);
    // One that was parked is undeployed, if that has not had its effect, by what wakes the service.
    if (ledger.outage?.since === undefined && !this.#facts.was('park'))
      this.#report('S17', `${id} is to be undeployed with no word of it`);
  }

  told(told: Told): void {
    const { scenario, faults } = this.#sim;
    if (scenario.recreate !== true) return;
    const measured = this.#measured.get(told.release) ?? 0;
    const { downtimeMs = 0 } = told;
    // What goes live and is taken back later has two ends.
    this.#measured.delete(told.release);
    // A park ends an outage before what is to serve does.
    const isKnown = told.downtimeMs !== undefined || told.downSince !== undefined;
    const isSilent = !isKnown && !this.#facts.was('park');
    if (isSilent && measured > OF_LOOKS_MS)
      this.#report('L10', `${told.release} does not tell of its outage`);
    if (faults.struck.length > 0 || told.downSince !== undefined) return;
    if (Math.abs(downtimeMs - measured) > OF_LOOKS_MS)
      this.#report('L10', `${told.release} tells of ${downtimeMs} ms down, and it was ${measured} ms`);
  }

  passed(): void {
    if (this.#since === null) return;
    const { scenario, faults, agenda } = this.#sim;
    const { deploy, undeploy } = scenario.durations;
    // A candidate that fails, what is left of it, and the way back, each at its slowest.
    const operations = 1.6 * (3 * deploy + 3 * undeploy);
    const outages = scenario.outages.reduce((sum, { ms }) => sum + ms, 0);
    const most = operations + outages + 10 * MINUTE + faults.struck.length * OF_A_FAULT_MS;
    if (agenda.now - this.#since > most)
      this.#report('L10', `nothing serves for ${Math.round((agenda.now - this.#since) / MINUTE)} minutes`);
  }
}
