/**
 * One run: the shipped handlers on virtual time, against simulated Vertex AI, Cloud Storage and Pub/Sub.
 * The agenda goes on only when no process has control (calls.ts). No timer and no macrotask takes part, so a seed is a
 * run, to the byte.
 */
import { Redeliver } from '../../functions/app.ts';
import type { Log } from '../../functions/log.ts';
import { Agenda } from '../../common/agenda.ts';
import { Calls } from './calls.ts';
import { Callers } from './callers.ts';
import { BUCKET, configFor, ENDPOINT, FOREIGN, SERVICE } from './config.ts';
import type { Faults } from './faults.ts';
import { landing, Operator } from './inputs.ts';
import { LastingTroubles } from './lasting.ts';
import { worldOf } from './ports.ts';
import { newProcess, type Process } from './process.ts';
import { PubSub, type Handlers, type SimMessage } from './pubsub.ts';
import { Chance, draw, placeOf } from '../support/random.ts';
import type { Scenario } from './scenario.ts';
import { replicasNow } from './scaled.ts';
import { SimArtifacts, SimLedgers } from './storage.ts';
import { SimVertex } from './vertex.ts';
import { Watch } from './watch.ts';

export const START = Date.UTC(2026, 0, 1);

/** Event-driven functions are cut off after 540 s: a nack, but not always an end of the process. */
const TIME_LIMIT_MS = 540_000;
/** A run that has not come to rest by then never will. */
const MS_MAX = 72 * 3_600_000;

/** Instances by requests at a time, as Terraform sets them; beyond that Cloud Run answers 429. */
const AT_ONCE_MAX = { artifacts: 80, requests: 80, ticks: 200 } as const;

export interface Setting {
  readonly seed: number;
  readonly scenario: Scenario;
  readonly faults: Faults;
  readonly handlers: Handlers;
  /** Keeps a line of everything that happens. */
  readonly trace?: boolean;
}

/** Lets those who have control go on to their next call. */
const TURN = Promise.resolve();

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function ignore(): void {}

export class Simulation {
  readonly agenda = new Agenda(START);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly vertex: SimVertex;
  readonly ledgers = new SimLedgers();
  readonly artifacts = new SimArtifacts();
  readonly pubsub: PubSub;
  readonly callers: Callers;
  readonly watch: Watch;
  readonly lines: string[] | null;
  readonly calls: Calls;
  readonly lasting: LastingTroubles;
  readonly #seed: number;
  readonly #handlers: Handlers;
  readonly #processes = new Set<Process>();
  #processCount = 0;

  constructor(setting: Setting) {
    this.#seed = setting.seed;
    this.#handlers = setting.handlers;
    this.chance = new Chance(setting.seed);
    this.faults = setting.faults;
    this.scenario = setting.scenario;
    this.lines = setting.trace === true ? [] : null;
    this.calls = new Calls(this);
    this.lasting = new LastingTroubles(this);
    this.watch = new Watch(this);
    this.vertex = new SimVertex({
      agenda: this.agenda,
      chance: this.chance,
      faults: this.faults,
      lasting: this.lasting,
      scenario: this.scenario,
      watch: this.watch,
      flawOf: (uri) => this.artifacts.head(`${uri.slice(`gs://${BUCKET}/`.length)}/model.onnx`)?.flaw ?? null,
    });
    this.callers = new Callers(
      this.chance,
      this.scenario.rollout?.perMinute ?? 0,
      (model, version) => this.vertex.models.versionOf(model, version)?.flaw ?? null,
    );
    this.pubsub = new PubSub(this, (message) => this.#invoke(message));
  }

  /** Runs to rest, or to the first violation. */
  async run(): Promise<void> {
    this.#furnish();
    const end = START + (this.scenario.longestMs ?? MS_MAX);
    while (this.watch.violation === null && this.agenda.step()) {
      for (let turn = 0; this.calls.running > 0; turn += 1) {
        if (turn > 10_000) throw new Error('a process waits for something outside the simulated world');
        await TURN;
      }
      this.watch.passed();
      if (this.agenda.now > end) {
        this.watch.violate('L1', 'the service does not come to rest');
        return;
      }
    }
    if (this.watch.violation === null) this.watch.atRest();
  }

  get hours(): number {
    return (this.agenda.now - START) / 3_600_000;
  }

  /** Since the beginning, in ms. */
  get since(): number {
    return this.agenda.now - START;
  }

  log(what: string): void {
    this.lines?.push(`${((this.agenda.now - START) / 1000).toFixed(3)} ${what}`);
  }

  #furnish(): void {
    const { scenario, vertex, agenda } = this;
    if (scenario.endpoint === 'there') vertex.endpoints.make(ENDPOINT.name, ENDPOINT.displayName, new Map());
    const endpoint = vertex.endpoint(ENDPOINT.name);
    if (endpoint !== undefined && scenario.foreign) {
      vertex.endpoints.interfere(endpoint, 'a foreign model is there', () => {
        endpoint.deployed.set(FOREIGN.id, { ...FOREIGN, state: 'ready' });
        if (scenario.foreignServes === true) endpoint.traffic = new Map([[FOREIGN.id, 100]]);
      });
    }
    const operator = new Operator(this);
    for (const input of scenario.inputs) {
      agenda.at(START + input.at, () => {
        this.log(`input ${JSON.stringify(input)}`);
        if (input.do === 'operate') operator.act(input.act);
        else if (input.do === 'rescale') operator.rescale(input.minReplicas);
        else landing(this, input);
      });
    }
    if (scenario.sweep !== null) this.#sweepAfter(scenario.sweep, 0, -1);
  }

  /** Sweeps until, with all faults over, two in a row have found nothing to change. */
  #sweepAfter(ms: number, idle: number, changes: number): void {
    this.agenda.after(ms, () => {
      const lastInput = this.scenario.inputs.at(-1)?.at ?? 0;
      const { healAt, restMs } = this.scenario;
      const scaledAt = this.scenario.scales?.at(-1)?.at ?? 0;
      const openUntil = this.scenario.openUntil ?? 0;
      const isOver = this.since > Math.max(healAt, lastInput, scaledAt, openUntil, this.lasting.settledAt);
      if (restMs !== undefined) {
        const isAtWork = this.vertex.operations.unfinished.some(({ endsAt }) => endsAt < Infinity);
        if (isOver && !isAtWork && this.watch.resting.forMs > restMs) return;
        this.pubsub.publish('ticks', { sweep: true }, {});
        this.#sweepAfter(ms, 0, 0);
        return;
      }
      const over = isOver && this.#isQuiet() && !this.#hasStandby() && !this.#isUnsettled();
      const found = this.watch.changes;
      const idleNow = over && found === changes ? idle + 1 : 0;
      if (idleNow >= 2) return;
      this.pubsub.publish('ticks', { sweep: true }, {});
      this.#sweepAfter(ms, idleNow, found);
    });
  }

