/** What has happened in a run, as the world knows it and not as Slipway says: what the oracle judges by. */
import type { Status } from '../../functions/errors.ts';
import type { ProblemCode } from '../../functions/problems.ts';
import { releaseId } from '../../functions/release/ids.ts';
import type { Ledger, Request } from '../../functions/release/ledger/ledger.ts';
import { compareOrder } from '../../functions/release/ledger/queries.ts';
import { BUCKET, SERVICE } from './config.ts';
import { markerName } from './inputs.ts';
import type { SimMessage } from './pubsub.ts';
import type { Command, OperatorAct } from './scenario.ts';
import type { WatchedRun } from './run-context.ts';
import type { SimObject } from './storage.ts';
import type { SimOperation } from './vertex-types.ts';

/** A message on the events topic. */
export interface Told {
  readonly release: string;
  readonly result: 'Live' | 'Failed' | 'Refused' | 'Superseded' | 'RolledBack';
  readonly cause: { readonly code: ProblemCode | 'SUPERSEDED'; readonly detail: string } | null;
  readonly endedAt: number;
  readonly downtimeMs?: number;
  readonly downSince?: number;
}

interface Asked {
  readonly at: number;
  readonly folder: string | null;
  readonly requestId: string;
  /** Whether what was asked for could be found then. */
  readonly there: boolean;
}

export class Facts {
  readonly landed = new Set<string>();
  readonly asked: Asked[] = [];
  readonly requests = new Map<string, Request>();
  readonly told: Told[] = [];
  /** Parks and wakes that were told. */
  readonly notices: { readonly notice: 'Parked' | 'Woken'; readonly at: number }[] = [];
  /** Ends that the ledger has had, by release, result and time. */
  readonly ends = new Set<string>();
  readonly failures = new Map<string, { passing: number; final: number }>();
  readonly startedAt = new Map<string, number>();
  readonly acts = new Set<OperatorAct>();
  readonly rebuilt = new Set<string>();
  readonly commands: { readonly at: number; readonly id: string; readonly action: Command }[] = [];
  current: string | null = null;
  readonly #sim: WatchedRun;

  constructor(sim: WatchedRun) {
    this.#sim = sim;
  }

  ask(folder: string | null, requestId: string): void {
    const { artifacts, agenda } = this.#sim;
    const markers = folder === null ? artifacts.list('') : [artifacts.head(markerName(folder))];
    const there = markers.some((o) => o !== null && o.size > 0 && o.name.endsWith('/model.onnx'));
    this.asked.push({ at: agenda.now, folder, requestId, there });
  }

  /** The ledger is gone: what it knew is nobody's duty any more. */
  forget(): void {
    this.landed.clear();
    this.asked.length = 0;
    this.requests.clear();
    this.told.length = 0;
    this.notices.length = 0;
    this.ends.clear();
  }

  started(ledger: Ledger): void {
    const { release } = ledger;
    this.current = release?.request.id ?? null;
    if (release === null) return;
    if (!this.startedAt.has(release.request.id)) this.startedAt.set(release.request.id, this.#sim.agenda.now);
  }

  /** A call was refused by a fault. Definite refusals count against the release in progress. */
  refused(ledger: Ledger | null, method: string, status: Status): void {
    const definite = status === 'PERMISSION_DENIED' || status === 'NOT_FOUND';
    if (!definite || !['vertex.upload', 'vertex.deploy', 'vertex.createEndpoint'].includes(method)) return;
    const release = ledger?.release?.request.id ?? this.current;
    if (release !== null) this.#count(release).passing += 1;
  }

  failed(operation: SimOperation): void {
    const { kind, subject } = operation;
    if (kind === 'undeploy' || kind === 'deleteVersion') return;
    const named = kind === 'createEndpoint' ? this.current : (/r-[0-9a-f]{12}/.exec(subject)?.[0] ?? null);
    if (named === null) return;
    // A deployment that has vanished, or that Vertex has forgotten, is an attempt that failed.
    const { error } = operation;
    const isFinal = error?.status === 'FAILED_PRECONDITION' || error?.status === 'INVALID_ARGUMENT';
    if (isFinal) this.#count(named).final += 1;
    else this.#count(named).passing += 1;
  }

  #count(release: string): { passing: number; final: number } {
    const found = this.failures.get(release) ?? { passing: 0, final: 0 };
    this.failures.set(release, found);
    return found;
  }

