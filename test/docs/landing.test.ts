/** The commands of docs/landing.md, run as they stand against the emulator: the marker is what lands last. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { startEmulator } from '../../emulator/server.ts';
import type { Emulator } from '../../emulator/server.ts';
import { folderOf, lacking } from '../clients/prepared.ts';
import { hasGcloud } from '../contract/gcloud.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const PAGE = await readFile(join(ROOT, 'docs/landing.md'), 'utf8');
const blocks = (language: string) =>
  [...PAGE.matchAll(new RegExp(`\`\`\`${language}\\n(.*?)\`\`\``, 'gs'))].map(([, block = '']) => block);
const timeout = 180_000;

let emulator: Emulator;
let folder: string;
let landed: string[] = [];

beforeAll(async () => {
  emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  emulator.store.createBucket('my-project-models', {}, 'my-project');
  emulator.store.onChange(({ kind, name }) => {
    if (kind === 'finalize') landed.push(name);
  });
  folder = await mkdtemp(join(tmpdir(), 'slipway-landing-'));
  await cp(join(ROOT, 'examples/breast-cancer/artifacts/v1'), join(folder, 'artifact'), { recursive: true });
  // Larger than the marker: what a copy of the whole folder would finish after it.
  await writeFile(join(folder, 'artifact/vocabulary.bin'), Buffer.alloc(12 * 1024 * 1024));
});

afterAll(async () => {
  await emulator.close();
  await rm(folder, { recursive: true });
});

/** Runs a recipe and returns what it landed in the version's folder, and what of it last. */
async function landing(program: string, words: readonly string[], version: string) {
  landed = [];
  const env = {
    ...process.env,
    STORAGE_EMULATOR_HOST: emulator.url,
    GOOGLE_CLOUD_PROJECT: 'my-project',
    NO_GCE_CHECK: 'true',
    CLOUDSDK_CONFIG: join(folder, 'gcloud'),
    CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${emulator.url}/storage/v1/`,
    CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
    CLOUDSDK_CORE_PROJECT: 'my-project',
    CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
    CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
  };
  await run(program, [...words], { cwd: folder, env, timeout });
  const folderName = `breast-cancer/${version}/`;
  const own = landed
    .filter((name) => name.startsWith(folderName))
    .map((name) => name.slice(folderName.length));
  return { files: new Set(own), last: own.at(-1) };
}

const complete = {
  files: new Set(['golden.jsonl', 'manifest.json', 'model.onnx', 'vocabulary.bin']),
  last: 'model.onnx',
};

test('has one recipe for slipway, one for gcloud and two for Python', () => {
  expect([blocks('sh').length, blocks('python').length]).toEqual([2, 2]);
});

test('slipway', { timeout }, async () => {
  const [recipe = ''] = blocks('sh');
  const here = recipe.replace(
    'npx slipway',
    `"${process.execPath}" "${ROOT}cli/main.ts" --config "${ROOT}slipway.yaml"`,
  );
  expect(here).not.toBe(recipe);
  expect(await landing('bash', ['-ec', here], 'v2')).toEqual(complete);
});

const noGcloud = hasGcloud() ? '' : ' (skipped: gcloud is not installed)';
test.skipIf(noGcloud !== '')(`gcloud${noGcloud}`, { timeout }, async () => {
  expect(await landing('bash', ['-ec', blocks('sh')[1] ?? ''], 'v3')).toEqual(complete);
});

const reason = lacking('python');
describe.skipIf(reason !== undefined)(
  `Python${reason === undefined ? '' : ` (${reason})`}`,
  { timeout },
  () => {
    const python = join(folderOf('python'), 'venv', 'bin', 'python');
    test.each([
      ['transfer_manager', 0, 'v4'],
      ['gcsfs', 1, 'v5'],
    ])('%s', async (_, index, version) => {
      expect(await landing(python, ['-c', blocks('python')[index] ?? ''], version)).toEqual(complete);
    });
  },
);
