/**
 * One run of batches: the shipped handlers on virtual time, against simulated jobs, Cloud Storage and Pub/Sub. What the
 * releases do meanwhile is written into their ledger by the scenario.
 */
import { Redeliver, type App } from '../../../functions/app.ts';
import { parseConfig, type Config } from '../../../functions/config/config.ts';
import type { Log } from '../../../functions/log.ts';
import { batchIntake, batchTick } from '../../../functions/intake/lazy-batch.ts';
import { emptyLedger, formatLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { Agenda } from '../../../common/agenda.ts';
import { Chance, draw, placeOf } from '../../support/random.ts';
import { Calls } from '../calls.ts';
import type { Faults } from '../faults.ts';
import { newProcess, type Process } from '../process.ts';
import { PubSub, type Handlers, type SimMessage } from '../pubsub.ts';
import type { Scenario } from '../scenario.ts';
import { SimLedgers } from '../storage.ts';
import { SimFiles } from './files.ts';
import { SimJobs } from './jobs.ts';
import { worldOf } from './ports.ts';
import { liveOf, rowsOf } from './samples.ts';
import type { BatchInput, BatchScenario } from './scenario.ts';
import { BatchWatch } from './watch.ts';

const START = Date.UTC(2026, 0, 1);
const MINUTE = 60_000;
const TIME_LIMIT_MS = 540_000;
const SWEEP_MS = 15 * MINUTE;
const MS_MAX = 60 * 3_600_000;

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function ignore(): void {}

const configs = new Map<string, Config>();

function configOf(batch: BatchScenario): Config {
  const { ordered, onHold, maxConcurrent, maxErrorRate, hasSchedule, isPublished } = batch;
  const name = [ordered, onHold, maxConcurrent, maxErrorRate, hasSchedule, isPublished].join();
  const known = configs.get(name) ?? newConfig(batch);
  configs.set(name, known);
  return known;
}

function newConfig(batch: BatchScenario): Config {
  const schedule = batch.hasSchedule ? ', schedule: { every: 8h, input: gs://sim-in/daily.jsonl }' : '';
  const publish = batch.isPublished ? ', publish: { key: [n] }' : '';
  return parseConfig(`
project: sim-project
region: us-central1
state: sim-state
services:
  churn:
    artifacts: gs://sim-models/churn/*/model.onnx
    image: us-docker.pkg.dev/sim/predictor
    endpoint: churn
    batch: { inputs: "gs://sim-in/in/*.jsonl", outputs: gs://sim-out/, deadline: 6h, ordered: ${batch.ordered}, onHold: ${batch.onHold}, maxConcurrent: ${batch.maxConcurrent}, maxErrorRate: ${batch.maxErrorRate}${schedule}${publish} }
    interface: { request: { n: { type: integer }, x: { type: number, list: 2, optional: true } }, response: { y: { type: number } } }
`);
}

export class BatchSimulation {
  readonly agenda = new Agenda(START);
  readonly chance: Chance;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly batch: BatchScenario;
  readonly ledgers = new SimLedgers();
  readonly files = new SimFiles();
  readonly jobs: SimJobs;
  readonly pubsub: PubSub;
  readonly watch: BatchWatch;
  readonly lines: string[] | null;
  readonly calls: Calls;
  readonly lasting = { refusalOf: () => null, settledAt: 0 };
  readonly #config: Config;
  readonly #seed: number;
  readonly #handlers: Handlers;
  readonly #processes = new Set<Process>();
  #count = 0;

  constructor(setting: {
    seed: number;
    scenario: Scenario;
    batch: BatchScenario;
    faults: Faults;
    handlers: Handlers;
    trace: boolean;
  }) {
    const { seed, scenario, batch, faults, handlers, trace } = setting;
    this.#seed = seed;
    this.#handlers = handlers;
    this.chance = new Chance(seed);
    this.faults = faults;
    this.scenario = scenario;
    this.batch = batch;
    this.#config = configOf(batch);
    this.lines = trace ? [] : null;
    this.watch = new BatchWatch(this);
    this.jobs = new SimJobs(this.agenda, this.chance, this.files, batch, (job) => {
      this.log(`job ${job.name} of ${job.batch} is ${job.state}`);
      this.watch.job(job);
    });
    // What it needs of a run is the same; lasting troubles have no place here.
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    this.calls = new Calls(this as unknown as ConstructorParameters<typeof Calls>[0]);
    this.pubsub = new PubSub(this, (message) => this.#invoke(message));
  }

  async run(): Promise<void> {
    // What is loaded at its first use must not take time of its own.
    await Promise.all([batchIntake(), batchTick()]);
    this.files.put('sim-in', 'daily.jsonl', rowsOf(4, false), START);
    for (const input of this.batch.inputs)
      this.agenda.at(START + input.at, () => {
        this.log(`input ${JSON.stringify(input)}`);
        this.#happens(input);
      });
    this.#sweepAfter(SWEEP_MS, 0);
    while (this.watch.violation === null && this.agenda.step()) {
      for (let turn = 0; this.calls.running > 0; turn += 1) {
        if (turn > 20_000) throw new Error('a process waits for something outside the simulated world');
        await Promise.resolve();
      }
      if (this.since > MS_MAX) return this.watch.violate('L1', 'the batches do not come to rest');
    }
    if (this.watch.violation === null) this.watch.atRest();
  }

  get healedAt(): number {
    return START + this.scenario.healAt;
  }

  get since(): number {
    return this.agenda.now - START;
  }

  log(what: string): void {
    this.lines?.push(`${(this.since / 1000).toFixed(3)} ${what}`);
  }

  #happens(input: BatchInput): void {
    const { now } = this.agenda;
    if (input.do === 'land') {
      const file = this.files.put('sim-in', input.name, rowsOf(input.rows, input.isWrong), now);
      this.watch.landed(file, input.rows);
      const { name, generation } = file;
      const attributes = { eventType: 'OBJECT_FINALIZE', bucketId: 'sim-in', objectId: name };
      this.pubsub.publish('artifacts', {}, { ...attributes, objectGeneration: generation });
    } else if (input.do === 'ask') {
      const body = { service: 'churn', action: 'batch', input: `gs://sim-in/${input.name}` };
      this.pubsub.publish('requests', { ...body, requestId: input.requestId }, {});
    } else if (input.do === 'cancel') {
      this.pubsub.publish('requests', { service: 'churn', action: 'cancelBatch' }, {});
    } else {
      this.#release(input);
    }
  }

  /** What the engine of the releases would write. */
  #release(input: Exclude<BatchInput, { do: 'land' | 'ask' | 'cancel' }>): void {
    const { now } = this.agenda;
    const before = this.ledgers.read('churn')?.ledger ?? emptyLedger('churn', now);
    let after: Ledger = before;
    if (input.do === 'hold') after = { ...before, hold: { since: now, reason: '' } };
    else if (input.do === 'resume') {
      const { hold: _, ...rest } = before;
      after = rest;
    } else if (input.do === 'live' && input.version !== null) {
      after = { ...before, live: liveOf(input.version, input.from, now) };
      this.watch.isLive(input.version, input.from);
    }
    this.ledgers.put('churn', formatLedger(after), now);
    this.pubsub.publish('ticks', { service: 'churn', batch: true }, {});
  }

  /** Until three sweeps in a row have found nothing to do. */
  #sweepAfter(ms: number, idle: number): void {
    this.agenda.after(ms, () => {
      const last = this.batch.inputs.at(-1)?.at ?? 0;
      const isOver = this.since > Math.max(this.scenario.healAt, last) && this.watch.isQuiet();
      if (isOver && idle >= 3) return;
      this.pubsub.publish('ticks', { service: 'churn', batch: true, sweep: true }, {});
      this.#sweepAfter(SWEEP_MS, isOver ? idle + 1 : 0);
    });
  }

  #invoke(message: SimMessage): void {
    this.#count += 1;
    const process = newProcess(this.#count, message, this.faults.at('process', this.agenda.now));
    this.#processes.add(process);
    this.log(`process ${process.id} gets ${message.topic} ${message.id}, delivery ${message.attempts}`);
    this.agenda.after(TIME_LIMIT_MS, () => this.#cutOff(process));
    this.calls.running += 1;
    const { batch, ...world } = worldOf(this, process);
    const app: App = { config: this.#config, world, batch, log: SILENT };
    void this.#handlers[message.topic](message.push, app).then(
      () => this.#finish(process, null),
      (error: unknown) => this.#finish(process, error),
    );
  }

  #finish(process: Process, error: unknown): void {
    if (process.calling === null) this.calls.running -= 1;
    process.ended = true;
    this.#processes.delete(process);
    if (error !== null && !(error instanceof Redeliver))
      this.watch.violate('X1', `a handler threw ${error instanceof Error ? error.stack : 'something'}`);
    if (!process.answered) this.#answer(process, error === null);
  }

  #answer(process: Process, isAcknowledged: boolean): void {
    process.answered = true;
    this.agenda.after(20, () => {
      if (isAcknowledged) this.pubsub.acknowledge(process.message);
      else this.pubsub.refuse(process.message);
    });
  }

  #cutOff(process: Process): void {
    if (process.ended || process.dead) return;
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
    if (!process.answered) this.#answer(process, false);
  }

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
