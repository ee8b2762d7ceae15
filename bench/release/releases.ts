/**
 * One row: as many services as are wanted, each of which gets an artifact at the same moment. The engine's own
 * handlers work through the official clients against the emulator, in virtual time; Pub/Sub's part, the delivery of
 * messages, is played here.
 */
import { Storage } from '@google-cloud/storage';
import { startEmulator, type Emulator } from '../../emulator/server.ts';
import type { Container, ContainerRuntime } from '../../emulator/vertex/container.ts';
import { Redeliver, type App } from '../../functions/app.ts';
import { parseConfig, type Config } from '../../functions/config/config.ts';
import { lazyClients } from '../../functions/google/clients.ts';
import { paced, shareOf } from '../../functions/google/pace.ts';
import { vertexAi } from '../../functions/google/vertex.ts';
import { googleWorld } from '../../functions/google/world.ts';
import type { Log } from '../../functions/log.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { endpointId, LABELS } from '../../functions/release/ids.ts';
import type { Bus, Vertex } from '../../functions/world.ts';
import { Meter } from './meter.ts';
import { Wire } from './wire.ts';
import { VirtualTime } from './virtual-time.ts';

export interface Row {
  readonly services: number;
  /** Which release of each service: the first one makes nothing room, later ones undeploy their predecessor. */
  readonly wave: number;
  readonly releases: number;
  /** Event received to Live, over the time of the upload and the deployment; the mean of all releases. */
  readonly overhead: number;
  readonly slowestMinutes: number;
  /** Calls of the engine's ports, and the requests that they made on the wire, retries included. */
  readonly callsPerRelease: number;
  readonly requestsPerRelease: number;
  /** Of Vertex AI in the busiest minute: all calls, and those that submit an operation. */
  readonly busiestMinute: { readonly calls: number; readonly submissions: number };
  readonly peakRssMb: number;
}

const SECONDS = { upload: 60, deploy: 600, undeploy: 120 };
const DELIVERY_MS = 50;
/** Instances times concurrency of onTick (terraform/modules/slipway/functions.tf): a delivery beyond that is refused by Cloud Run. */
const AT_WORK_MAX = 200;
const IMAGE = 'us-docker.pkg.dev/bench/predictor';

/** One row for each wave: so many releases of each service, one after the other. */
export async function measure(services: number, waves = 1): Promise<readonly Row[]> {
  const time = new VirtualTime();
  const emulator = await startEmulator({ clock: time, operations: SECONDS, runtime: new AlwaysHealthy() });
  const wire = new Wire();
  try {
    return await release({ services, waves }, time, emulator, wire);
  } finally {
    wire.close();
    await emulator.close();
  }
}

async function release(
  { services, waves }: { services: number; waves: number },
  time: VirtualTime,
  emulator: Emulator,
  wire: Wire,
): Promise<readonly Row[]> {
  const config = configOf(services);
  const env = { STORAGE_EMULATOR_HOST: emulator.url, VERTEX_EMULATOR_HOST: new URL(emulator.url).host };
  const google = googleWorld(config, env);
  // Without the pace, which keeps real time.
  const vertex = vertexAi(lazyClients(config, env), config);
  await furnish(config, vertex, time, emulator);
  const storage = new Storage({ projectId: config.project, apiEndpoint: emulator.url });

  const meter = new Meter(() => time.now());
  let liveAt: number[] = [];
  let waiting = 0;
  let working = 0;
  const bus: Bus = {
    publish: (topic, data) => {
      if (topic === 'ticks') deliver(data, 1);
      if (topic === 'events') liveAt.push(time.now());
      return Promise.resolve();
    },
  };
  const app: App = {
    config,
    log: SILENT,
    world: {
      vertex: paced(meter.count(vertex), time, shareOf(1)),
      ledgers: meter.count(google.ledgers),
      artifacts: meter.count(google.artifacts),
      bus: meter.count(bus),
      monitoring: google.monitoring,
      logs: google.logs,
      clock: time,
      random: google.random,
    },
  };

  function deliver(data: unknown, attempt: number): void {
    waiting += 1;
    const delay = attempt === 1 ? DELIVERY_MS : Math.min(600_000, 10_000 * 2 ** (attempt - 2));
    const publishTime = new Date(time.now()).toISOString();
    time.schedule(delay, () => {
      void time.run(async () => {
        const isTaken = working < AT_WORK_MAX;
        const isDone = isTaken && (await isAcknowledged(tickOf(pushOf({ data: base64(data), publishTime }))));
        if (!isDone) deliver(data, attempt + 1);
        waiting -= 1;
      });
    });
  }

  async function tickOf(push: Uint8Array): Promise<void> {
    working += 1;
    try {
      await handleTick(push, app);
    } finally {
      working -= 1;
    }
  }

  const rows: Row[] = [];
  for (let wave = 1; wave <= waves; wave += 1) {
    for (const { artifacts } of config.services.values())
      await storage
        .bucket(artifacts.bucket)
        .file(`${artifacts.prefix}v${wave}/model.onnx`)
        .save(`model ${wave}`, { resumable: false });
    meter.reset();
    wire.reset();
    liveAt = [];
    const begun = time.now();
    for (const { artifacts } of config.services.values()) {
      const object = { bucketId: artifacts.bucket, objectId: `${artifacts.prefix}v${wave}/model.onnx` };
      const publishTime = new Date(begun).toISOString();
      const push = pushOf({ attributes: { eventType: 'OBJECT_FINALIZE', ...object }, publishTime });
      void time.run(() => handleArtifact(push, app));
    }
    await time.passUntil(() => liveAt.length >= services && waiting === 0);
    rows.push(rowOf({ services, wave, took: liveAt.map((at) => at - begun) }, meter, wire));
  }
  return rows;
}

