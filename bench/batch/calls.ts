/**
 * What a batch costs in calls of Google, and how late its end is noticed: the engine's own handlers work through the
 * official clients against the emulator, in virtual time. Pub/Sub's part and Cloud Scheduler's are played here.
 */
import { Storage } from '@google-cloud/storage';
import { startEmulator, type Emulator } from '../../emulator/server.ts';
import type { Container, ContainerRuntime, HttpAnswer } from '../../emulator/vertex/container.ts';
import { Redeliver, type App } from '../../functions/app.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { googleWorld } from '../../functions/google/world.ts';
import type { Log } from '../../functions/log.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { batchIntake, batchTick } from '../../functions/intake/lazy-batch.ts';
import type { BatchWorld } from '../../functions/batch-world.ts';
import type { Bus } from '../../functions/world.ts';
import { Meter } from '../release/meter.ts';
import { VirtualTime } from '../release/virtual-time.ts';
import { Wire } from '../release/wire.ts';
import { objectOf } from '../../common/artifact/uri.ts';

export interface BatchCalls {
  /** How long the job took, and from its end to the message that tells it. */
  readonly minutes: number;
  readonly lateSeconds: number;
  /** From the event of the object to that message, by port and method; what it took on the wire. */
  readonly calls: number;
  /** Those of them that the sweeps of this time make without a job as well. */
  readonly callsAtRest: number;
  readonly byMethod: Readonly<Record<string, number>>;
  readonly requests: number;
}

const MINUTE = 60_000;
/** Of Cloud Scheduler (terraform/modules/slipway/scheduler.tf). */
const SWEEP_MS = 15 * MINUTE;
const DELIVERY_MS = 50;
const MODEL = 'gs://bench-models/churn/v1/model.onnx';

const CONFIG = parseConfig(`
project: bench-project
region: us-central1
state: bench-state
services:
  churn:
    artifacts: gs://bench-models/churn/*/model.onnx
    image: us-docker.pkg.dev/bench/predictor
    endpoint: churn
    batch: { inputs: "gs://bench-in/*.jsonl", outputs: gs://bench-out/ }
`);

/**
 * One batch after the other, each of a job that takes so many minutes. `landsAfter`: minutes between a sweep and the
 * landing of an input, for each in turn.
 */
export async function measureCalls(
  jobMinutes: number,
  landsAfter: readonly number[],
  rows = 1_000,
): Promise<readonly BatchCalls[]> {
  const time = new VirtualTime();
  const operations = { upload: 1, deploy: 1, batchStart: jobMinutes * 60 };
  const emulator = await startEmulator({ clock: time, operations, runtime: new Doubling() });
  const wire = new Wire();
  try {
    return await new Batches(time, emulator, wire).run(landsAfter, rows);
  } finally {
    wire.close();
    await emulator.close();
  }
}

class Batches {
  readonly #time: VirtualTime;
  readonly #emulator: Emulator;
  readonly #wire: Wire;
  readonly #meter: Meter;
  readonly #storage: Storage;
  readonly #app: App;
  readonly #events: { result: string; job?: string; at: number }[] = [];
  #sweeps = 0;
  #waiting = 0;
  #isOver = false;

  constructor(time: VirtualTime, emulator: Emulator, wire: Wire) {
    this.#time = time;
    this.#emulator = emulator;
    this.#wire = wire;
    this.#meter = new Meter(() => time.now());
    this.#storage = new Storage({ projectId: CONFIG.project, apiEndpoint: emulator.url });
    const env = { STORAGE_EMULATOR_HOST: emulator.url, VERTEX_EMULATOR_HOST: new URL(emulator.url).host };
    this.#app = this.#appOn(googleWorld(CONFIG, env));
  }