  /** What is kept for a while is taken away by a sweep; two in a row may meet an outage. */
  #hasStandby(): boolean {
    const previous = this.ledgers.read(SERVICE)?.ledger?.previous;
    if (previous === undefined || previous.retired) return false;
    return this.agenda.now < previous.until + 3 * (this.scenario.sweep ?? 0);
  }

  /**
   * What could not be taken away, or looked at, is tried again by a sweep, after pauses that grow to hours; and a ledger
   * that cannot be read is mended some day.
   */
  #isUnsettled(): boolean {
    const stored = this.ledgers.read(SERVICE);
    if (stored === null) return false;
    const { ledger } = stored;
    if (ledger === null) return true;
    if (ledger.refusals?.some(({ asked }) => asked.startsWith('look ')) === true) return true;
    return 'leftovers' in ledger && /"kind":"(undeploy|giveBack)"/.test(JSON.stringify(ledger.leftovers));
  }

  #isQuiet(): boolean {
    return (
      this.calls.inFlight === 0 &&
      this.pubsub.waiting === 0 &&
      ![...this.#processes].some((p) => !p.dead && !p.ended) &&
      this.vertex.operations.unfinished.every(({ endsAt }) => endsAt === Infinity)
    );
  }

  // Processes

  #invoke(message: SimMessage): void {
    const sameTopic = [...this.#processes].filter((p) => p.message.topic === message.topic).length;
    if (sameTopic >= AT_ONCE_MAX[message.topic]) {
      this.agenda.after(20, () => this.pubsub.refuse(message));
      return;
    }
    this.#processCount += 1;
    const fault = this.faults.at('process', this.agenda.now);
    const process = newProcess(this.#processCount, message, fault);
    process.replicas = replicasNow(this);
    this.#processes.add(process);
    this.log(`process ${process.id} gets ${message.topic} ${message.id}, delivery ${message.attempts}`);
    this.agenda.after(TIME_LIMIT_MS, () => this.#cutOff(process));
    const config = configFor(this.scenario, process.otherBuild, this.since);
    this.calls.running += 1;
    const app = { config, world: worldOf(this, process), log: SILENT };
    void this.#handlers[message.topic](message.push, app).then(
      () => this.#finish(process, null),
      (error: unknown) => this.#finish(process, error),
    );
  }

  #finish(process: Process, error: unknown): void {
    // A handler that did not wait for its last call has no control to give back.
    if (process.calling === null) this.calls.running -= 1;
    process.ended = true;
    this.#processes.delete(process);
    if (error !== null && !(error instanceof Redeliver)) {
      this.watch.violate('X1', `a handler threw ${error instanceof Error ? error.stack : 'something'}`);
    }
    if (error === null) this.watch.acknowledged(process);
    if (process.answered) return;
    this.log(
      `process ${process.id} ${error === null ? 'acknowledges' : `asks again: ${(error as Error).message}`}`,
    );
    this.#answer(process, error === null);
  }

  #answer(process: Process, acknowledged: boolean): void {
    process.answered = true;
    this.agenda.after(20, () => {
      if (acknowledged) this.pubsub.acknowledge(process.message);
      else this.pubsub.refuse(process.message);
    });
  }

  #cutOff(process: Process): void {
    if (process.ended || process.dead) return;
    this.log(`process ${process.id} is cut off${process.survives ? ' and lives on' : ''}`);
    if (!process.answered) this.#answer(process, false);
    if (!process.survives) this.#kill(process);
  }

  #kill(process: Process): void {
    process.dead = true;
    this.#processes.delete(process);
  }

  crash(process: Process): void {
    if (process.dead) return;
    this.log(`process ${process.id} crashes`);
    this.#kill(process);
    this.watch.crashed();
    if (!process.answered) this.#answer(process, false);
  }

  /** The process that has the lease by that name, while it lives. */
  processOf(holder: string): Process | undefined {
    for (const process of this.#processes) if (process.holder === holder) return process;
    return undefined;
  }

  // What a process can do

  call<T>(process: Process, method: string, effect: (ago: number) => T): Promise<T> {
    return this.calls.make(process, method, effect);
  }

  sleep(process: Process, ms: number): Promise<void> {
    return this.calls.sleep(process, ms);
  }

  clock(process: Process): number {
    return Math.round(this.agenda.now) + process.skew;
  }

  random(process: Process): number {
    process.random += 1;
    return draw(this.#seed, placeOf('process') + process.id, process.random);
  }
}
