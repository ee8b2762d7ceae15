/**
 * The whole of Slipway on one machine: the emulator, the three functions as processes, and between them the wiring
 * that Terraform makes on Google Cloud (stack-wiring.ts).
 */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '../common/free-port.ts';
import type { EntryPoint } from '../common/wiring.ts';
import { startFunction, type FunctionProcess } from './function-process.ts';
import { startEmulator, type Emulator, type EmulatorOptions } from '../emulator/server.ts';
import { LOCAL_FEATURES_BUCKET, LOCAL_FEATURES_VARIABLE } from '../common/local-features.ts';
import { readStackConfig, type StackConfig } from './stack-config.ts';
import { connect, type ConnectedFunction } from './stack-wiring.ts';

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
  /** By their names. */
  readonly functions: ReadonlyMap<EntryPoint, ConnectedFunction>;
  /** Those functions, as they run: one that ends is started again, and reads slipway.yaml again. */
  readonly processes: readonly FunctionProcess[];
  /** What clients need to talk to the stack instead of Google. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

const PROJECT = fileURLToPath(new URL('..', import.meta.url));
/** What functions and predictors keep compiled, so that they start with half the CPU from the second time on. */
const COMPILED = process.env['NODE_COMPILE_CACHE'] ?? join(PROJECT, 'node_modules/.cache/slipway');

export async function startStack(options: StackOptions): Promise<Stack> {
  const config = readStackConfig(options.config);
  const images = new Map(
    [...config.images].map(([image, run]) => [
      image,
      { ...run, cwd: config.directory, env: { NODE_COMPILE_CACHE: COMPILED } },
    ]),
  );
  const ports = { onArtifact: await freePort(), onRequest: await freePort(), onTick: await freePort() };
  const pushSecret = randomUUID();
  const emulator = await startEmulator({ ...options, images, pushSecret });
  // In one step: an object that lands from here on is told of, even if the functions are not up yet.
  const functions = connect(emulator, config, ports, pushSecret);
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
    [LOCAL_FEATURES_VARIABLE]: LOCAL_FEATURES_BUCKET,
  };
  const started = await Promise.allSettled(
    [...functions].map(([name, { port, caller }]) =>
      startFunction({
        name,
        port,
        caller,
        source: options.functionsSource ?? PROJECT,
        directory: config.directory,
        env: { ...env, NODE_COMPILE_CACHE: COMPILED, SLIPWAY_CONFIG: config.path, ...options.env },
        onLine: (line) => options.onFunctionLine?.(name, line),
      }),
    ),
  );
  const processes: FunctionProcess[] = started.flatMap((s) => (s.status === 'fulfilled' ? [s.value] : []));
  let cancelSweep = () => {};
  const close = async () => {
    cancelSweep();
    await Promise.all(processes.map((process) => process.stop()));
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
  return { url: emulator.url, config, emulator, functions, processes, env, close };
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

function topicName(config: StackConfig, topic: string): string {
  return `projects/${config.project}/topics/${topic}`;
}
