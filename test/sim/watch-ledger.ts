/**
 * The invariants of the ledger, checked at every write: it changes by compare-and-swap, its epoch rises, its ends are
 * final, and what it records can be seen.
 */
import { deployedModelId } from '../../functions/release/ids.ts';
import type { Ledger, Order, Release, Request } from '../../functions/release/ledger/ledger.ts';
import { compareOrder, newest } from '../../functions/release/ledger/queries.ts';
import type { Outcome } from '../../functions/release/publish/outcome.ts';
import { SERVICE } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import { nameOfEnd, type Oracle } from './oracle.ts';
import type { Process } from './process.ts';
import { FATAL_FLAWS, type Flaw } from './scenario.ts';
import type { WatchedRun } from './run-context.ts';
import type { StoredLedger } from './storage.ts';

/** A ledger of one service stays far below what the engine would still write. */
const LEDGER_BYTES = 65_536;

export class LedgerWatch {
  readonly orders = new Map<string, Order>();
  /** Releases that go back, and the versions they go back to. */
  readonly rollbacks = new Map<string, string | null>();
  /** Deployed models that gave their traffic back for good. */
  readonly rolledBack = new Set<string>();
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #oracle: Oracle;
  readonly #report: Report;
  readonly #forgotten: () => void;

  /** `forgotten`: told when a ledger that could not be read has been replaced. */
  constructor(sim: WatchedRun, facts: Facts, oracle: Oracle, report: Report, forgotten: () => void) {
    this.#sim = sim;
    this.#facts = facts;
    this.#oracle = oracle;
    this.#report = report;
    this.#forgotten = forgotten;
  }

  wrote(process: Process, before: StoredLedger | null, after: StoredLedger, expected: string | null): void {
    if (expected === null) this.#report('S7', 'the ledger is written without a condition');
    if (after.text.length > LEDGER_BYTES) this.#report('S7', `a ledger of ${after.text.length} characters`);
    const ledger = after.ledger;
    if (ledger === null) {
      this.#report('S7', 'what was written is no ledger');
      return;
    }
    const previous = before?.ledger ?? null;
    if (ledger.lease !== null && ledger.lease.by !== previous?.lease?.by) {
      process.holder = ledger.lease.by;
      this.#checkLease(process, previous);
    }
    if (before !== null && previous === null && process.message.topic !== 'ticks')
      this.#report('S7', 'an unreadable ledger is written over without being asked to');
    if (previous !== null) this.#checkChange(previous, ledger);
    // Asked for by a person, if perhaps for an earlier one: what waited in the ledger is lost.
    if (before !== null && previous === null) this.#forgotten();
    if (previous === null && ledger.live !== null) this.#facts.rebuilt.add(ledger.live.request.id);
    for (const request of requestsOf(ledger)) this.#learn(request);
    this.#checkSuccess(previous, ledger);
    this.#facts.started(ledger);
    for (const outcome of ledger.outcomes) this.#facts.ends.add(nameOfEnd(outcome));
  }

