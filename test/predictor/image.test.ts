/**
 * There may be no engine for containers here: the image's file system is put together as the Dockerfile says, and
 * the predictor is started from it with models of every kind.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ENTRIES } from '../../predictor/bundle.ts';
import { assembleImage, readDockerfile, type Image } from './dockerfile.ts';
import { artifact as artifactWithFeatures, settingsFor } from './features/served.ts';
import { onnxModel } from '../support/onnx-writer.ts';
import { healthOf, predictBy, startPredictor, writeArtifact, type Running } from './process.ts';
import * as models from './models.ts';
import { ALLOCATOR } from '../../predictor/allocator.ts';

const EXAMPLES = new URL('../../examples/', import.meta.url);
const hasLocales =
  spawnSync('localedef', ['--version']).status === 0 && existsSync('/usr/share/i18n/locales/en_US');
const stages = readDockerfile();

let folder: string;
let image: Image;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'image-'));
  image = assembleImage(folder, hasLocales);
}, 120_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the Dockerfile', () => {
  test('builds in one stage and serves from another, both on the same pinned slim Node 24', () => {
    const images = stages.map((stage) => stage.image);
    expect(images).toHaveLength(2);
    expect(new Set(images).size).toBe(1);
    expect(images[0]).toMatch(/^node:24\.\d+\.\d+-[a-z]+-slim@sha256:[0-9a-f]{64}$/);
  });

  test('serves as a user without rights, from files that are not its own', () => {
    // The image's own user node, by number: a policy that wants runAsNonRoot reads no names.
    expect(image.user).toBe('1000');
    const served = stages.at(-1)?.instructions ?? [];
    const copies = served.filter(({ name }) => name === 'COPY');
    expect(copies.map(({ text }) => text)).toEqual(
      copies.map(() => expect.stringMatching(/^--from=build --chown=root:root /)),
    );
    const names = served.map(({ name }) => name);
    expect(names.indexOf('USER')).toBeGreaterThan(names.lastIndexOf('COPY'));
    expect(names).not.toContain('RUN');
  });
});

describe('the image', () => {
  test('has what is started, handlers and what they import, and nothing else of the project', () => {
    const scripts = ENTRIES.map((entry) => entry.replace(/ts$/, 'js'));
    const shared = /^[a-z_-]+-[A-Z0-9]{8}\.js$/;
    expect(readdirSync(image.folder).filter((name) => !shared.test(name))).toEqual(
      ['handler.ts', 'handlers', 'node_modules', 'package.json', ...scripts].toSorted(),
    );
    expect(image.entrypoint).toEqual(['node', '--max-semi-space-size=8', 'main.js']);
    expect(image.env).toEqual({ NODE_ENV: 'production', ...ALLOCATOR });
  });

  test('keeps only the binaries for Linux on x64', () => {
    const bin = join(image.folder, 'node_modules/onnxruntime-node/bin');
    const kept = execFileSync('find', ['.', '-type', 'f'], { cwd: bin, encoding: 'utf8' });
    expect(kept.trim().split('\n').toSorted()).toEqual([
      './napi-v6/linux/x64/libonnxruntime.so.1',
      './napi-v6/linux/x64/onnxruntime_binding.node',
    ]);
  });

  test('brings the locale that text models ask for, by both of its names', () => {
    const steps = stages[0]?.instructions.find(({ text }) => text.includes('localedef'))?.text ?? '';
    expect(steps).toContain('localedef --no-archive -i en_US -f UTF-8 /locale/en_US.UTF-8');
    const locales = readdirSync(join(image.root, 'usr/lib/locale'));
    expect(locales).toEqual(hasLocales ? ['en_US', 'en_US.UTF-8'] : ['en_US']);
  });
});

const NOWHERE = '127.0.0.1:1';
const STORES: Readonly<Record<string, { store: object; env?: Readonly<Record<string, string>> }>> = {
  firestore: {
    store: { kind: 'firestore', project: 'p1', database: '(default)' },
    env: { FIRESTORE_EMULATOR_HOST: NOWHERE, METADATA_SERVER_DETECTION: 'none' },
  },
  postgres: { store: { kind: 'postgres', instance: null, host: '127.0.0.1', port: 1, passwordSecret: null } },
  vertex: {
    store: { kind: 'vertex', project: 'p1', region: 'us-central1', featureOnlineStore: 'online' },
    env: { VERTEX_EMULATOR_HOST: NOWHERE },
  },
};

test('the image has the clients of the stores of features', async () => {
  const uri = writeArtifact(artifactWithFeatures());
  const [, ...args] = image.entrypoint;
  const main = join(image.folder, args.at(-1) ?? '');
  const ends = Object.entries(STORES).map(async ([kind, { store, env }]) => {
    const settings = {
      SLIPWAY_FEATURES: JSON.stringify({ ...settingsFor(''), store }),
      SLIPWAY_TRIAL: 'off',
    };
    const running = await startPredictor(uri, { ...settings, ...env }, main);
    await running.ended;
    return [kind, running.lines().find(({ message }) => message === 'features refused')?.['causes']] as const;
  });
  // Each has asked, and nobody was there: how it says so depends on how busy the machine is.
  for (const [kind, causes] of await Promise.all(ends)) {
    const text = `${kind}: ${JSON.stringify(causes)}`;
    expect(text).toMatch(/the store cannot be asked|cannot be read/);
    expect(text).not.toMatch(/not a constructor|is not defined|without the package/);
  }
});

const SAME_HANDLER =
  "import { defineHandler } from '../handler.ts';\nexport default defineHandler({ before: ({ instances }) => instances });\n";

/** Starts the image's own entrypoint, with its locales in the place of the machine's. */
async function startImage(uri: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const [, ...args] = image.entrypoint;
  const main = join(image.folder, args.at(-1) ?? '');
  const locales = { LOCPATH: join(image.root, 'usr/lib/locale') };
  const running = await startPredictor(uri, { ...image.env, ...locales, ...env }, main, args.slice(0, -1));
  await vi.waitFor(
    async () => {
      if ((await healthOf(running))?.code === 200) return;
      throw new Error(`not ready: ${JSON.stringify(running.lines())}`);
    },
    { timeout: 25_000, interval: 50 },
  );
  return running;
}

