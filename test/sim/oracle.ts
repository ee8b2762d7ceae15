/**
 * What has to be true at rest, derived from what went in and not from what Slipway says of it.
 *
 * From the newest request to the oldest: the first that ended Live is what serves, alone and with all traffic that
 * is Slipway's to give. Whatever is newer and did not get there ended for a reason that the run has really given it
 * (excuses.ts). Every artifact that landed and everything that was asked for is accounted for, and no message was
 * lost.
 */
import type { Ledger, Request } from '../../functions/release/ledger/ledger.ts';
import { compareOrder, hasWork } from '../../functions/release/ledger/queries.ts';
import { SERVICE } from './config.ts';
import { checkEndpoint } from './endpoint-at-rest.ts';
import { withoutExcuse } from './excuses.ts';
import type { Facts } from './facts.ts';
import { requesterAt } from './inputs.ts';
import type { Report } from './invariants.ts';
import type { SimMessage } from './pubsub.ts';
import type { Flaw } from './scenario.ts';
import type { WatchedRun } from './run-context.ts';

export class Oracle {
  readonly #sim: WatchedRun;
  readonly #facts: Facts;

  constructor(sim: WatchedRun, facts: Facts) {
    this.#sim = sim;
    this.#facts = facts;
  }

  /** A request shows in the ledger for the first time. Returns what is wrong with its order, or null. */
  accepted(request: Request): string | null {
    const facts = this.#facts;
    if (facts.rebuilt.has(request.id)) return null;
    facts.requests.set(request.id, request);
    const object = facts.generation(request);
    if (object === undefined) return `request ${request.id} names a generation that never was`;
    const asked =
      request.rollback === undefined
        ? facts.asked.find((a) => facts.idOf(object, a.requestId) === request.id)
        : facts.commands.find((c) => c.action === 'rollback' && facts.idOf(object, c.id) === request.id);
    const requester = asked === undefined ? undefined : requesterAt(asked.at);
    if (request.requestedBy !== requester && !facts.hasLostLedger)
      return `request ${request.id} is said to be of ${request.requestedBy} and not of ${requester}`;
    if (request.rollback !== undefined)
      return Math.floor(asked?.at ?? NaN) === request.order.at
        ? null
        : `rollback ${request.id} was never asked for`;
    // Written again, an artifact keeps the place that it had when it landed.
    const landedAt = facts.firstOf(object)?.createdAt ?? object.createdAt;
    const at = asked === undefined ? landedAt : Math.max(asked.at, object.createdAt);
    const isPlain = request.id === facts.idOf(object, '');
    if (!isPlain && asked === undefined && !facts.hasLostLedger)
      return `request ${request.id} was never made`;
    return Math.floor(at) === Math.floor(request.order.at) || facts.hasLostLedger
      ? null
      : `request ${request.id} is ordered by ${request.order.at} and not by ${at}`;
  }

  /** A rollback that was asked for before what it goes back from was live meant another one. What is wrong, or null. */
  whyLate(request: Request): string | null {
    const { id, rollback, order } = request;
    const askedAt = order.at;
    const live = this.#facts.told.find((t) => t.release === rollback?.from && t.result === 'Live');
    // Clocks of processes may differ from the one that dates messages.
    const isSkewed = this.#sim.faults.struck.some(({ fault }) => fault.is === 'skew');
    const tolerance = isSkewed ? 12 * 60_000 : 0;
    if (rollback === undefined || live === undefined || live.endedAt - askedAt <= tolerance) return null;
    return `rollback ${id} was asked for before ${rollback.from} went live`;
  }

