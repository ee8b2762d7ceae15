/**
 * What has to be true at rest, derived from what went in and not from what Slipway says of it.
 *
 * From the newest request to the oldest: the first that ended Live is what serves, alone and with all traffic that
 * is Slipway's to give. Whatever is newer and did not get there ended for a reason that the run has really given it:
 * a flaw of the artifact, definite failures, its deadline. Every artifact that landed and everything that was asked
 * for is accounted for, and no message was lost.
 */
import type { ProblemCode, Status } from '../../functions/errors.ts';
import { ownerOf, releaseId } from '../../functions/release/ids.ts';
import { compareOrder, hasWork, type Ledger, type Request } from '../../functions/release/ledger.ts';
import { BUCKET, ENDPOINT, FOREIGN, SERVICE } from './config.ts';
import { markerName } from './inputs.ts';
import type { SimMessage } from './pubsub.ts';
import type { Command, Flaw, OperatorAct } from './scenario.ts';
import type { Simulation } from './simulation.ts';
import type { SimObject } from './storage.ts';
import type { SimOperation } from './vertex.ts';
import type { Invariant } from './watch.ts';

type Report = (invariant: Invariant, text: string) => void;

interface Told {
  readonly release: string;
  readonly result: 'Live' | 'Failed' | 'Refused' | 'Superseded' | 'RolledBack';
  readonly cause: { readonly code: ProblemCode | 'SUPERSEDED'; readonly detail: string } | null;
}

interface Asked {
  readonly at: number;
  readonly folder: string | null;
  readonly requestId: string;
  /** Whether what was asked for could be found then. */
  readonly there: boolean;
}

/** The engine gives a release up after this many definite failures. */
const MOST_FAILURES = 5;
/** Clocks of processes may be wrong by ten minutes either way. */
const SKEW_MS = 20 * 60_000;

export class Oracle {
  readonly #sim: Simulation;
  readonly #landed = new Set<string>();
  readonly #asked: Asked[] = [];
  readonly #requests = new Map<string, Request>();
  readonly #told: Told[] = [];
  readonly #failures = new Map<string, { passing: number; final: number }>();
  readonly #startedAt = new Map<string, number>();
  readonly #acts = new Set<OperatorAct>();
  readonly #rebuilt = new Set<string>();
  readonly #commands: { readonly at: number; readonly id: string; readonly action: Command }[] = [];
  #current: string | null = null;

  constructor(sim: Simulation) {
    this.#sim = sim;
  }

  landed(name: string): void {
    this.#landed.add(name);
  }

  asked(folder: string | null, requestId: string): void {
    const { artifacts, agenda } = this.#sim;
    const markers = folder === null ? artifacts.list('') : [artifacts.head(markerName(folder))];
    const there = markers.some((o) => o !== null && o.size > 0 && o.name.endsWith('/model.onnx'));
    this.#asked.push({ at: agenda.now, folder, requestId, there });
  }

  commanded(action: Command, id: string): void {
    this.#commands.push({ at: this.#sim.agenda.now, action, id });
  }