  was(...actions: Command[]): boolean {
    return this.commands.some(({ action }) => actions.includes(action));
  }

  isTold(id: string): boolean {
    return this.told.some((told) => told.release === id);
  }

  get hasLostLedger(): boolean {
    return (
      this.hasCorruptLedger ||
      this.acts.has('delete the ledger') ||
      this.acts.has('delete the ledger and ask for another')
    );
  }

  get hasCorruptLedger(): boolean {
    return this.acts.has('corrupt the ledger') || this.acts.has('corrupt the ledger and ask for another');
  }

  isNewer(release: string, request: Request): boolean {
    const other = this.requests.get(release);
    return other !== undefined && compareOrder(other.order, request.order) > 0;
  }

  /** How many newer ones had been taken in by then. */
  newerThan({ order }: Request, then: number): number {
    const all = [...this.requests.values()];
    return all.filter((r) => r.acceptedAt <= then && compareOrder(r.order, order) > 0).length;
  }

  /** Something else has been written under the name of its marker since. */
  wasReplaced(request: Request): boolean {
    const generations = this.#sim.artifacts.history.filter((o) => o.name === request.marker);
    const then = generations.find((o) => o.generation === request.generation);
    return generations.at(-1)?.checksum !== then?.checksum;
  }

  generation(request: Request): SimObject | undefined {
    return this.#sim.artifacts.history.find(
      (o) => o.name === request.marker && o.generation === request.generation,
    );
  }

  /** The generation that held the same first, if the ledger can know of it: something of that content was taken in. */
  firstOf(object: SimObject): SimObject | undefined {
    const same = this.same(object);
    const others = new Set(same.map((o) => o.generation).filter((g) => g !== object.generation));
    const isKnown = [...this.requests.values()].some(
      (r) => r.marker === object.name && others.has(r.generation),
    );
    return isKnown ? same[0] : undefined;
  }

  /** Its object is another generation of what was there before. */
  isRewritten(request: Request): boolean {
    const object = this.generation(request);
    return object !== undefined && this.same(object)[0] !== object;
  }

  /** The message tells of an artifact, and nothing in the ledger is of its making: it asks for nothing new. */
  hasAskedForNothing({ topic, push }: SimMessage, ledger: Ledger): boolean {
    if (topic !== 'artifacts') return false;
    const text = Buffer.from(push).toString();
    const told = this.#sim.artifacts.history.find((o) => text.includes(`"${o.generation}"`));
    if (told === undefined) return false;
    const { queue, release, outcomes } = ledger;
    const open = [...queue.map((r) => r.id), release?.request.id];
    for (const outcome of outcomes) if (!outcome.announced) open.push(outcome.release);
    // Intake looks at what is there by then.
    const current = this.#sim.artifacts.head(told.name) ?? told;
    return [told, current].every((object) => !open.includes(this.idOf(object, '')));
  }

  isSame(request: Request, object: SimObject): boolean {
    return this.generation(request)?.checksum === object.checksum;
  }

  /** Every generation that holds the same under the same name. */
  same(object: SimObject): SimObject[] {
    return this.#sim.artifacts.history.filter(
      (o) => o.name === object.name && o.checksum === object.checksum,
    );
  }

  idOf(object: SimObject, requestId: string): string {
    return releaseId(SERVICE, BUCKET, object.name, object.generation, requestId);
  }
}