function rowOf(
  { services, wave, took }: { services: number; wave: number; took: readonly number[] },
  meter: Meter,
  wire: Wire,
): Row {
  const operations = (SECONDS.upload + SECONDS.deploy) * 1000;
  const mean = took.reduce((sum, ms) => sum + ms, 0) / took.length;
  return {
    services,
    wave,
    releases: took.length,
    overhead: round(mean / operations, 3),
    slowestMinutes: round(Math.max(...took) / 60_000, 1),
    callsPerRelease: round(meter.calls / took.length, 1),
    requestsPerRelease: round(wire.requests / took.length, 1),
    busiestMinute: meter.busiestMinute,
    peakRssMb: Math.round(process.resourceUsage().maxRSS / 1024),
  };
}

function configOf(services: number): Config {
  const entries = Array.from({ length: services }, (_, n) =>
    [
      `  s${n}:`,
      `    artifacts: gs://bench-models/s${n}/*/model.onnx`,
      `    image: ${IMAGE}`,
      `    endpoint: s${n}`,
      // A thousand at once wait for the quota for longer than one ever should.
      '    rollout: {deadline: 24h}',
    ].join('\n'),
  );
  return parseConfig(
    `project: bench-project\nregion: us-central1\nstate: bench-state\nservices:\n${entries.join('\n')}\n`,
  );
}

/** Buckets and endpoints: what is there before a release begins. */
async function furnish(config: Config, vertex: Vertex, time: VirtualTime, emulator: Emulator): Promise<void> {
  for (const bucket of ['bench-models', config.stateBucket])
    emulator.store.createBucket(bucket, {}, config.project);
  for (const service of config.services.values()) {
    const labels = new Map([[LABELS.service, service.name]]);
    await vertex.createEndpoint(service.parent, endpointId(service.endpoint), service.endpoint, labels);
  }
  const until = time.now() + 60_000;
  time.schedule(60_000, () => {});
  await time.passUntil(() => time.now() >= until);
}

async function isAcknowledged(handled: Promise<void>): Promise<boolean> {
  try {
    await handled;
    return true;
  } catch (error) {
    if (error instanceof Redeliver) return false;
    throw error;
  }
}

/** The body of a push, as Pub/Sub sends it. */
function pushOf(message: { data?: string; attributes?: object; publishTime: string }): Uint8Array {
  const subscription = 'projects/bench-project/subscriptions/bench';
  return Buffer.from(JSON.stringify({ message: { messageId: '1', ...message }, subscription }));
}

function base64(data: unknown): string {
  return Buffer.from(JSON.stringify(data)).toString('base64');
}

/** A model server that is up at once: what it serves is not what is measured here. */
class AlwaysHealthy implements ContainerRuntime {
  has(): boolean {
    return true;
  }

  start(): Promise<Container> {
    return Promise.resolve({
      exited: new Promise<string>(() => {}),
      request: () =>
        Promise.resolve({ status: 200, contentType: 'application/json', body: Buffer.from('{}') }),
      stop: () => Promise.resolve(),
    });
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

const SILENT: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore, child: () => SILENT };

function ignore(): void {}

function round(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
