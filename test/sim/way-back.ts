/**
 * L7, of rollbacks: from the moment that one is taken in, with the model that it wants still standing by, until that
 * has the traffic. What else runs on the endpoint meanwhile is no excuse, unless UpdateEndpoint is refused for it.
 */
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import { newest } from '../../functions/release/ledger/queries.ts';
import { ENDPOINT } from './config.ts';
import type { Facts } from './facts.ts';
import type { Report } from './invariants.ts';
import type { WatchedRun } from './run-context.ts';
import { replicasNow } from './scaled.ts';
import type { SimEndpoint } from './vertex-types.ts';

/** The delivery of a tick, and some calls. */
const MS_MAX = 30_000;
/** A process that dies takes its lease with it: 450 s and 150 s. */
const LEASE_MS = 600_000;
/** A standby that has shrunk grows first. */
const OF_GROWTH_MS = 400_000;

interface Wait {
  readonly request: string;
  readonly model: string;
  readonly until: number;
  /** Faults that had struck until then. */
  readonly struck: number;
}

export class WayBack {
  readonly #sim: WatchedRun;
  readonly #facts: Facts;
  readonly #report: Report;
  #wait: Wait | null = null;
  #hinderedUntil = 0;

  constructor(sim: WatchedRun, facts: Facts, report: Report) {
    this.#sim = sim;
    this.#facts = facts;
    this.#report = report;
  }

  /** A call was refused, or a process died: nobody can say how long it takes now. */
  hindered(): void {
    this.#wait = null;
    this.#hinderedUntil = this.#sim.agenda.now + LEASE_MS;
  }

  wrote(before: Ledger | null, after: Ledger): void {
    if (this.#wait !== null && !isNext(after, this.#wait.request)) this.#wait = null;
    const { agenda, vertex, scenario } = this.#sim;
    const { previous } = after;
    const request = [...after.queue, after.release?.request].find((r) => r?.rollback !== undefined);
    if (request?.rollback === undefined || previous === undefined || previous.retired) return;
    if (before !== null && isAsked(before, request.id)) return;
    // A frozen process that holds the ledger holds it until its lease runs out.
    if (this.#sim.processOf(after.lease?.by ?? '')?.survives === true) return;
    if (agenda.now < this.#hinderedUntil || this.#facts.acts.size > 0) return;
    const id = request.rollback.deployedModel;
    const model = vertex.endpoint(ENDPOINT.name)?.deployed.get(id);
    if (model?.state !== 'ready' || previous.live.deployedModel !== id) return;
    const isRefused = scenario.switches.updateRefusedWhileBusy === true || scenario.switches.oneAtATime;
    if (isRefused && vertex.operations.runsOn(ENDPOINT.name)) return;
    this.#wait = {
      request: request.id,
      model: id,
      until: agenda.now + MS_MAX + (model.scale.minReplicas < replicasNow(this.#sim) ? OF_GROWTH_MS : 0),
      struck: this.#sim.faults.struck.length - this.#struckThisWrite(),
    };
  }

  /** The write that takes the rollback in may itself be what lasts. */
  #struckThisWrite(): number {
    return this.#sim.faults.struck.at(-1)?.site.startsWith('ledgers.write') === true ? 1 : 0;
  }

  changed(endpoint: SimEndpoint): void {
    if (this.#wait !== null && (endpoint.traffic.get(this.#wait.model) ?? 0) > 0) this.#wait = null;
  }

  passed(): void {
    if (this.#wait === null || this.#sim.agenda.now <= this.#wait.until) return;
    const { request, model, struck } = this.#wait;
    // A call that lasts, or a process that stands still, takes longer by itself.
    if (this.#sim.faults.struck.length > struck) {
      this.#wait = null;
      return;
    }
    this.#report('L7', `${request} waits for traffic on ${model}, which stands by, for more than 30 s`);
  }
}

/** Whether it waits, and nothing that was wanted later comes first; a hold keeps that waiting. */
function isNext(ledger: Ledger, id: string): boolean {
  if (ledger.hold !== undefined) return isAsked(ledger, id);
  return newest([...ledger.queue, ...(ledger.release ? [ledger.release.request] : [])])?.id === id;
}

function isAsked(ledger: Ledger, id: string): boolean {
  return ledger.release?.request.id === id || ledger.queue.some((r) => r.id === id);
}
