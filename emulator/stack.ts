/**
 * The whole of Slipway on one machine: the emulator, the three functions as processes, and between them the wiring
 * that Terraform makes on Google Cloud – buckets, topics, notifications, triggers.
 */
import { fileURLToPath } from 'node:url';
import { startEmulator, type Emulator, type EmulatorOptions } from './server.ts';
import { freePort, startFunction, type FunctionProcess } from './function-process.ts';
import { readStackConfig, type StackConfig } from './stack-config.ts';

export interface StackOptions extends Pick<
  EmulatorOptions,
  'port' | 'hostNames' | 'dataDir' | 'operations' | 'behaviour' | 'seed' | 'faults'
> {
  /** Path of slipway.yaml. */
  readonly config: string;
  /** A folder whose package.json names the module that registers the functions. Default: this project. */
  readonly functionsSource?: string;
  /** A line that one of the functions has printed, nearly always JSON. */
  readonly onFunctionLine?: (name: string, line: string) => void;
  /** How often Cloud Scheduler's sweep comes, in seconds; 0: never. The first one comes at the start. Default 300. */
  readonly sweepSeconds?: number;
  /** Further environment of the functions. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stack {
  readonly url: string;
  readonly config: StackConfig;
  readonly emulator: Emulator;
  /** Where each function answers, by its name. */
  readonly functionUrls: ReadonlyMap<string, string>;
  /** What clients need to talk to the stack instead of Google. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));

/** The functions and the topic that wakes each. */
const TRIGGERS = [
  ['onArtifact', 'artifacts'],
  ['onRequest', 'requests'],
  ['onTick', 'ticks'],
] as const;

export async function startStack(options: StackOptions): Promise<Stack> {
  const config = readStackConfig(options.config);
  const images = new Map(
    [...config.images].map(([image, run]) => [image, { ...run, cwd: config.directory }]),
  );
  const ports = new Map<string, number>();
  for (const [name] of TRIGGERS) ports.set(name, await freePort());
  const functionUrls = new Map([...ports].map(([name, port]) => [name, `http://127.0.0.1:${port}`]));

  const emulator = await startEmulator({ ...options, images });
  // In one step: an object that lands from here on is told of, even if the functions are not up yet.
  provision(emulator, config);
  connect(emulator, config, functionUrls);
  restore(emulator, config);

  const address = new URL(emulator.url).host;
  const env = {
    STORAGE_EMULATOR_HOST: emulator.url,
    PUBSUB_EMULATOR_HOST: address,
    VERTEX_EMULATOR_HOST: address,
    MONITORING_EMULATOR_HOST: address,
    LOGGING_EMULATOR_HOST: address,
    GOOGLE_CLOUD_PROJECT: config.project,
    METADATA_SERVER_DETECTION: 'none',
  };
  const started = await Promise.allSettled(
    [...ports].map(([name, port]) =>
      startFunction({
        name,
        port,
        source: options.functionsSource ?? PROJECT,
        directory: config.directory,
        env: { ...env, SLIPWAY_CONFIG: config.path, ...options.env },
        onLine: (line) => options.onFunctionLine?.(name, line),
      }),
    ),
  );
  const functions: FunctionProcess[] = started.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  let cancelSweep = () => {};
  const close = async () => {
    cancelSweep();
    await Promise.all(functions.map((f) => f.stop()));
    await emulator.close();
  };
  const refusal = started.find((s) => s.status === 'rejected');
  if (refusal !== undefined) {
    await close();
    throw refusal.reason;
  }
  const { sweepSeconds = 300 } = options;
  const sweep = () => {
    emulator.broker.publish(topicName(config, config.topics.ticks), [
      { data: Buffer.from('{"sweep":true}') },
    ]);
    cancelSweep = emulator.clock.schedule(sweepSeconds * 1000, sweep);
  };
  if (sweepSeconds > 0) sweep();
  return { url: emulator.url, config, emulator, functionUrls, env, close };
}

/** Buckets, topics, and the bucket notifications that publish to the artifacts topic. */
function provision({ broker, store }: Emulator, config: StackConfig): void {
  for (const topic of Object.values(config.topics)) broker.createTopic(topicName(config, topic));
  // With `--data` the buckets of the last time are still there.
  const known = new Set(store.listBuckets(config.project).map(({ record }) => record.name));
  for (const bucket of config.buckets) if (!known.has(bucket)) store.createBucket(bucket, {}, config.project);
  const topic = `//pubsub.googleapis.com/${topicName(config, config.topics.artifacts)}`;
  for (const bucket of config.artifactBuckets) {
    if (store.notifications(bucket).some((notification) => notification.topic === topic)) continue;
    store.addNotification(bucket, { topic, event_types: ['OBJECT_FINALIZE'], payload_format: 'JSON_API_V1' });
  }
}

/**
 * With `--data` the artifacts of the last time are still there, but the Vertex AI that the ledgers speak of is
 * gone with its process: the ledgers go too, and each service is asked to release its newest artifact.
 */
function restore({ broker, store }: Emulator, config: StackConfig): void {
  for (const { name } of store.listObjects(config.stateBucket).objects)
    store.deleteObject(config.stateBucket, name);
  for (const { name, bucket, prefix } of config.services) {
    if (store.listObjects(bucket, { prefix }).objects.length === 0) continue;
    const data = Buffer.from(JSON.stringify({ service: name }));
    broker.publish(topicName(config, config.topics.requests), [{ data }]);
  }
}

function connect({ eventarc }: Emulator, config: StackConfig, urls: ReadonlyMap<string, string>): void {
  for (const [name, topic] of TRIGGERS) {
    eventarc.createTrigger({
      name: `projects/${config.project}/locations/${config.region}/triggers/${name.toLowerCase()}`,
      eventFilters: [
        { attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' },
        { attribute: 'topic', value: topicName(config, config.topics[topic]) },
      ],
      destination: { url: urls.get(name) ?? '' },
      transport: {
        ackDeadlineSeconds: 600,
        // Google waits ten seconds before it delivers again; on a laptop nobody wants to.
        retryPolicy: { minimumBackoff: '0.5s', maximumBackoff: '10s' },
      },
    });
  }
}

function topicName(config: StackConfig, topic: string): string {
  return `projects/${config.project}/topics/${topic}`;
}
