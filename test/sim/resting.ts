/**
 * L5: a service with no release and nothing waiting costs at most 20 calls an hour, of whatever kind, its ledger and
 * its ticks included; and a clean-up that is refused, or does not end, is tried a handful of times a day. What an
 * operation costs that has begun, and ends, is not counted.
 */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { SERVICE } from './config.ts';
import { placeOfSite } from './faults.ts';
import type { Report } from './invariants.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';

const HOUR = 3_600_000;
/** On the mean of three hours. */
const AN_HOUR_MAX = 20;
const HOURS = 3;
/** Of a try at what is left: taking the lease, a look, a fence, and writing down what came of it. */
const CALLS_OF_A_TRY = 8;
/** After three looks that find nothing to be done yet, in three hours. */
const TRIES_IN_VAIN = 3;
/** At each thing that is left, whether or not Vertex AI refuses it. */
const TRIES_A_DAY_MAX = 12;
/** What is left to do after a release is done by then. */
const GRACE_MS = 2 * HOUR;
const OF_AN_OPERATION_MS = HOUR / 2;

export class Resting {
  readonly #sim: WatchedRun;
  readonly #report: Report;
  #since: number;
  #worksUntil = 0;
  #calls: number[] = [];
  #changes: { readonly at: number; readonly method: string }[] = [];

  constructor(sim: WatchedRun, report: Report) {
    this.#sim = sim;
    this.#report = report;
    this.#since = sim.agenda.now;
  }

  /** How long it has been left alone, in ms. */
  get forMs(): number {
    return this.#sim.agenda.now - this.#restsSince;
  }

  disturb(): void {
    this.#since = this.#sim.agenda.now;
  }

  wrote(before: Ledger | null, after: Ledger): void {
    if (isBusy(before) || isBusy(after)) this.disturb();
  }

  /** An operation has begun: it is followed to its end. */
  began(): void {
    this.#worksUntil = this.#sim.agenda.now + OF_AN_OPERATION_MS;
  }

  /** A try has done what it was for: it was none in vain. */
  succeeded(): void {
    this.#changes.pop();
  }

  called({ message }: Process, method: string): void {
    if (this.#sim.scenario.restMs === undefined) return;
    // What cannot be taken in is delivered again every ten minutes, fifty times at most: that is Pub/Sub's pace.
    if (message.topic !== 'ticks') return;
    const { now } = this.#sim.agenda;
    if (now < this.#restsSince + GRACE_MS) {
      this.#calls = [];
      this.#changes = [];
      return;
    }
    if (now > this.#worksUntil) this.#calls = [...this.#calls.filter((at) => at > now - HOURS * HOUR), now];
    const tries = this.#changes.filter(({ at }) => at > now - HOURS * HOUR).length;
    if (this.#calls.length > HOURS * AN_HOUR_MAX + CALLS_OF_A_TRY * (tries + TRIES_IN_VAIN))
      this.#report('L5', `${this.#calls.length} calls within ${HOURS} hours at rest, ${method} the last one`);
    if (placeOfSite(method) !== 'mutation') return;
    this.#changes = [...this.#changes.filter(({ at }) => at > now - 24 * HOUR), { at: now, method }];
    const ledger = this.#sim.ledgers.read(SERVICE)?.ledger;
    const left = ledger?.leftovers ?? [];
    // Traffic that a candidate still has is no clean-up: every sweep tries to take it back, and the hours above bound that.
    if (method === 'vertex.updateEndpoint' && left.some(({ kind }) => kind === 'giveBack')) return;
    const most = TRIES_A_DAY_MAX * Math.max(1, left.length);
    // The fence that each try needs, by the epoch of its lease, is part of it: calls are counted by their kind.
    const ofItsKind = this.#changes.filter((change) => change.method === method).length;
    if (ofItsKind > most)
      this.#report('L5', `${method} is asked for ${ofItsKind} times within a day at rest`);
  }

  /** Since nothing is left that gives a service work: also not the end of a standby, or of a refusal. */
  get #restsSince(): number {
    const { agenda, since, lasting, ledgers } = this.#sim;
    const start = agenda.now - since;
    const ledger = ledgers.read(SERVICE)?.ledger ?? null;
    const until = ledger?.previous?.until ?? 0;
    const standby = until <= agenda.now ? until : agenda.now;
    // Without the ledger nobody knows that there is nothing to do; and who has not heard of an end yet waits.
    const isHindered =
      ['ledgers.read', 'ledgers.write'].some((of) => lasting.isRefusedNow(of)) ||
      ledger?.outcomes.some((o) => !o.announced) === true;
    return Math.max(this.#since, start + lasting.lastChange, standby, isHindered ? agenda.now : 0);
  }
}

function isBusy(ledger: Ledger | null): boolean {
  return (
    ledger !== null && (ledger.release !== null || (ledger.queue.length > 0 && ledger.hold === undefined))
  );
}
