/** `npm run emulator`: the emulator alone, until Ctrl-C. */
import { parseArgs } from 'node:util';

import { parseOperationSeconds } from './core/operation-seconds.ts';
import { startEmulator } from './server.ts';
import type { ImageCommand } from './vertex/processes.ts';

const usage = `Usage: npm run emulator -- [options]

  --port PORT               default 9400; 0 takes a free one
  --host ADDRESS            default 127.0.0.1
  --allow-host NAME         a name that requests may come by, besides localhost; may be repeated
  --data DIR                keep Cloud Storage's objects in DIR
  --seed NUMBER             what everything random follows from; default 1
  --lro-seconds KIND=N,…    how long Vertex AI's operations take: upload, deploy, undeploy, …
  --image URI=COMMAND       what runs in place of a container image; may be repeated`;

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  console.error(usage);
  process.exitCode = 1;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '9400' },
      host: { type: 'string', default: '127.0.0.1' },
      'allow-host': { type: 'string', multiple: true, default: [] },
      data: { type: 'string' },
      seed: { type: 'string', default: '1' },
      'lro-seconds': { type: 'string', default: '' },
      image: { type: 'string', multiple: true, default: [] },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    console.log(usage);
    return;
  }
  const emulator = await startEmulator({
    port: parseNumber('--port', values.port, 65_535),
    host: values.host,
    hostNames: values['allow-host'],
    seed: parseNumber('--seed', values.seed, 2 ** 32 - 1),
    operations: parseOperationSeconds(values['lro-seconds']),
    images: new Map(values.image.map(parseImage)),
    ...(values.data === undefined ? {} : { dataDir: values.data }),
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => {
      void emulator.close();
    });
  }
  console.log(welcome(emulator.url));
}

function parseNumber(option: string, text: string, max: number): number {
  const value = Number(text);
  if (text !== '' && Number.isInteger(value) && value >= 0 && value <= max) return value;
  throw new Error(`${option}: expected a number from 0 to ${max}, got "${text}"`);
}

function parseImage(text: string): [string, ImageCommand] {
  const at = text.indexOf('=');
  const command = text
    .slice(at + 1)
    .split(' ')
    .filter((word) => word !== '');
  if (at <= 0 || command.length === 0) throw new Error(`--image: expected URI=COMMAND, got "${text}"`);
  return [text.slice(0, at), { command }];
}

/** What to paste into a shell so that Google's clients and gcloud talk to the emulator. */
function welcome(url: string): string {
  const { host } = new URL(url);
  return `The emulator listens on ${url}. Ctrl-C ends it.

export STORAGE_EMULATOR_HOST=${url}
export PUBSUB_EMULATOR_HOST=${host}
export METADATA_SERVER_DETECTION=none
export CLOUDSDK_AUTH_DISABLE_CREDENTIALS=true
export CLOUDSDK_API_ENDPOINT_OVERRIDES_AIPLATFORM=${url}/
export CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE=${url}/storage/v1/
export CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB=${url}/`;
}
