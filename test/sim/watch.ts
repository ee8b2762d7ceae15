/**
 * Watches a run: what the world does, what processes ask for, what comes of it. The first invariant that breaks ends
 * the run. invariants.ts says what they are; the files named watch-* check them at calls, changes and writes,
 * deadlines.ts, resting.ts and way-back.ts in time, oracle.ts at rest.
 */
import { hasWork } from '../../functions/release/ledger/queries.ts';
import type { CallError } from '../../functions/errors.ts';
import { Bounds } from './bounds.ts';
import { SERVICE } from './config.ts';
import { Deadlines } from './deadlines.ts';
import { Facts, type Told } from './facts.ts';
import type { Invariant, Report, Violation } from './invariants.ts';
import { nameOfEnd, Oracle } from './oracle.ts';
import type { Process } from './process.ts';
import type { SimMessage } from './pubsub.ts';
import { Recreated } from './recreated.ts';
import { Resting } from './resting.ts';
import type { Command, OperatorAct } from './scenario.ts';
import type { WatchedRun } from './run-context.ts';
import type { StoredLedger } from './storage.ts';
import type { SimEndpoint, SimOperation } from './vertex-types.ts';
import { CallsWatch } from './watch-calls.ts';
import { EndpointWatch } from './watch-endpoint.ts';
import { LedgerWatch } from './watch-ledger.ts';
import { WayBack } from './way-back.ts';

export class Watch {
  violation: Violation | null = null;
  /** Grows with everything that changes on Vertex AI or in the ledger. */
  changes = 0;
  readonly calls: CallsWatch;
  readonly bounds: Bounds;
  readonly resting: Resting;
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #oracle: Oracle;
  readonly #ledgers: LedgerWatch;
  readonly #endpoint: EndpointWatch;
  readonly #deadlines: Deadlines;
  readonly #wayBack: WayBack;
  readonly #recreated: Recreated;

  constructor(sim: WatchedRun) {
    const report: Report = (invariant, text) => this.violate(invariant, text);
    this.#sim = sim;
    this.#facts = new Facts(sim);
    this.#oracle = new Oracle(sim, this.#facts);
    this.#ledgers = new LedgerWatch(sim, this.#facts, this.#oracle, report, () => this.forgotten());
    this.#endpoint = new EndpointWatch(sim, this.#facts, this.#ledgers, report);
    this.#recreated = new Recreated(sim, this.#facts, report);
    this.calls = new CallsWatch(
      sim,
      this.#facts,
      { ledgers: this.#ledgers, endpoint: this.#endpoint, recreated: this.#recreated },
      report,
    );
    this.bounds = new Bounds(sim, report);
    this.#deadlines = new Deadlines(sim, this.#facts, report);
    this.resting = new Resting(sim, report);
    this.#wayBack = new WayBack(sim, this.#facts, report);
  }

  /** How many requests were taken in. */
  get releases(): number {
    return this.#ledgers.orders.size;
  }

  get mostDeployed(): number {
    return this.#endpoint.mostDeployed;
  }

  violate(invariant: Invariant, text: string): void {
    this.#sim.log(`VIOLATION ${invariant}: ${text}`);
    this.violation ??= { invariant, text };
  }

  /** After everything that happens. */
  passed(): void {
    this.#deadlines.passed();
    this.#wayBack.passed();
    this.#recreated.passed();
  }

  atRest(): void {
    const report: Report = (invariant, text) => this.violate(invariant, text);
    this.#oracle.atRest(report);
  }

  // What the world does

  landed(name: string): void {
    this.#facts.landed.add(name);
    this.resting.disturb();
  }

  rewritten(): void {
    this.resting.disturb();
  }

  rescaled(): void {
    this.resting.disturb();
  }

  asked(folder: string | null, requestId: string): void {
    this.#facts.ask(folder, requestId);
    this.resting.disturb();
  }

  commanded(action: Command, id: string): void {
    this.#facts.commands.push({ at: this.#sim.agenda.now, action, id });
    this.resting.disturb();
  }

  told(message: unknown): void {
    this.changes += 1;
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const told = message as Told;
    const { notice, at }: { notice?: unknown; at?: unknown } = Object(message);
    if ((notice === 'Parked' || notice === 'Woken') && typeof at === 'number')
      this.#facts.notices.push({ notice, at });
    // What is no end, such as a notice, is for people.
    if (told.result === undefined) return;
    this.#checkOneEnd(told);
    this.#facts.told.push(told);
    this.#deadlines.told(told);
    this.#recreated.told(told);
  }

  /** One end, told once or more: but what went live may be taken back later. */
  #checkOneEnd(told: Told): void {
    const { acts, told: before } = this.#facts;
    const other = before.findLast((t) => t.release === told.release && nameOfEnd(t) !== nameOfEnd(told));
    const isTakenBack =
      other?.result === 'Live' && (told.result === 'RolledBack' || told.result === 'Failed');
    // One message that comes late: its end was told before.
    const isKnown = before.some((t) => nameOfEnd(t) === nameOfEnd(told));
    // What intake refuses never was a request: its event may be delivered again when that is forgotten.
    const isOfIntake = other?.cause?.code === told.cause?.code && AT_INTAKE.test(told.cause?.code ?? '');
    if (other !== undefined && !isTakenBack && !isKnown && !isOfIntake && acts.size === 0)
      this.violate('L2', `${told.release} ended ${other.result}, and ends ${told.result}`);
  }

