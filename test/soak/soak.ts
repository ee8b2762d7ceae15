/**
 * One soak: the world is started, disturbed for a time that is set, left in peace until it rests, asked for one more
 * release of each service, and its facts are handed over. Every wait has a bound.
 */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { startCallers, type Callers } from './callers.ts';
import { Crew, type Pace } from './crew.ts';
import type { Facts, Landing, Loss } from './facts.ts';
import { family } from './processes.ts';
import { serviceNames, type Budgets } from './services.ts';
import { endOf, endpointOf, endpointUrl, ledgerText, messagesUnderWay } from './view.ts';
import { startWorld, type World } from './world.ts';

export interface SoakOptions {
  readonly seed: number;
  /** How long it is disturbed. */
  readonly forMs: number;
  readonly services: number;
  /** Predictions a second, of all services together. */
  readonly perSecond: number;
  readonly pace: Pace;
  readonly budgets?: Budgets;
  readonly onLine?: (line: string) => void;
}

/** Callers of each service. */
const CALLERS = 4;

const FIRST_RELEASE_MS = 120_000;
/** A hanging operation, a release up to its deadline, a lease that runs out, and a burst may have to pass first. */
const REST_MS = 900_000;
const LAST_RELEASE_MS = 300_000;

export class Soak {
  readonly world: World;
  readonly crew: Crew;
  readonly #options: SoakOptions;
  readonly #callers = new Map<string, Callers>();
  readonly #ledgerBytes = new Map<string, number>();
  readonly #lastWords: Landing[] = [];
  #disturbedUntil = 0;
  #lossNotedAt = 0;
  #slowNotedAt = 0;
  /** In ms, how long it took until all was at rest after the disturbances. */
  settledAfterMs = 0;

  static async start(options: SoakOptions): Promise<Soak> {
    const services = serviceNames(options.services);
    return new Soak(options, await startWorld({ ...options, services }));
  }

  private constructor(options: SoakOptions, world: World) {
    this.#options = options;
    this.world = world;
    this.crew = new Crew(world);
  }