  /** A process that is at work, and only has to wait for its calls, keeps its lease. */
  #checkLease(process: Process, before: Ledger | null): void {
    const holder = before?.lease?.by;
    const other = holder === undefined ? undefined : this.#sim.processOf(holder);
    if (other === undefined || other === process || other.survives) return;
    if (other.skew !== 0 || process.skew !== 0) return;
    if (before !== null && isLeftFor(before)) return;
    this.#report('S13', `process ${process.id} takes the lease of process ${other.id}, which is at work`);
  }

  #checkChange(before: Ledger, after: Ledger): void {
    if (after.epoch < before.epoch)
      this.#report('S7', `the epoch falls from ${before.epoch} to ${after.epoch}`);
    const taken = after.lease !== null && after.lease.by !== before.lease?.by;
    if (taken && after.epoch <= before.epoch) this.#report('S7', 'the lease is taken without a new epoch');
    const { release } = after;
    if (release !== null && release.request.id !== before.release?.request.id) {
      const ended = before.outcomes.some((o) => o.release === release.request.id);
      if (ended && release.request.id !== before.live?.request.id) {
        this.#report('S7', `${release.request.id} has ended and is started again`);
      }
    }
    const started = release !== null && release.request.id !== before.release?.request.id ? release : null;
    const isRepair = started?.request.id === after.live?.request.id;
    if (started !== null && !isRepair && after.live !== null && !this.#hasActed) {
      if (compareOrder(started.request.order, after.live.request.order) <= 0)
        this.#report('S2', `${started.request.id} starts and is older than what is live`);
    }
    if (after.live !== null && before.live !== null && !this.#hasActed) {
      if (compareOrder(after.live.request.order, before.live.request.order) < 0)
        this.#report('S2', `${after.live.request.id} goes live after what was wanted later`);
    }
    this.#learnRollbacks(before, after);
    for (const outcome of before.outcomes) {
      const now = after.outcomes.find((o) => o.release === outcome.release && o.endedAt === outcome.endedAt);
      if (now !== undefined && now.result !== outcome.result)
        this.#report('S7', `the end of ${outcome.release} changes`);
      // What has been told since may be forgotten with the same write.
      const isTold = this.#facts.told.some((told) => nameOfEnd(told) === nameOfEnd(outcome));
      if (now === undefined && !outcome.announced && !isTold)
        this.#report('S7', `the end of ${outcome.release} is lost`);
    }
    const kept = new Set(requestsOf(after).map((r) => r.id));
    for (const { id } of requestsOf({ ...before, live: null })) {
      const ended = after.outcomes.some((o) => o.release === id);
      if (!kept.has(id) && !ended) this.#report('L2', `request ${id} leaves the ledger without an end`);
    }
  }

  #learnRollbacks(before: Ledger, after: Ledger): void {
    const isNew = (o: Outcome) =>
      !before.outcomes.some((b) => b.release === o.release && b.endedAt === o.endedAt);
    for (const outcome of after.outcomes.filter((o) => o.result === 'RolledBack' && isNew(o))) {
      const { release } = before;
      if (release?.request.id === outcome.release)
        for (const id of candidatesOf(before)) this.rolledBack.add(id);
      if (outcome.deployedModel !== null) this.rolledBack.add(outcome.deployedModel);
      const isMeant = [...this.#facts.requests.values()].some((r) => r.rollback?.from === outcome.release);
      if (outcome.cause?.code === 'ROLLED_BACK' && !isMeant && !this.#hasActed)
        this.#report('S2', `${outcome.release} is taken back by a rollback that meant another one`);
    }
  }

  /** Requests are ordered by a clock of Google's: the oracle knows what it said. */
  #learn(request: Request): void {
    if (this.orders.has(request.id)) return;
    this.orders.set(request.id, request.order);
    if (request.rollback !== undefined) this.rollbacks.set(request.id, request.version);
    const problem = this.#oracle.accepted(request);
    const isRewritten = this.#facts.isRewritten(request);
    if (problem !== null) this.#report(isRewritten ? 'L7' : 'L1', problem);
    const late = this.#oracle.whyLate(request);
    if (late !== null) this.#report('S2', late);
  }

  #checkSuccess(before: Ledger | null, after: Ledger): void {
    const { vertex } = this.#sim;
    const uploaded = after.release?.request;
    if (
      uploaded !== undefined &&
      uploaded.version !== null &&
      uploaded.version !== before?.release?.request.version
    ) {
      const there = vertex.models.everMade(`slipway-${SERVICE}`) >= Number(uploaded.version);
      if (!there && !this.#hasActed && before?.release?.request.id === uploaded.id) {
        this.#report('S9', `version ${uploaded.version} is recorded and never was`);
      }
    }
    const live = after.live;
    if (live === null || live.deployedModel === before?.live?.deployedModel || this.#hasActed) return;
    const serves = [...vertex.endpoints.all.values()].some(
      (e) =>
        (e.traffic.get(live.deployedModel) ?? 0) > 0 && e.deployed.get(live.deployedModel)?.state === 'ready',
    );
    if (!serves) this.#report('S9', `${live.deployedModel} is recorded as live and does not serve`);
    // It was live before, whatever it was taken for then.
    if (live.request.id === before?.live?.request.id) return;
    const flaw = this.#oracle.flawOf(live.request);
    if (flaw !== null && isCaught(this.#sim, flaw, before?.release ?? null))
      this.#report('S9', `${live.request.id} is recorded as live with a flawed ${flaw}`);
  }

  get #hasActed(): boolean {
    return this.#facts.acts.size > 0;
  }
}

/** Whether such a flaw must not get past the rollout. */
export function isCaught(sim: WatchedRun, flaw: Flaw, release: Release | null): boolean {
  if (FATAL_FLAWS.includes(flaw)) return release?.request.rollback === undefined;
  const { rollout } = sim.scenario;
  if (rollout?.whenUnsure !== 'fail' || release === null) return false;
  if (release.promoted === true || release.request.rollback !== undefined) return false;
  return flaw === 'answers' && rollout.gates.includes('golden');
}

/** The deployed models that the release in progress may bring to traffic. */
export function candidatesOf({ release, queue, previous }: Ledger): string[] {
  // That a rollback has begun is written with what it ends in: the request that waits for it says as much.
  const standby = (release?.request ?? newest(queue))?.rollback?.deployedModel;
  const candidates = standby !== undefined && previous?.retired === false ? [standby] : [];
  return release === null
    ? candidates
    : [...candidates, deployedModelId(release.request.id, release.attempt)];
}

export function requestsOf(ledger: Ledger): Request[] {
  const requests = [...ledger.queue];
  if (ledger.release !== null) requests.push(ledger.release.request);
  if (ledger.live !== null) requests.push(ledger.live.request);
  return requests;
}

/** Its holder waits for the end of an operation, and has not heard yet of what a person asks. */
function isLeftFor({ pending, waking, release, queue }: Ledger): boolean {
  if (pending === null || waking === undefined) return false;
  if (release?.goingBack !== undefined || release?.promoted === true) return true;
  return [...queue, ...(release === null ? [] : [release.request])].some(
    ({ rollback }) => rollback !== undefined,
  );
}