async function answers(running: Running, instances: readonly unknown[]): Promise<unknown> {
  const response = await predictBy(running, instances);
  return response.status === 200
    ? ((await response.json()) as { predictions: unknown }).predictions
    : response.status;
}

/** Lower-cases by the locale it names; by ONNX Runtime's own without. */
function lowerCase(locale?: string): Uint8Array {
  return onnxModel({
    inputs: [{ name: 'x', type: 'string', shape: ['N'] }],
    outputs: [{ name: 'y', type: 'string', shape: ['N'] }],
    nodes: [
      {
        op: 'StringNormalizer',
        inputs: ['x'],
        outputs: ['y'],
        attributes: { case_change_action: 'LOWER', ...(locale === undefined ? {} : { locale }) },
      },
    ],
  });
}

interface Loaded {
  readonly name: string;
  readonly uri: () => string;
  readonly env?: Readonly<Record<string, string>>;
  readonly instances: readonly unknown[];
  readonly predictions: unknown;
}

const made =
  (model: Uint8Array): (() => string) =>
  () =>
    writeArtifact({ 'model.onnx': model });
/** An example's artifact, whose golden rows it has to answer before it is ready. */
const example =
  (path: string): (() => string) =>
  () =>
    new URL(`${path}/`, EXAMPLES).href;
const first = (path: string): { instance: unknown; prediction: unknown } =>
  JSON.parse(readFileSync(new URL(`${path}/golden.jsonl`, EXAMPLES), 'utf8').split('\n', 1)[0] ?? '');

const NUMBERS: readonly Loaded[] = [
  {
    name: 'maps by class',
    uri: made(models.zipMap(['a', 'b'])),
    instances: [[1, 0]],
    predictions: [{ scores: [1, 0], probabilities: { a: 1, b: 0 } }],
  },
  {
    name: 'lists of tensors',
    uri: made(models.tensorSequence()),
    instances: [[1, 2]],
    predictions: [
      [
        [1, 2],
        [-1, -2],
      ],
    ],
  },
  {
    name: 'texts',
    uri: made(models.columns()),
    instances: [{ age: 1, name: 'ä' }],
    predictions: [{ older: [2], called: ['ä'] }],
  },
  {
    name: 'gradient boosting of scikit-learn',
    uri: example('breast-cancer/artifacts/v2'),
    ...only('breast-cancer/artifacts/v2'),
  },
  {
    name: 'LightGBM with missing values',
    uri: example('wine/artifacts/v1'),
    env: { SLIPWAY_NULL_IS_NAN: 'on' },
    ...only('wine/artifacts/v1'),
  },
];

const LOCALES: readonly Loaded[] = [
  {
    name: 'lower case by default',
    uri: made(lowerCase()),
    instances: ['FREE Äpfel'],
    predictions: ['free äpfel'],
  },
  {
    name: 'lower case by en_US',
    uri: made(lowerCase('en_US')),
    instances: ['FREE Äpfel'],
    predictions: ['free äpfel'],
  },
  {
    name: 'a pipeline of texts, categories and numbers',
    uri: example('tickets/artifacts/v1'),
    ...only('tickets/artifacts/v1'),
  },
];

function only(path: string): Pick<Loaded, 'instances' | 'predictions'> {
  const { instance, prediction } = first(path);
  return { instances: [instance], predictions: [prediction] };
}

describe('from the image alone', () => {
  test('serves with a trial, a model thread and a handler beside it', async () => {
    writeFileSync(join(image.folder, 'handlers/same.ts'), SAME_HANDLER);
    const env = { SLIPWAY_MODEL_THREAD: 'worker', SLIPWAY_HANDLER: join(image.folder, 'handlers/same.ts') };
    const running = await startImage(writeArtifact({ 'model.onnx': models.logistic(1) }), env);
    expect((await predictBy(running, [[1], [2]])).status).toBe(200);
    running.kill('SIGTERM');
    expect(await running.ended).toBe(0);
  });

  test.each(NUMBERS)('serves $name', serves);

  test.skipIf(!hasLocales).each(LOCALES)(
    `serves $name${hasLocales ? '' : ' (skipped: needs localedef and the sources of en_US, package locales)'}`,
    serves,
  );
});

async function serves({ uri, env, instances, predictions }: Loaded): Promise<void> {
  const running = await startImage(uri(), { SLIPWAY_TRIAL: 'off', ...env });
  expect(near(await answers(running, instances))).toEqual(near(predictions));
}

/** Numbers rounded to five digits: other processors may differ in the last ones. */
function near(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (_, part: unknown) =>
    typeof part === 'number' ? Number(part.toFixed(5)) : part,
  );
}