  /**
   * A message was given up by Pub/Sub. Artifacts and requests must never be; a tick may be one of several, or too
   * many.
   */
  lost(message: SimMessage, report: Report): void {
    if (this.#facts.hasCorruptLedger) return;
    if (message.topic === 'ticks') {
      const ledger = this.#sim.ledgers.read(SERVICE)?.ledger ?? null;
      if (ledger === null || !hasWork(ledger) || this.#sim.pubsub.ticks > 1) return;
      // The sweep wakes what is left.
      if (this.#sim.scenario.lasting !== undefined) return;
    }
    // Nobody can take in what cannot be looked at, or written down: it waits with the dead letters.
    const { lasting, since } = this.#sim;
    const isRefused = ['artifacts.', 'ledgers.'].some((of) => lasting.ofBetween(of, 0, since).length > 0);
    if (isRefused) return;
    report('L3', `message ${message.topic} ${message.id} is given up after ${message.attempts} deliveries`);
  }

  atRest(report: Report): void {
    const stored = this.#sim.ledgers.read(SERVICE);
    if (stored === null) {
      const isRefused = this.#sim.lasting.ofBetween('artifacts.', 0, this.#sim.since).length > 0;
      if (this.#facts.landed.size > 0 && !this.#onlyEmpty() && !isRefused)
        report('L2', 'nothing was taken in');
      return;
    }
    const { ledger } = stored;
    if (ledger === null) {
      report('L1', 'the ledger is unreadable');
      return;
    }
    // What nobody can be told of, and what does not end, is left for ever.
    const isLeft = this.#sim.lasting.isRefusedNow('bus.events') || ledger.pending !== null;
    if (hasWork(ledger) && !(this.#sim.scenario.lasting !== undefined && isLeft))
      report('L1', `work is left: ${describeWork(ledger)}`);
    this.#checkAccounts(ledger, report);
    this.#checkEnds(ledger, report);
    checkEndpoint(this.#sim, this.#facts, ledger, report);
  }

  /** Everything that landed or was asked for became a request. */
  #checkAccounts(ledger: Ledger, report: Report): void {
    const facts = this.#facts;
    const { lasting, since, artifacts } = this.#sim;
    // What could not be looked at is with the dead letters.
    const isUnseen = ['artifacts.', 'ledgers.'].some((of) => lasting.ofBetween(of, 0, since).length > 0);
    const isKnown = (id: string) => facts.requests.has(id) || facts.isTold(id);
    for (const name of isUnseen ? [] : facts.landed) {
      const object = artifacts.head(name);
      if (object === null || object.size === 0) continue;
      // Written again, it is the same artifact: any of its generations stands for it, and every request for it too.
      const isTakenIn = [...facts.requests.values()].some(
        (r) => r.marker === name && facts.isSame(r, object),
      );
      if (!isTakenIn && !facts.same(object).some((o) => isKnown(facts.idOf(o, ''))))
        report('L2', `${name} landed and was never taken in`);
    }
    const markers = artifacts.history.filter((o) => o.name.endsWith('/model.onnx'));
    for (const { requestId, there } of isUnseen ? [] : facts.asked) {
      if (!there || facts.acts.has('delete the artifact')) continue;
      // One that is emptied before the message arrives is refused then.
      if (markers.some((o) => o.flaw === 'empty')) continue;
      if (!markers.some((object) => isKnown(facts.idOf(object, requestId))))
        report('L2', `request ${requestId} was never taken in`);
    }
    if (lasting.isRefusedNow('bus.events')) return;
    // A hold that came once more, after the ledger that knew it had been ended was deleted: what waits is not lost.
    const isHeld = ledger.hold !== undefined && facts.hasLostLedger;
    // What lands while the service is parked may wait until it wakes.
    const waits = new Set(
      isHeld || ledger.parked !== undefined
        ? [...ledger.queue, ledger.release?.request].map((r) => r?.id)
        : [],
    );
    for (const id of facts.requests.keys()) {
      if (!facts.isTold(id) && !waits.has(id)) report('L2', `${id} was taken in and its end never told`);
    }
    for (const end of facts.ends) {
      if (!facts.told.some((t) => nameOfEnd(t) === end)) report('L2', `the end ${end} was never told`);
    }
  }

  /** The newest request that could be made live is live. */
  #checkEnds(ledger: Ledger, report: Report): void {
    const facts = this.#facts;
    const requests = [...facts.requests.values()].toSorted((a, b) => compareOrder(b.order, a.order));
    let isGivenUp = false;
    for (const request of requests) {
      const ends = facts.told.filter((told) => told.release === request.id);
      const last = ends.at(-1);
      if (last === undefined) return;
      if (last.result === 'Live') {
        if (ledger.live?.request.id !== request.id)
          report('L1', `${request.id} is live and the ledger has ${ledger.live?.request.id}`);
        return;
      }
      const wasLive = ends.some((told) => told.result === 'Live');
      const problem = withoutExcuse({ sim: this.#sim, facts, request, told: last }, wasLive);
      if (problem !== null) {
        report('L1', problem);
        return;
      }
      // It was live, took the place of all before it, and could not be kept: an older one that came late may follow.
      if (wasLive) {
        isGivenUp = true;
        break;
      }
    }
    const { live } = ledger;
    if (live === null || facts.requests.size === 0 || facts.rebuilt.has(live.request.id)) return;
    if (!isGivenUp || facts.told.findLast((t) => t.release === live.request.id)?.result !== 'Live')
      report('L1', `${live.request.id} is live and no request says so`);
  }

  /** What is wrong with the artifact, unless another has taken its place before it could be uploaded. */
  flawOf(request: Request): Flaw | null {
    return this.#facts.wasReplaced(request) ? null : (this.#facts.generation(request)?.flaw ?? null);
  }

  #onlyEmpty(): boolean {
    return [...this.#facts.landed].every((name) => (this.#sim.artifacts.head(name)?.size ?? 0) === 0);
  }
}

/** Names an end. */
export function nameOfEnd(end: {
  readonly release: string;
  readonly result: string;
  readonly endedAt: number;
}): string {
  return `${end.release} ${end.result} ${end.endedAt}`;
}

function describeWork(ledger: Ledger): string {
  const parts = [`${ledger.queue.length} waiting`];
  if (ledger.release !== null) parts.push(`release ${ledger.release.request.id}`);
  if (ledger.pending !== null) parts.push(`pending ${ledger.pending.kind}`);
  const untold = ledger.outcomes.filter((o) => !o.announced).length;
  if (untold > 0) parts.push(`${untold} ends untold`);
  return parts.join(', ');
}