  #was(...actions: Command[]): boolean {
    return this.#commands.some(({ action }) => actions.includes(action));
  }

  get #hasLostLedger(): boolean {
    return (
      this.#hasCorruptLedger ||
      ['delete the ledger', 'delete the ledger and ask for another'].some((act) =>
        this.#acts.has(act as OperatorAct),
      )
    );
  }

  get #hasCorruptLedger(): boolean {
    return this.#acts.has('corrupt the ledger') || this.#acts.has('corrupt the ledger and ask for another');
  }

  told(message: unknown): void {
    this.#told.push(message as Told);
  }

  operated(act: OperatorAct): void {
    this.#acts.add(act);
  }

  /** A ledger made anew says that this is live; when it was wanted is not known any more. */
  rebuilt(request: Request): void {
    this.#rebuilt.add(request.id);
  }

  /** The ledger is gone: what it knew is nobody's duty any more. */
  forgotten(): void {
    this.#landed.clear();
    this.#asked.length = 0;
    this.#requests.clear();
    this.#told.length = 0;
  }

  /** A request shows in the ledger for the first time. Returns what is wrong with its order, or null. */
  accepted(request: Request): string | null {
    if (this.#rebuilt.has(request.id)) return null;
    this.#requests.set(request.id, request);
    const object = this.#generation(request);
    if (object === undefined) return `request ${request.id} names a generation that never was`;
    const asked =
      request.rollback === undefined
        ? this.#asked.find((a) => this.#idOf(object, a.requestId) === request.id)
        : this.#commands.find((c) => c.action === 'rollback' && this.#idOf(object, c.id) === request.id);
    if (request.rollback !== undefined)
      return Math.floor(asked?.at ?? NaN) === request.order.at
        ? null
        : `rollback ${request.id} was never asked for`;
    const at = asked === undefined ? object.createdAt : Math.max(asked.at, object.createdAt);
    const isPlain = request.id === this.#idOf(object, '');
    if (!isPlain && asked === undefined && !this.#hasLostLedger)
      return `request ${request.id} was never made`;
    return Math.floor(at) === Math.floor(request.order.at) || this.#hasLostLedger
      ? null
      : `request ${request.id} is ordered by ${request.order.at} and not by ${at}`;
  }

  started(ledger: Ledger): void {
    const { release } = ledger;
    this.#current = release?.request.id ?? null;
    if (release === null) return;
    if (!this.#startedAt.has(release.request.id))
      this.#startedAt.set(release.request.id, this.#sim.agenda.now);
  }

  /** A call was refused by a fault. Definite refusals count against the release under way. */
  refused(ledger: Ledger | null, method: string, status: Status): void {
    const definite = status === 'PERMISSION_DENIED' || status === 'NOT_FOUND';
    if (!definite || !['vertex.upload', 'vertex.deploy', 'vertex.createEndpoint'].includes(method)) return;
    const release = ledger?.release?.request.id ?? this.#current;
    if (release !== null) this.#count(release).passing += 1;
  }

  failed(operation: SimOperation): void {
    const { kind, subject } = operation;
    if (kind === 'undeploy' || kind === 'deleteVersion') return;
    const named = kind === 'createEndpoint' ? this.#current : (/r-[0-9a-f]{12}/.exec(subject)?.[0] ?? null);
    if (named === null) return;
    // A deployment that has vanished, or that Vertex has forgotten, is an attempt that failed.
    const { error } = operation;
    const isFinal = error?.status === 'FAILED_PRECONDITION' || error?.status === 'INVALID_ARGUMENT';
    if (isFinal) this.#count(named).final += 1;
    else this.#count(named).passing += 1;
  }

  #count(release: string): { passing: number; final: number } {
    const found = this.#failures.get(release) ?? { passing: 0, final: 0 };
    this.#failures.set(release, found);
    return found;
  }

  /**
   * A message was given up by Pub/Sub. Artifacts and requests must never be; a tick may be one of several, or too
   * many.
   */
  lost(message: SimMessage, report: Report): void {
    if (this.#hasCorruptLedger) return;
    if (message.topic === 'ticks') {
      const ledger = this.#sim.ledgers.read(SERVICE)?.ledger ?? null;
      if (ledger === null || !hasWork(ledger) || this.#sim.pubsub.ticks > 1) return;
    }
    report('L3', `message ${message.topic} ${message.id} is given up after ${message.attempts} deliveries`);
  }

  atRest(report: Report): void {
    const stored = this.#sim.ledgers.read(SERVICE);
    if (stored === null) {
      if (this.#landed.size > 0 && !this.#onlyEmpty()) report('L2', 'nothing was taken in');
      return;
    }
    const { ledger } = stored;
    if (ledger === null) {
      report('L1', 'the ledger is unreadable');
      return;
    }
    if (hasWork(ledger)) report('L1', `work is left: ${describeWork(ledger)}`);
    this.#checkAccounts(ledger, report);
    this.#checkEnds(ledger, report);
    this.#checkEndpoint(ledger, report);
  }

  /** Everything that landed or was asked for became a request. */
  #checkAccounts(ledger: Ledger, report: Report): void {
    for (const name of this.#landed) {
      const object = this.#sim.artifacts.head(name);
      if (object === null || object.size === 0) continue;
      const id = this.#idOf(object, '');
      if (!this.#requests.has(id) && !this.#isTold(id)) report('L2', `${name} landed and was never taken in`);
    }
    const markers = this.#sim.artifacts.history.filter((o) => o.name.endsWith('/model.onnx'));
    for (const { requestId, there } of this.#asked) {
      if (!there || this.#acts.has('delete the artifact')) continue;
      // One that is emptied before the message arrives is refused then.
      if (markers.some((o) => o.flaw === 'empty')) continue;
      const ids = markers.map((object) => this.#idOf(object, requestId));
      if (!ids.some((id) => this.#requests.has(id) || this.#isTold(id)))
        report('L2', `request ${requestId} was never taken in`);
    }
    // A hold that came once more, after the ledger that knew it had been ended was deleted: what waits is not lost.
    const isHeld = ledger.hold !== undefined && this.#hasLostLedger;
    const waits = new Set(isHeld ? [...ledger.queue, ledger.release?.request].map((r) => r?.id) : []);
    for (const id of this.#requests.keys()) {
      if (!this.#isTold(id) && !waits.has(id)) report('L2', `${id} was taken in and its end never told`);
    }
  }

  #isTold(id: string): boolean {
    return this.#told.some((told) => told.release === id);
  }

  /** The newest request that could be made live is live. */
  #checkEnds(ledger: Ledger, report: Report): void {
    const requests = [...this.#requests.values()].toSorted((a, b) => compareOrder(b.order, a.order));
    let isGivenUp = false;
    for (const request of requests) {
      const ends = this.#told.filter((told) => told.release === request.id);
      const last = ends.at(-1);
      if (last === undefined) return;
      if (last.result === 'Live') {
        if (ledger.live?.request.id !== request.id)
          report('L1', `${request.id} is live and the ledger has ${ledger.live?.request.id}`);
        return;
      }
      const wasLive = ends.some((told) => told.result === 'Live');
      if (!this.#isExcused(request, last, wasLive)) {
        const why = `${last.cause?.code}: ${last.cause?.detail}`;
        report('L1', `${request.id} ended ${last.result} (${why}) without a reason`);
        return;
      }
      // It was live, took the place of all before it, and could not be kept: an older one that came late may follow.
      if (wasLive) {
        isGivenUp = true;
        break;
      }
    }
    const { live } = ledger;
    if (live === null || this.#requests.size === 0 || this.#rebuilt.has(live.request.id)) return;
    if (!isGivenUp || this.#told.findLast((t) => t.release === live.request.id)?.result !== 'Live')
      report('L1', `${live.request.id} is live and no request says so`);
  }

  #isExcused(request: Request, told: Told, wasLive: boolean): boolean {
    const code = told.cause?.code;
    const object = this.#generation(request);
    const { passing, final } = this.#failures.get(request.id) ?? { passing: 0, final: 0 };
    // What was live is uploaded, and needs its artifact only if somebody takes the version away.
    const isUploaded = wasLive && !this.#acts.has('delete the live version');
    if (isUploaded && (code?.startsWith('ARTIFACT_') || code === 'MANIFEST_INVALID')) return false;
    if (code?.startsWith('DEPLOY_')) return this.#hasFailed(request, passing, final);
    switch (code) {
      case 'MANIFEST_INVALID':
        return object?.flaw === 'manifest' || this.#wasReplaced(request);
      case 'ARTIFACT_NOT_FOUND':
        return this.#acts.has('delete the artifact') || this.#wasReplaced(request);
      case 'ARTIFACT_OVERWRITTEN':
        return this.#wasReplaced(request);
      case 'UPLOAD_FAILED':
      case 'ENDPOINT_FAILED':
        return this.#hasFailed(request, passing, final);
      case 'DEADLINE_EXCEEDED': {
        const started = this.#startedAt.get(request.id) ?? Infinity;
        return this.#sim.agenda.now - started >= this.#sim.scenario.deadlineMs - SKEW_MS;
      }
      case 'GATE_GOLDEN':
        return object?.flaw === 'answers' || this.#wasReplaced(request);
      case 'GATE_COMPARISON':
        // Also where it is the live model that answers wrongly.
        return this.#sim.artifacts.history.some(({ flaw }) => flaw === 'answers');
      case 'GATE_METRICS':
        return object?.flaw === 'errors' || this.#wasReplaced(request);
      case 'GATE_UNSURE':
        return this.#sim.scenario.rollout?.whenUnsure === 'fail';
      case 'CONTRACT_BROKEN':
        return this.#sim.artifacts.history.some(({ flaw }) => flaw === 'contract');
      case 'ABORTED':
        return this.#was('abort', 'rollback');
      case 'ROLLED_BACK':
        return this.#was('rollback');
      case 'TRAFFIC_HELD':
        return this.#acts.has('foreign model takes all') || this.#acts.has('give a foreign model a share');
      case 'SUPERSEDED':
        return this.#told.some((t) => t.result === 'Live' && this.#isNewer(t.release, request));
      default:
        return false;
    }
  }

  #hasFailed(request: Request, passing: number, final: number): boolean {
    return final > 0 || passing >= MOST_FAILURES || this.#wasReplaced(request) || this.#acts.size > 0;
  }

  #isNewer(release: string, request: Request): boolean {
    const other = this.#requests.get(release);
    return other !== undefined && compareOrder(other.order, request.order) > 0;
  }

  /** What is wrong with the artifact, unless another has taken its place before it could be uploaded. */
  flawOf(request: Request): Flaw | null {
    return this.#wasReplaced(request) ? null : (this.#generation(request)?.flaw ?? null);
  }

  /** Another generation of the same object came after it. */
  #wasReplaced(request: Request): boolean {
    const generations = this.#sim.artifacts.history.filter((o) => o.name === request.marker);
    return generations.at(-1)?.generation !== request.generation;
  }

  #checkEndpoint(ledger: Ledger, report: Report): void {
    const { vertex } = this.#sim;
    for (const operation of vertex.unfinished) report('L1', `${operation.kind} is still under way`);
    const endpoint = vertex.endpoints.get(ENDPOINT.name);
    const deployed = [...(endpoint?.deployed.values() ?? [])];
    const ours = deployed.filter((d) => ownerOf(d.id, d.displayName) !== null);
    const { live } = ledger;
    const { previous } = ledger;
    const standby = previous !== undefined && !previous.retired ? previous.live.deployedModel : null;
    const isKept = (id: string) => id === standby && this.#sim.agenda.now < (previous?.until ?? 0);
    const extra = ours.filter((d) => d.id !== live?.deployedModel && !isKept(d.id));
    if (extra.length > 0 && !this.#mayKeep(live === null, endpoint?.traffic ?? new Map())) {
      report('L1', `${extra.map((d) => `${d.id} (${d.state})`).join(', ')} is left deployed`);
    }
    if (live === null) return;
    const model = endpoint?.deployed.get(live.deployedModel);
    if (model?.state !== 'ready')
      report('L1', `the live model ${live.deployedModel} is ${model?.state ?? 'not there'}`);
    const share = endpoint?.traffic.get(live.deployedModel) ?? 0;
    const foreign = endpoint?.traffic.get(FOREIGN.id) ?? 0;
    if (share !== 100 - foreign) report('L1', `the live model has ${share} % of the traffic`);
    if (this.#acts.size > 0) return;
    // Where they are refused for good it is the sweep that tries again.
    const refused = this.#sim.faults.struck.some(({ site }) => site.startsWith('vertex.moveAliases'));
    if (refused && this.#sim.scenario.sweep === null) return;
    const version = vertex.models.get(model?.model ?? '')?.versions.find((v) => v.version === model?.version);
    if (!version?.aliases.includes('live') || !version.aliases.includes('default')) {
      report('L1', `the live version has the aliases ${version?.aliases.join(', ')}`);
    }
  }

  /** With the ledger lost, or the live release given up, what serves is left alone. */
  #mayKeep(nothingLive: boolean, traffic: ReadonlyMap<string, number>): boolean {
    // A deployment that Vertex has forgotten while it went on is found by the sweep, once it is there.
    const { scenario, faults } = this.#sim;
    const forgotten = faults.struck.some(({ fault }) => fault.is === 'forgotten');
    if (forgotten && scenario.sweep === null) return true;
    return nothingLive && (this.#hasLostLedger || (this.#acts.size > 0 && traffic.size > 0));
  }

  #onlyEmpty(): boolean {
    return [...this.#landed].every((name) => (this.#sim.artifacts.head(name)?.size ?? 0) === 0);
  }

  #generation(request: Request): SimObject | undefined {
    return this.#sim.artifacts.history.find(
      (o) => o.name === request.marker && o.generation === request.generation,
    );
  }

  #idOf(object: SimObject, requestId: string): string {
    return releaseId(SERVICE, BUCKET, object.name, object.generation, requestId);
  }
}

function describeWork(ledger: Ledger): string {
  const parts = [`${ledger.queue.length} waiting`];
  if (ledger.release !== null) parts.push(`release ${ledger.release.request.id}`);
  if (ledger.pending !== null) parts.push(`pending ${ledger.pending.kind}`);
  const untold = ledger.outcomes.filter((o) => !o.announced).length;
  if (untold > 0) parts.push(`${untold} ends untold`);
  return parts.join(', ');
}