  async run(landsAfter: readonly number[], rows: number): Promise<readonly BatchCalls[]> {
    await Promise.all([batchIntake(), batchTick()]);
    for (const bucket of ['bench-models', 'bench-in', 'bench-out', CONFIG.stateBucket])
      this.#emulator.store.createBucket(bucket, {}, CONFIG.project);
    const lines = Array.from({ length: rows }, (_, n) => `[${n}]\n`).join('');
    await this.#land(MODEL, 'model 1');
    await this.#until(() => this.#events.length === 1);
    this.#sweep();
    const measured: BatchCalls[] = [];
    for (const minutes of landsAfter) {
      await this.#until(() => this.#time.now() % SWEEP_MS === 0);
      this.#meter.reset();
      await this.#after(minutes * MINUTE);
      const aSweep = this.#meter.calls;
      this.#sweeps = 0;
      this.#meter.reset();
      this.#wire.reset();
      const told = this.#events.length;
      await this.#land(`gs://bench-in/${told}.jsonl`, lines);
      await this.#until(() => this.#events.length > told);
      measured.push({ ...this.#measured(), callsAtRest: this.#sweeps * aSweep });
      // What follows it of its own accord.
      await this.#after(SWEEP_MS);
    }
    this.#isOver = true;
    await this.#until(() => this.#waiting === 0);
    return measured;
  }

  #measured(): Omit<BatchCalls, 'callsAtRest'> {
    const { at = 0, result, job = '' } = this.#events.at(-1) ?? {};
    if (result !== 'Succeeded') throw new Error(`expected success, got ${result}`);
    const { createTime, endTime } = this.#emulator.vertex.batchJobs.get(job);
    const ended = typeof endTime === 'string' ? Date.parse(endTime) : Number.NaN;
    return {
      minutes: (ended - Date.parse(createTime)) / MINUTE,
      lateSeconds: Math.round((at - ended) / 100) / 10,
      calls: this.#meter.calls,
      byMethod: Object.fromEntries(this.#meter.byMethod),
      requests: this.#wire.requests,
    };
  }

  #appOn(google: BatchWorld): App {
    const bus: Bus = {
      publish: (topic, data) => {
        if (topic === 'ticks') this.#deliver(data, 1);
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion
        else this.#events.push({ ...(data as { result: string; job?: string }), at: this.#time.now() });
        return Promise.resolve();
      },
    };
    const meter = this.#meter;
    return {
      config: CONFIG,
      log: SILENT,
      world: {
        ...google,
        vertex: meter.count(google.vertex, 'vertex'),
        ledgers: meter.count(google.ledgers, 'ledgers'),
        artifacts: meter.count(google.artifacts, 'artifacts'),
        bus: meter.count(bus, 'bus'),
        clock: this.#time,
      },
      batch: {
        jobs: meter.count(google.batch.jobs, 'jobs'),
        files: meter.count(google.batch.files, 'files'),
        workspace: google.batch.workspace,
      },
    };
  }

  async #land(uri: string, text: string): Promise<void> {
    const { bucket, name } = objectOf(uri);
    await this.#storage.bucket(bucket).file(name).save(text, { resumable: false });
    const attributes = { eventType: 'OBJECT_FINALIZE', bucketId: bucket, objectId: name };
    void this.#time.run(() => handleArtifact(this.#push({ attributes }), this.#app));
  }

  #sweep(): void {
    if (this.#isOver) return;
    const now = this.#time.now();
    this.#time.schedule(SWEEP_MS - (now % SWEEP_MS), () => {
      this.#sweeps += 1;
      this.#deliver({ service: 'churn', batch: true, sweep: true }, 1);
      this.#sweep();
    });
  }

  #deliver(data: unknown, attempt: number): void {
    this.#waiting += 1;
    const push = this.#push({ data: Buffer.from(JSON.stringify(data)).toString('base64') });
    this.#time.schedule(attempt === 1 ? DELIVERY_MS : 10_000, () => {
      void this.#time.run(async () => {
        try {
          await handleTick(push, this.#app);
        } catch (error) {
          if (!(error instanceof Redeliver)) throw error;
          this.#deliver(data, attempt + 1);
        }
        this.#waiting -= 1;
      });
    });
  }

  /** The body of a push, as Pub/Sub sends it. */
  #push(message: object): Uint8Array {
    const publishTime = new Date(this.#time.now()).toISOString();
    const subscription = 'projects/bench-project/subscriptions/bench';
    return Buffer.from(
      JSON.stringify({ message: { messageId: '1', publishTime, ...message }, subscription }),
    );
  }

  async #after(ms: number): Promise<void> {
    const at = this.#time.now() + ms;
    this.#time.schedule(ms, () => {});
    await this.#until(() => this.#time.now() >= at);
  }

  #until(isOver: () => boolean): Promise<void> {
    return this.#time.passUntil(isOver);
  }
}

/** A model server that is up at once, and doubles the number of each row. */
class Doubling implements ContainerRuntime {
  has(): boolean {
    return true;
  }

  start(): Promise<Container> {
    return Promise.resolve({
      exited: new Promise<string>(() => {}),
      request: ({ body }) => Promise.resolve(answer(body)),
      stop: () => Promise.resolve(),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function answer(body: Buffer | undefined): HttpAnswer {
  const { instances = [] }: { instances?: number[][] } =
    body === undefined || body.length === 0 ? {} : JSON.parse(body.toString());
  const predictions = instances.map(([n = 0]) => 2 * n);
  return { status: 200, contentType: 'application/json', body: Buffer.from(JSON.stringify({ predictions })) };
}

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function ignore(): void {}
