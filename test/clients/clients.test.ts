/**
 * Google's own clients of Go, Java and Python against the emulator. The wire of each fault that one of them met is
 * held without any of them by test/emulator; here the programs themselves are right or wrong. Node's are in
 * test/contract.
 */
import { execFile } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEmulator } from '../../emulator/server.ts';
import type { Emulator } from '../../emulator/server.ts';
import { folderOf, lacking, SOURCES } from './prepared.ts';
import type { Language } from './prepared.ts';

const execute = promisify(execFile);
const server = fileURLToPath(new URL('../emulator/fixtures/model-server.ts', import.meta.url));
const IMAGE = 'model';
const timeout = 150_000;

let emulator: Emulator;
beforeAll(async () => {
  const images = new Map([[IMAGE, { command: ['node', server] }]]);
  emulator = await startEmulator({ images, log: pino({ level: 'silent' }) });
});
afterAll(() => emulator.close());

/** Runs a program to its end and returns the steps that it says went well. Rejects with what it printed. */
async function run(
  program: string,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<string[]> {
  const { stdout } = await execute(program, [...words], { env: { ...process.env, ...env }, timeout });
  return stdout.split('\n').filter((line) => line.startsWith('ok '));
}

function clients(language: Language, body: () => void): void {
  const reason = lacking(language);
  describe.skipIf(reason !== undefined)(
    `${language}${reason === undefined ? '' : ` (${reason})`}`,
    { timeout },
    () => {
      body();
    },
  );
}

clients('go', () => {
  test('Cloud Storage and Pub/Sub', async () => {
    const { host } = new URL(emulator.url);
    const env = { STORAGE_EMULATOR_HOST: host, PUBSUB_EMULATOR_HOST: host };
    expect(await run(join(folderOf('go'), 'clients'), [], env)).toHaveLength(9);
  });
});

clients('java', () => {
  test('Cloud Storage', async () => {
    const classPath = [join(folderOf('java'), 'lib', '*'), join(folderOf('java'), 'classes')].join(delimiter);
    expect(await run('java', ['-cp', classPath, 'StorageFlow', emulator.url])).toHaveLength(3);
  });
});

clients('python', () => {
  const python = join(folderOf('python'), 'venv', 'bin', 'python');
  test('Cloud Storage and gcsfs', async () => {
    expect(await run(python, [join(SOURCES, 'python/storage_flow.py'), emulator.url])).toHaveLength(7);
  });

  test.each(['grpc', 'rest'])('Vertex AI over %s', async (transport) => {
    const { host } = new URL(emulator.url);
    const steps = await run(python, [join(SOURCES, 'python/vertex_flow.py'), host, transport, IMAGE]);
    expect(steps).toHaveLength(4);
  });
});
