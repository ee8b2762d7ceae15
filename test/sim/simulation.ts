/**
 * One run: the shipped handlers on virtual time, against simulated Vertex AI, Cloud Storage and Pub/Sub.
 *
 * A call is three instants: the request leaves, its effect lands, its reply arrives. Between a reply and its next
 * call a process has control, and time stands still: `#running` counts those who have it, and the agenda goes on only
 * when nobody has. No timer and no macrotask takes part, so a seed is a run, to the byte.
 */
import { Redeliver } from '../../functions/app.ts';
import { CallError } from '../../functions/errors.ts';
import type { Log } from '../../functions/log.ts';
import type { Endpoint } from '../../functions/world.ts';
import { Agenda } from './agenda.ts';
import { Callers } from './callers.ts';
import { BUCKET, configFor, ENDPOINT, FOREIGN, SERVICE } from './config.ts';
import type { Fault, Faults } from './faults.ts';
import { landing, Operator } from './inputs.ts';
import { worldOf } from './ports.ts';
import { PubSub, type Handlers, type SimMessage } from './pubsub.ts';
import { Chance, draw, placeOf } from './random.ts';
import type { Scenario } from './scenario.ts';
import { SimArtifacts, SimLedgers, type StoredLedger } from './storage.ts';
import { SimVertex } from './vertex.ts';
import { Watch } from './watch.ts';

export const START = Date.UTC(2026, 0, 1);

/** Event-driven functions are cut off after 540 s: a nack, but not always an end of the process. */
const TIME_LIMIT_MS = 540_000;
const CALL_TIMEOUT_MS = 60_000;
/** A run that has not come to rest by then never will. */
const LONGEST_MS = 72 * 3_600_000;

