/**
 * L4: every request ends in time. Its time runs while nothing newer is open and nobody holds the service; it is the
 * deadline of a release, twice where one in progress has to come to its end first, and a margin. What is decided is
 * told within the margin, in Google's words where Google was the reason; a refusal that lasts shows in the ledger.
 */
import type { Ledger, Request } from '../../functions/release/ledger/ledger.ts';
import { compareOrder } from '../../functions/release/ledger/queries.ts';
import { SERVICE } from './config.ts';
import type { Facts, Told } from './facts.ts';
import type { Report } from './invariants.ts';
import { endOf } from './lasting.ts';
import { nameOfEnd } from './oracle.ts';
import type { Process } from './process.ts';
import type { WatchedRun } from './run-context.ts';

const MINUTE = 60_000;
/** Giving traffic back may be refused for 20 minutes, twice; a look, a fence and a sweep come on top. */
export const MARGIN_MS = 60 * MINUTE;
/** A crash costs a lease and the next delivery of its tick. */
const OF_A_CRASH_MS = 25 * MINUTE;
/** A tick that could not read or write the ledger comes back by the next sweep. */
const OF_A_LEDGER_MS = 40 * MINUTE;

interface Open {
  readonly request: Request;
  /** Since when its time runs; null: it does not. */
  since: number | null;
  /** Something older is in progress, or was. */
  follows: boolean;
  struck: number;
}

export class Deadlines {
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #report: Report;
  readonly #open = new Map<string, Open>();
  /** Ends that nobody was told of yet, and since when. */
  readonly #untold = new Map<string, number>();
  /** When each release began last, and for how long, in ms, its service was on hold since. */
  readonly #begun = new Map<string, { at: number; held: number }>();
  #current: string | null = null;
  #heldSince: number | null = null;
  #next = Infinity;

  constructor(sim: WatchedRun, facts: Facts, report: Report) {
    this.#sim = sim;
    this.#facts = facts;
    this.#report = report;
  }

  forgotten(): void {
    this.#open.clear();
    this.#untold.clear();
  }