  lost(message: SimMessage): void {
    this.#oracle.lost(message, (invariant, text) => this.violate(invariant, text));
  }

  operated(act: OperatorAct): void {
    this.#facts.acts.add(act);
    this.resting.disturb();
  }

  forgotten(): void {
    this.#ledgers.orders.clear();
    this.#facts.forget();
    this.#deadlines.forgotten();
  }

  endpointGone(): void {
    this.#endpoint.deleted();
  }

  /** A message comes later than usual. */
  delayed(): void {
    this.#wayBack.hindered();
  }

  crashed(): void {
    this.#wayBack.hindered();
  }

  // Calls and their effects

  called(process: Process, method: string): void {
    this.bounds.called(process);
    this.resting.called(process, method);
  }

  refusedByFault(
    process: Process,
    method: string,
    error: Pick<CallError, 'status'> & { message?: string },
  ): void {
    const { refused } = process;
    const known = refused.get(method);
    const message = error.message ?? '';
    const release = process.ledger?.ledger?.release?.request.id ?? null;
    const { now } = this.#sim.agenda;
    if (known?.message === message && known.release === release) {
      known.count += 1;
      known.last = now;
    } else refused.set(method, { count: 1, since: now, last: now, message, release });
    this.#facts.refused(process.ledger?.ledger ?? null, method, error.status);
    this.#wayBack.hindered();
  }

  failed(operation: SimOperation): void {
    this.#facts.failed(operation);
  }

  began(): void {
    this.resting.began();
  }

  ended({ startedAt, error }: SimOperation): void {
    if (error === null) this.resting.succeeded();
    // The end of one that was given up is news.
    if (this.#sim.agenda.now - startedAt > 1_800_000) this.resting.disturb();
  }

  changed(endpoint: SimEndpoint, why: string): void {
    this.changes += 1;
    this.#endpoint.changed(endpoint, why);
    this.#wayBack.changed(endpoint);
    this.#recreated.changed(endpoint, why);
  }

  wrote(process: Process, before: StoredLedger | null, after: StoredLedger, expected: string | null): void {
    this.changes += 1;
    this.#ledgers.wrote(process, before, after, expected);
    this.bounds.check(this.releases);
    if (after.ledger === null) return;
    this.#deadlines.wrote(after.ledger);
    this.#recreated.wrote(before?.ledger ?? null, after.ledger);
    this.#wayBack.wrote(before?.ledger ?? null, after.ledger);
    this.resting.wrote(before?.ledger ?? null, after.ledger);
  }

  acknowledged(process: Process): void {
    this.#deadlines.acknowledged(process);
    if (process.answered || process.ticked) return;
    const ledger = process.ledger?.ledger ?? null;
    // One tick serves all that came in before it: the ledger says that it was published, or its publisher comes again.
    // A tick may be the one that is counted on, and passes that on to no other.
    const isCounted = process.message.topic !== 'ticks' && ledger !== null && 'waking' in ledger;
    const isCalled = isCounted || (process.holder === null && isOfSweep(process));
    if (ledger === null || !hasWork(ledger) || isCalled || this.#isLeftToTheSweep(ledger)) return;
    if (!this.#facts.hasAskedForNothing(process.message, ledger)) {
      this.violate('S8', `process ${process.id} acknowledges with work left and no successor`);
    }
  }

  /** Cleaning up that is refused for good is left to the sweep, and so is what nobody can be told of. */
  #isLeftToTheSweep(ledger: NonNullable<StoredLedger['ledger']>): boolean {
    return this.#sim.scenario.lasting !== undefined && ledger.release === null && ledger.queue.length === 0;
  }
}

const AT_INTAKE = /^ARTIFACT_(EMPTY|NOT_FOUND|ENCODED)$/;

/** A tick that a sweep has asked for finds another one at work: the next sweep comes. */
function isOfSweep({ message }: Process): boolean {
  return Buffer.from(message.push).includes(SWEEP_DATA);
}

const SWEEP_DATA = Buffer.from(JSON.stringify({ service: SERVICE, sweep: true })).toString('base64');