  /** Rejects when the first releases do not go live, or when the signal comes before the end. */
  async run(signal: AbortSignal): Promise<Facts> {
    await this.#begin(signal);
    await this.#disturb(signal);
    const calmAt = Date.now();
    await this.#rest(REST_MS, signal);
    this.settledAfterMs = Date.now() - calmAt;
    await this.#lastWord(signal);
    for (const callers of this.#callers.values()) await callers.stop();
    return this.facts();
  }

  /** What is known now. */
  facts(): Facts {
    const { world, crew } = this;
    return {
      seed: world.seed,
      startedAt: world.startedAt,
      disturbedUntil: this.#disturbedUntil,
      predictions: new Map([...this.#callers].map(([name, { predictions }]) => [name, predictions])),
      landings: crew.trainers.landings,
      intakes: world.lines.intakes,
      told: world.events.told,
      losses: [...this.#callers.values()].flatMap(({ losses }) => losses),
      disturbances: world.disturbances,
      outages: crew.kills.outages,
      errorLines: world.lines.errors,
      memory: world.family.memory,
      ends: world.services.map((name) => endOf(world, name, this.#ledgerBytes.get(name) ?? 0)),
      lastWords: this.#lastWords,
    };
  }

  get callers(): ReadonlyMap<string, Callers> {
    return this.#callers;
  }

  /** Ends every process. Returns those that are still there after that. */
  async close(): Promise<string[]> {
    this.crew.kills.thaw();
    await this.world.family.look().catch(() => {});
    await this.world.close();
    await Promise.all([...this.#callers.values()].map((callers) => callers.stop()));
    return this.world.family.left(10_000);
  }

  async #begin(signal: AbortSignal): Promise<void> {
    const { world, crew } = this;
    const firsts = world.services.map((name) => crew.trainers.land(name, 'good'));
    await this.#until(() => firsts.every((landing) => this.#isTold(landing)), FIRST_RELEASE_MS, signal);
    const dead = firsts.filter((landing) => !this.#isLive(landing));
    if (dead.length > 0)
      throw new Error(`no first release: ${dead.map((one) => this.#endOf(one)).join('; ')}`);
    for (const [i, service] of world.services.entries()) {
      const callers = startCallers({
        service,
        endpoint: endpointUrl(world, service),
        callers: CALLERS,
        perSecond: this.#options.perSecond / world.services.length,
        seed: world.seed + i,
        onSlow: (tookMs) => this.#noteSlow(service, tookMs),
        onLoss: (loss) => this.#noteLoss(loss),
      });
      this.#callers.set(service, callers);
    }
  }

  async #disturb(signal: AbortSignal): Promise<void> {
    const over = AbortSignal.any([signal, AbortSignal.timeout(this.#options.forMs)]);
    const measuring = this.#measureLedgers(over);
    await this.crew.work(this.#options.pace, over);
    await measuring;
    signal.throwIfAborted();
    this.#disturbedUntil = Date.now();
    this.crew.calm();
    this.world.journal.note('the disturbances are over');
  }

  async #lastWord(signal: AbortSignal): Promise<void> {
    for (const name of this.world.services) this.#lastWords.push(this.crew.trainers.land(name, 'good'));
    await this.#until(() => this.#lastWords.every((one) => this.#isTold(one)), LAST_RELEASE_MS, signal);
    await this.#rest(LAST_RELEASE_MS, signal);
  }

  /** Returns at the bound, too: the invariants say then what is left to do. */
  async #rest(withinMs: number, signal: AbortSignal): Promise<void> {
    const { world } = this;
    const isAtRest = () =>
      messagesUnderWay(world) === 0 && world.services.every((name) => endOf(world, name, 0).busy === null);
    await this.#until(isAtRest, withinMs, signal);
  }

  async #until(isSo: () => boolean, withinMs: number, signal: AbortSignal): Promise<void> {
    const until = Date.now() + withinMs;
    while (!isSo() && Date.now() < until) await sleep(200, undefined, { signal });
  }

  /** One of ten seconds, with what the machine was busy with, and the last words of the model's server. */
  #noteSlow(service: string, tookMs: number): void {
    if (Date.now() - this.#slowNotedAt < 10_000) return;
    this.#slowNotedAt = Date.now();
    const load = loadavg().map((one) => one.toFixed(1));
    this.world.journal.note(`${service}: an answer took ${tookMs} ms (load ${load.join(', ')})`);
    for (const [id] of endpointOf(this.world, service)?.trafficSplit ?? []) {
      for (const { text } of this.world.stack.emulator.vertex.logsOf(id).slice(-5))
        this.world.journal.detail(`${service}: ${id}: ${text}`);
    }
    void this.#detailProcesses();
  }

  async #detailProcesses(): Promise<void> {
    for (const { pid, mb, time, command } of await family().catch(() => []))
      this.world.journal.detail(`process ${pid}: ${time}, ${Math.round(mb)} MB, ${command.slice(-120)}`);
  }

  /** One of a second: a killed predictor loses many. */
  #noteLoss({ service, at, error }: Loss): void {
    const text = `${service}: prediction lost: ${error}`;
    if (at - this.#lossNotedAt < 1_000) return this.world.journal.detail(text, at);
    this.#lossNotedAt = at;
    this.world.journal.note(text, at);
  }

  #endOf({ service, release }: Landing): string {
    const told = this.world.events.told.find((one) => one.release === release);
    return `${service}: ${told === undefined ? 'no outcome' : `${told.result} ${told.code} ${told.detail}`}`;
  }

  #isTold({ release }: Landing): boolean {
    return this.world.events.told.some((told) => told.release === release);
  }

  #isLive({ release }: Landing): boolean {
    return this.world.events.told.some((told) => told.release === release && told.result === 'Live');
  }

  async #measureLedgers(over: AbortSignal): Promise<void> {
    while (!over.aborted) {
      for (const name of this.world.services) {
        const bytes = ledgerText(this.world, name)?.length ?? 0;
        this.#ledgerBytes.set(name, Math.max(bytes, this.#ledgerBytes.get(name) ?? 0));
      }
      await sleep(1_000, undefined, { signal: over }).catch(() => {});
    }
  }
}
