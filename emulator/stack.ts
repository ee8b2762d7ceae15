/**
 * The whole of Slipway on one machine: the emulator, the three functions as processes, and between them the wiring
 * that Terraform makes on Google Cloud – buckets, topics, notifications, triggers.
 */
import { fileURLToPath } from 'node:url';
import { startEmulator, type Emulator, type EmulatorOptions } from './server.ts';
import { startFunction, type FunctionProcess } from './function-process.ts';
import { readStackConfig, type StackConfig } from './stack-config.ts';

export interface StackOptions extends Pick<
  EmulatorOptions,
  'port' | 'dataDir' | 'operations' | 'seed' | 'faults'
> {
  /** Path of slipway.yaml. */
  readonly config: string;
  /** A line that one of the functions has printed, nearly always JSON. */
  readonly onFunctionLine?: (name: string, line: string) => void;
  /** Further environment of the functions. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Stack {
  readonly url: string;
  readonly config: StackConfig;
  readonly emulator: Emulator;
  readonly functions: readonly FunctionProcess[];
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
  const emulator = await startEmulator({ ...options, images });
  const address = new URL(emulator.url).host;
  const env = {
    STORAGE_EMULATOR_HOST: emulator.url,
    PUBSUB_EMULATOR_HOST: address,
    VERTEX_EMULATOR_HOST: address,
    GOOGLE_CLOUD_PROJECT: config.project,
    METADATA_SERVER_DETECTION: 'none',
  };
  const functions: FunctionProcess[] = [];
  const close = async () => {
    await Promise.all(functions.map((f) => f.stop()));
    await emulator.close();
  };
  try {
    provision(emulator, config);
    await Promise.all(
      TRIGGERS.map(async ([name]) => {
        const started = await startFunction({
          name,
          source: PROJECT,
          directory: config.directory,
          env: { ...env, SLIPWAY_CONFIG: config.path, ...options.env },
          onLine: (line) => options.onFunctionLine?.(name, line),
        });
        functions.push(started);
      }),
    );
    connect(emulator, config, functions);
  } catch (error) {
    await close();
    throw error;
  }
  return { url: emulator.url, config, emulator, functions, env, close };
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

function connect({ eventarc }: Emulator, config: StackConfig, functions: readonly FunctionProcess[]): void {
  for (const [name, topic] of TRIGGERS) {
    const url = functions.find((f) => f.name === name)?.url;
    if (url === undefined) throw new Error(`${name} is not running`);
    eventarc.createTrigger({
      name: `projects/${config.project}/locations/${config.region}/triggers/${name.toLowerCase()}`,
      eventFilters: [
        { attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' },
        { attribute: 'topic', value: topicName(config, config.topics[topic]) },
      ],
      destination: { url },
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