/** One invocation of a function. */
export interface Process {
  readonly id: number;
  readonly message: SimMessage;
  readonly skew: number;
  readonly otherBuild: boolean;
  dead: boolean;
  ended: boolean;
  /** It was frozen, and is not killed at its time limit. */
  survives: boolean;
  /** The delivery has been answered, by the handler or for it. */
  answered: boolean;
  calling: string | null;
  calls: number;
  random: number;
  /** What it knows: the ledger and the endpoint as it last saw them. */
  ledger: StoredLedger | null;
  endpoint: Endpoint | null;
  epoch: number;
  /** The name under which it has taken the lease. */
  holder: string | null;
  /** A tick of its own was accepted by the broker. */
  ticked: boolean;
}

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
  readonly calls = new Map<string, number>();
  readonly #seed: number;
  readonly #handlers: Handlers;
  readonly #processes = new Set<Process>();
  #processCount = 0;
  #running = 0;
  /** Effects that have not landed yet. */
  #inFlight = 0;

  constructor(setting: Setting) {
    this.#seed = setting.seed;
    this.#handlers = setting.handlers;
    this.chance = new Chance(setting.seed);
    this.faults = setting.faults;
    this.scenario = setting.scenario;
    this.lines = setting.trace === true ? [] : null;
    this.watch = new Watch(this);
    this.vertex = new SimVertex({
      agenda: this.agenda,
      chance: this.chance,
      faults: this.faults,
      scenario: this.scenario,
      watch: this.watch,
      flawOf: (uri) => this.artifacts.head(`${uri.slice(`gs://${BUCKET}/`.length)}/model.onnx`)?.flaw ?? null,
    });
    this.callers = new Callers(
      this.chance,
      this.scenario.rollout?.perMinute ?? 0,
      (model, version) =>
        this.vertex.models.get(model)?.versions.find((v) => v.version === version)?.flaw ?? null,
    );
    this.pubsub = new PubSub(this, (message) => this.#invoke(message));
  }

  /** Runs to rest, or to the first violation. */
  async run(): Promise<void> {
    this.#furnish();
    const end = START + LONGEST_MS;
    while (this.watch.violation === null && this.agenda.step()) {
      for (let turn = 0; this.#running > 0; turn += 1) {
        if (turn > 10_000) throw new Error('a process waits for something outside the simulated world');
        await TURN;
      }
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

  get callCount(): number {
    let sum = 0;
    for (const [method, count] of this.calls) if (method !== 'vertex.predict') sum += count;
    return sum;
  }

  log(what: string): void {
    this.lines?.push(`${((this.agenda.now - START) / 1000).toFixed(3)} ${what}`);
  }

  #furnish(): void {
    const { scenario, vertex, agenda } = this;
    if (scenario.endpoint === 'there') vertex.makeEndpoint(ENDPOINT.name, ENDPOINT.displayName, new Map());
    const endpoint = vertex.endpoints.get(ENDPOINT.name);
    if (endpoint !== undefined && scenario.foreign) {
      vertex.interfere(endpoint, 'a foreign model is there', () => {
        endpoint.deployed.set(FOREIGN.id, { ...FOREIGN, state: 'ready' });
      });
    }
    const operator = new Operator(this);
    for (const input of scenario.inputs) {
      agenda.at(START + input.at, () => {
        this.log(`input ${JSON.stringify(input)}`);
        if (input.do === 'operate') operator.act(input.act);
        else landing(this, input);
      });
    }
    if (scenario.sweep !== null) this.#sweepAfter(scenario.sweep, 0, -1);
  }

  /** Sweeps until, with all faults over, two in a row have found nothing to change. */
  #sweepAfter(ms: number, idle: number, changes: number): void {
    this.agenda.after(ms, () => {
      const lastInput = this.scenario.inputs.at(-1)?.at ?? 0;
      const isOver = this.agenda.now > START + Math.max(this.scenario.healAt, lastInput);
      const over = isOver && this.#isQuiet() && !this.#hasStandby();
      const found = this.watch.changes;
      const idleNow = over && found === changes ? idle + 1 : 0;
      if (idleNow >= 2) return;
      this.pubsub.publish('ticks', { sweep: true }, {});
      this.#sweepAfter(ms, idleNow, found);
    });
  }

  /** What is kept for a while is taken away by a sweep. */
  #hasStandby(): boolean {
    const previous = this.ledgers.read(SERVICE)?.ledger?.previous;
    return previous !== undefined && !previous.retired && this.agenda.now < previous.until + 600_000;
  }

  #isQuiet(): boolean {
    return (
      this.#inFlight === 0 &&
      this.pubsub.waiting === 0 &&
      ![...this.#processes].some((p) => !p.dead && !p.ended) &&
      this.vertex.unfinished.length === 0
    );
  }

  // Processes

  #invoke(message: SimMessage): void {
    this.#processCount += 1;
    const fault = this.faults.at('process', this.agenda.now);
    const process: Process = {
      id: this.#processCount,
      message,
      skew: fault?.is === 'skew' ? fault.ms : 0,
      otherBuild: fault?.is === 'build',
      dead: false,
      ended: false,
      survives: false,
      answered: false,
      calling: null,
      calls: 0,
      random: 0,
      ledger: null,
      endpoint: null,
      epoch: 0,
      holder: null,
      ticked: false,
    };
    this.#processes.add(process);
    this.log(`process ${process.id} gets ${message.topic} ${message.id}, delivery ${message.attempts}`);
    this.agenda.after(TIME_LIMIT_MS, () => this.#cutOff(process));
    const config = configFor(this.scenario, process.otherBuild);
    this.#running += 1;
    const app = { config, world: worldOf(this, process), log: SILENT };
    void this.#handlers[message.topic](message.event, app).then(
      () => this.#finish(process, null),
      (error: unknown) => this.#finish(process, error),
    );
  }

  #finish(process: Process, error: unknown): void {
    // A handler that did not wait for its last call has no control to give back.
    if (process.calling === null) this.#running -= 1;
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

  #crash(process: Process): void {
    if (process.dead) return;
    this.log(`process ${process.id} crashes`);
    this.#kill(process);
    if (!process.answered) this.#answer(process, false);
  }

  // Calls

  /** `effect` makes the effect and returns the reply, or throws a CallError; `ago`: how stale a read may be. */
  call<T>(process: Process, method: string, effect: (ago: number) => T): Promise<T> {
    this.calls.set(method, (this.calls.get(method) ?? 0) + 1);
    if (method !== 'vertex.predict') process.calls += 1;
    this.watch.calls(process);
    this.#leave(process, method);
    const fault = this.#outage(method) ?? this.faults.at(method, this.agenda.now);
    if (fault !== null) this.log(`fault at ${method}: ${JSON.stringify(fault)}`);
    return new Promise<T>((resolve, reject) => {
      const request = this.chance.between(method, 5, 80);
      const reply = this.chance.between(method, 5, 80);
      const fail = (error: unknown) => this.#resume(process, method, () => reject(error));
      const land = (ago: number): (() => void) => {
        const outcome = this.#attempt(process, method, effect, ago);
        return () =>
          this.#resume(process, method, () => (outcome.ok ? resolve(outcome.value) : reject(outcome.error)));
      };
      this.#play(process, method, fault, { request, reply, land, fail });
    });
  }

  #outage(method: string): Fault | null {
    const since = this.agenda.now - START;
    const isOut = this.scenario.outages.some(
      ({ of, from, ms }) => since >= from && since < from + ms && method.startsWith(`${of}.`),
    );
    return isOut ? { is: 'error', status: 'UNAVAILABLE' } : null;
  }

  #play(
    process: Process,
    method: string,
    fault: Fault | null,
    call: {
      request: number;
      reply: number;
      land: (ago: number) => () => void;
      fail: (error: unknown) => void;
    },
  ): void {
    const { agenda } = this;
    const { request, reply, land, fail } = call;
    const landIn = (ms: number, then: (arrive: () => void) => void, ago = 0) => {
      this.#inFlight += 1;
      agenda.after(ms, () => {
        this.#inFlight -= 1;
        if (this.watch.violation === null) then(land(ago));
      });
    };
    const failIn = (ms: number, status: CallError['status']) =>
      agenda.after(ms, () => fail(new CallError(method, status, 'injected')));
    switch (fault?.is) {
      case 'error':
        this.watch.refusedByFault(process, method, fault.status);
        failIn(request + reply, fault.status);
        return;
      case 'lost':
        landIn(request, ignore);
        failIn(fault.status === 'DEADLINE_EXCEEDED' ? CALL_TIMEOUT_MS : request + reply + 200, fault.status);
        return;
      case 'crashBefore':
        agenda.after(request, () => this.#crash(process));
        return;
      case 'crashAfter':
        landIn(request, () => this.#crash(process));
        return;
      case 'late':
        process.survives = true;
        landIn(fault.ms, ignore);
        failIn(CALL_TIMEOUT_MS, 'DEADLINE_EXCEEDED');
        return;
      case 'freeze':
        process.survives = true;
        landIn(request, (arrive) => agenda.after(fault.ms, arrive));
        return;
      case 'stall':
        process.survives = true;
        landIn(fault.ms, (arrive) => agenda.after(reply, arrive));
        return;
      default:
        landIn(request, (arrive) => agenda.after(reply, arrive), fault?.is === 'stale' ? fault.ms : 0);
    }
  }

  #attempt<T>(
    process: Process,
    method: string,
    effect: (ago: number) => T,
    ago: number,
  ): { ok: true; value: T } | { ok: false; error: unknown } {
    try {
      const value = effect(ago);
      if (this.lines !== null) this.log(`process ${process.id} ${method} -> ${describe(value)}`);
      return { ok: true, value };
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      this.log(`process ${process.id} ${method} -> ${error.status} ${error.message}`);
      return { ok: false, error };
    }
  }

  sleep(process: Process, ms: number): Promise<void> {
    this.#leave(process, 'clock.sleep');
    return new Promise((resolve) => {
      this.agenda.after(Math.max(0, ms), () => this.#resume(process, 'clock.sleep', resolve));
    });
  }

  #leave(process: Process, method: string): void {
    if (process.calling !== null) throw new Error(`${method} while waiting for ${process.calling}`);
    process.calling = method;
    this.#running -= 1;
  }

  #resume(process: Process, method: string, go: () => void): void {
    if (process.dead || process.ended) return;
    if (process.calling !== method)
      throw new Error(`a reply to ${method} for a process at ${process.calling}`);
    process.calling = null;
    this.#running += 1;
    go();
  }

  clock(process: Process): number {
    return Math.round(this.agenda.now) + process.skew;
  }

  random(process: Process): number {
    process.random += 1;
    return draw(this.#seed, placeOf('process') + process.id, process.random);
  }
}

/** What is worth reading of a reply. */
function describe(value: unknown): string {
  if (value === undefined) return 'ok';
  const text = JSON.stringify(value, (_, v: unknown) => (v instanceof Map ? Object.fromEntries(v) : v));
  return text.length > 600 ? `${text.slice(0, 600)}…` : text;
}
