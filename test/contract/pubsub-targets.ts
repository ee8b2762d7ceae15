/** Where the Pub/Sub contract is tried: the emulator, Google's own emulator, and Google Cloud with REMOTE=1. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { globSync, realpathSync } from 'node:fs';
import path from 'node:path';

import { PubSub, v1 } from '@google-cloud/pubsub';
import { credentials } from '@grpc/grpc-js';
import { PassThroughClient } from 'google-auth-library';
import { pino } from 'pino';
import { vi } from 'vitest';

import { freePort } from '../../common/free-port.ts';
import type { Broker } from '../../emulator/pubsub/broker.ts';
import { startEmulator } from '../../emulator/server.ts';

export interface Target {
  /** `host:port`, or undefined for Google Cloud itself. */
  readonly host: string | undefined;
  readonly pubsub: PubSub;
  readonly subscriber: v1.SubscriberClient;
  /** Of the emulator, to look inside. */
  readonly broker?: Broker;
  close(): Promise<void>;
}

export const project = process.env.REMOTE_PROJECT ?? 'p1';

export async function openEmulator(): Promise<Target> {
  const emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  const target = clientsOf(`127.0.0.1:${emulator.port}`, () => emulator.close());
  return { ...target, broker: emulator.broker };
}

/** The jar of Google's Pub/Sub emulator, where gcloud, that component of it and Java are installed. */
export function googleEmulatorJar(): string | undefined {
  try {
    execFileSync('java', ['-version'], { stdio: 'ignore' });
    const gcloud = realpathSync(execFileSync('which', ['gcloud']).toString().trim());
    const platform = path.join(path.dirname(gcloud), '..', 'platform');
    return globSync(path.join(platform, 'pubsub-emulator/lib/cloud-pubsub-emulator-*-all.jar'))[0];
  } catch {
    return undefined;
  }
}

export async function openGoogleEmulator(jar: string): Promise<Target> {
  const port = await freePort();
  const java = spawn(
    'java',
    [
      '-Xmx128m',
      '-XX:+UseSerialGC',
      '-XX:TieredStopAtLevel=1',
      '-jar',
      jar,
      '--host=127.0.0.1',
      `--port=${port}`,
    ],
    { stdio: 'ignore' },
  );
  await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/`), { timeout: 25_000, interval: 100 });
  return clientsOf(`127.0.0.1:${port}`, async () => {
    java.kill('SIGKILL');
    await once(java, 'exit');
  });
}

/** Uses the application default credentials and the project in REMOTE_PROJECT. */
export async function openGoogleCloud(): Promise<Target> {
  const pubsub = new PubSub({ projectId: project });
  const subscriber = new v1.SubscriberClient();
  return {
    host: undefined,
    pubsub,
    subscriber,
    close: async () => {
      await Promise.all([pubsub.close(), subscriber.close()]);
    },
  };
}

function clientsOf(host: string, end: () => Promise<void>): Target {
  vi.stubEnv('PUBSUB_EMULATOR_HOST', host);
  vi.stubEnv('METADATA_SERVER_DETECTION', 'none');
  const pubsub = new PubSub({ projectId: project });
  const [servicePath = '', port] = host.split(':');
  const subscriber = new v1.SubscriberClient({
    servicePath,
    port: Number(port),
    sslCreds: credentials.createInsecure(),
    authClient: new PassThroughClient(),
  });
  return {
    host,
    pubsub,
    subscriber,
    close: async () => {
      await Promise.all([pubsub.close(), subscriber.close()]);
      vi.unstubAllEnvs();
      await end();
    },
  };
}