  wrote(ledger: Ledger): void {
    if (this.#sim.scenario.lasting === undefined) return;
    const { now } = this.#sim.agenda;
    for (const outcome of ledger.outcomes) {
      this.#open.delete(outcome.release);
      const end = nameOfEnd(outcome);
      if (!outcome.announced && !this.#untold.has(end) && !this.#isTold(end)) this.#untold.set(end, now);
    }
    const requests = [...ledger.queue];
    if (ledger.release !== null && ledger.release.request.id !== ledger.live?.request.id)
      requests.push(ledger.release.request);
    for (const request of requests) {
      const hasEnded = ledger.outcomes.some((o) => o.release === request.id);
      if (!this.#open.has(request.id) && !hasEnded)
        this.#open.set(request.id, { request, since: null, follows: false, struck: 0 });
    }
    for (const open of this.#open.values()) this.#run(open, ledger, now);
    this.#begin(ledger, now);
    this.#next = 0;
  }

  #begin({ release, hold }: Ledger, now: number): void {
    const id = release?.request.id ?? null;
    if (id !== null && id !== this.#current) this.#begun.set(id, { at: now, held: 0 });
    this.#current = id;
    if (hold !== undefined) {
      this.#heldSince ??= now;
      return;
    }
    for (const one of this.#begun.values()) one.held += now - Math.max(one.at, this.#heldSince ?? now);
    this.#heldSince = null;
  }

  #run(open: Open, ledger: Ledger, now: number): void {
    const isNewest = ![...this.#open.values()].some(
      (o) => compareOrder(o.request.order, open.request.order) > 0,
    );
    if (!isNewest || ledger.hold !== undefined) {
      open.since = null;
      return;
    }
    // An older one may begin beside its acceptance, and then cannot be taken back before Vertex AI answers.
    if (ledger.release !== null && ledger.release.request.id !== open.request.id) open.follows = true;
    if (open.since !== null) return;
    open.since = now;
    open.struck = this.#sim.faults.struck.length;
  }

  told(told: Told): void {
    this.#untold.delete(nameOfEnd(told));
    if (this.#sim.scenario.lasting === undefined || told.result === 'Live' || told.result === 'Superseded')
      return;
    this.#checkPatience(told);
    if (told.cause === null || told.cause.detail === '')
      this.#report('L4', `${told.release} ended ${told.result} and nobody is told why`);
    else this.#checkWords(told, told.cause.detail);
  }

  /** What only a person can change is told within the hour, whatever the deadline. */
  #checkPatience(told: Told): void {
    const { lasting, agenda, since, scenario } = this.#sim;
    const start = agenda.now - since;
    const begun = this.#begun.get(told.release);
    if (begun === undefined) return;
    const startedAt = begun.at;
    const all = lasting.between(startedAt - start, told.endedAt - start);
    const [only] = all;
    if (all.length !== 1 || only?.is !== 'refused' || !FOR_A_PERSON.has(only.status)) return;
    if (only.of !== 'vertex.upload' && only.of !== 'vertex.deploy') return;
    if (only.from > startedAt - start || endOf(only) < told.endedAt - start) return;
    const { upload, undeploy } = scenario.durations;
    const most = MARGIN_MS + 2 * (upload + undeploy) + this.#allowance(startedAt, 0);
    const took = told.endedAt - startedAt - begun.held;
    if (took > most)
      this.#report(
        'L4',
        `${told.release} is told after ${Math.round(took / MINUTE)} minutes of ${only.status}`,
      );
  }

  /** Where one refusal kept a release up from its beginning to its end, its words are told. */
  #checkWords(told: Told, detail: string): void {
    const { lasting, agenda, since } = this.#sim;
    if (told.cause?.code !== 'DEADLINE_EXCEEDED') return;
    const start = agenda.now - since;
    const from = (this.#facts.startedAt.get(told.release) ?? agenda.now) - start;
    const all = lasting.between(from, told.endedAt - start);
    const spoken = all.flatMap((t) => (t.is === 'hanging' ? [] : [t.message.slice(0, 40)]));
    const [only] = all;
    if (all.length !== 1 || only?.is !== 'refused' || only.from > from || endOf(only) < told.endedAt - start)
      return;
    // Nothing is open: its bakes alone took it past the deadline.
    if (/^still in step \d+(; metrics: not judged)?$/.test(detail)) return;
    // A step tells its last refusal, which may be a single fault of another of its calls.
    if (detail.endsWith(OF_A_FAULT)) return;
    // What ends late for another reason, such as crashes, may have met it a few times.
    if ((this.#refused.get(`${told.release} ${only.of}`) ?? 0) < 5) return;
    if (!spoken.some((words) => detail.includes(words)))
      this.#report('L4', `${told.release} ended of a refusal of ${only.of} and is told "${detail}"`);
  }

  /** How often a call of a release was refused, by both. */
  readonly #refused = new Map<string, number>();

  /** What was refused to one process again and again shows in the ledger that it leaves. */
  acknowledged(process: Process): void {
    const { agenda, lasting, scenario } = this.#sim;
    const release = this.#sim.ledgers.read(SERVICE)?.ledger?.release?.request.id ?? null;
    for (const [method, refused] of process.refused) {
      const { count, since, last } = refused;
      const asked = `${refused.release} ${method}`;
      this.#refused.set(asked, (this.#refused.get(asked) ?? 0) + count);
      const isLong = count >= 4 && agenda.now - since > 2 * MINUTE && agenda.now - last < 2 * MINUTE;
      if (!isLong || !lasting.isRefusedFor(method, agenda.now - last) || UNTOLD.test(method)) continue;
      // What it was refused for may have ended since; and answers that make up a sample are nobody's.
      if (release === null || release !== refused.release) continue;
      if (method === 'vertex.predict' && scenario.rollout?.gates.includes('metrics') === true) continue;
      const stored = this.#sim.ledgers.read(SERVICE);
      // The release went on without it, as a sample that real requests have made up since, or began once more.
      const { reached = [], startedAt = 0 } = stored?.ledger?.release ?? {};
      if (Math.max(startedAt, reached.at(-1)?.[1] ?? 0) > last) continue;
      const text = stored?.text ?? '';
      // A step shows its last refusal, which may be that of another of its calls.
      const ofStep = [...process.refused].filter(([other]) => portOf(other) === portOf(method));
      const isFaultLast =
        stored?.ledger?.refusals?.some(({ detail }) => detail.endsWith(OF_A_FAULT)) === true;
      const isShown = ofStep.some(([, { message }]) => text.includes(inJson(message.slice(0, 40))));
      if (!isShown && !isFaultLast)
        this.#report('L4', `${method} is refused ${count} times and the ledger does not say so`);
    }
  }

  #isTold(end: string): boolean {
    return this.#facts.told.some((told) => nameOfEnd(told) === end);
  }

  passed(): void {
    const { now } = this.#sim.agenda;
    if (now < this.#next) return;
    this.#next = now + MINUTE;
    const { deadlineMs } = this.#sim.scenario;
    for (const { request, since, follows, struck } of this.#open.values()) {
      if (since === null) continue;
      const most = (follows ? 2 : 1) * deadlineMs + MARGIN_MS;
      if (now > since + most + this.#allowance(since, struck))
        this.#report('L4', `${request.id} has no end after ${Math.round((now - since) / MINUTE)} minutes`);
    }
    for (const [end, since] of this.#untold) {
      if (this.#isRefused('bus.events', since)) this.#untold.set(end, now);
      else if (now > since + MARGIN_MS + this.#allowance(since, 0))
        this.#report('L4', `the end ${end} is not told after ${Math.round((now - since) / MINUTE)} minutes`);
    }
  }

  #isRefused(method: string, since: number): boolean {
    const { lasting, agenda, since: nowMs } = this.#sim;
    return lasting.ofBetween(method, since - (agenda.now - nowMs), nowMs).length > 0;
  }

  /** What faults and an unreadable ledger cost on top. */
  #allowance(since: number, struck: number): number {
    const { faults, lasting, agenda, since: nowMs } = this.#sim;
    const start = agenda.now - nowMs;
    let sum = 0;
    for (const { fault } of faults.struck.slice(struck)) {
      if (fault.is === 'delay') sum += fault.ms;
      else if (fault.is.startsWith('crash')) sum += OF_A_CRASH_MS;
      else sum += 2 * MINUTE;
    }
    for (const trouble of lasting.ofBetween('ledgers.', since - start, nowMs))
      sum += (trouble.ms ?? 0) + OF_A_LEDGER_MS;
    return sum;
  }
}

/** The message of a single fault, which a step shows if that came last. */
const OF_A_FAULT = 'injected';

const FOR_A_PERSON: ReadonlySet<string> = new Set([
  'PERMISSION_DENIED',
  'INVALID_ARGUMENT',
  'UNAUTHENTICATED',
]);

/** Of these no ledger can tell, or nobody has to be told: what is not needed goes on without. */
const UNTOLD = /^(ledgers|bus|logs|monitoring)\./;

const portOf = (method: string): string => method.slice(0, method.indexOf('.'));

/** A text as it stands within a JSON string. */
const inJson = (text: string): string => JSON.stringify(text).slice(1, -1);
