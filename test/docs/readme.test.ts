/** The commands of the README, docs/local.md and docs/messages.md, run as they stand; only the port is another one. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { hasGcloud } from '../contract/gcloud.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = await readFile(join(ROOT, 'README.md'), 'utf8');
const CONTRIBUTING = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
const blocksOf = (page: string) =>
  [...page.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
const BLOCKS = blocksOf(README);
const LOCAL = blocksOf(await readFile(join(ROOT, 'docs/local.md'), 'utf8'));
const MESSAGES = blocksOf(await readFile(join(ROOT, 'docs/messages.md'), 'utf8'));

/** Run elsewhere: `npm ci` is what these tests need first. */
const COVERED = ['npm ci\nnpm run demo', 'npm start'];

const isCurl = (block: string) => block.startsWith('curl ');
const isGcloud = (block: string) => block.includes('gcloud ');
const lands = BLOCKS.filter((block) => block.startsWith('npx slipway --local land '));
const curls = LOCAL.filter(isCurl);
const gclouds = [...LOCAL, ...MESSAGES].filter(isGcloud);

it('has no command that is not run by a test', () => {
  const own = BLOCKS.filter((block) => ![...COVERED, ...lands].includes(block));
  expect(own.filter((block) => !isCurl(block))).toEqual([]);
  expect([own.length, lands.length]).toEqual([1, 1]);
  expect([...LOCAL, ...MESSAGES].filter((block) => !isCurl(block) && !isGcloud(block))).toEqual([]);
  expect([curls.length, gclouds.length]).toEqual([3, 2]);
});

it.each(['configuration', 'errors', 'architecture', 'glossary', 'cli', 'artifacts'])(
  'docs/%s.md has no block of commands',
  async (name) => {
    expect(blocksOf(await readFile(join(ROOT, `docs/${name}.md`), 'utf8'))).toEqual([]);
  },
);

it('has at most a hundred lines', () => {
  expect(README.trimEnd().split('\n').length).toBeLessThanOrEqual(100);
});

it('names no npm script that is not there', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const named = [...`${README}${CONTRIBUTING}`.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
  expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
});

// Its releases take their time, and three more files share the two cores with it.
it('plays the demo to its last line', { timeout: 300_000 }, async () => {
  const demo = spawn('npm', ['run', '--silent', 'demo'], {
    cwd: ROOT,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const ended = once(demo, 'close');
  const printed: string[] = [];
  for (const stream of [demo.stdout, demo.stderr]) {
    createInterface(stream).on('line', (line) => printed.push(line));
  }
  // Before the test is given up, so that what it has printed is seen.
  const patience = setTimeout(() => {
    printed.push('not at its end after 290 s');
    process.kill(-(demo.pid ?? 0), 'SIGKILL');
  }, 290_000);
  const [code] = await ended;
  clearTimeout(patience);
  const end = [printed.at(-1), code];
  // What it has printed is compared with nothing, and shown when the rest does not match.
  expect([...end, printed]).toEqual([
    expect.stringMatching(
      /^demo: 4 live, 1 failed as expected, 1 rolled back by its gate, rollback in \d+\.\d s, \d{3,} predictions, 0 lost, 2000 rows in batch$/,
    ),
    0,
    expect.anything(),
  ]);
});

describe('with the local stack up', () => {
  let port: number;
  let stop: () => Promise<void>;
  let config: string;

  beforeAll(async () => {
    port = await freePort();
    config = await mkdtemp(join(tmpdir(), 'slipway-readme-'));
    const child = spawn('npm', ['start', '--', '--port', String(port)], {
      cwd: ROOT,
      stdio: ['ignore', 'pipe', 'inherit'],
      // A group of its own, so that it can be ended as Ctrl-C would end it.
      detached: true,
    });
    await new Promise<void>((resolve, reject) => {
      createInterface(child.stdout).on('line', (line) => {
        if (line.startsWith('Slipway is up')) resolve();
      });
      child.once('exit', () => reject(new Error('npm start ended')));
    });
    stop = async () => {
      const gone = once(child, 'exit');
      process.kill(-(child.pid ?? 0), 'SIGINT');
      await gone;
    };
  }, 40_000);

  afterAll(async () => {
    await stop();
    await rm(config, { recursive: true, force: true });
  });

  const shell = async (script: string) => {
    const address = `--local=http://127.0.0.1:${port} `;
    const here = script.replaceAll(':9400', `:${port}`).replaceAll('--local ', address);
    const env = { ...process.env, CLOUDSDK_CONFIG: config, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' };
    const { stdout } = await run('bash', ['-ec', here], { cwd: ROOT, env });
    return stdout;
  };

  it(
    'lands an artifact and follows it, predicts, and does the same with curl',
    { timeout: 120_000 },
    async () => {
      const printed = await shell(lands[0] ?? '');
      expect(printed).toContain(
        'landed v1 of breast-cancer (gs://my-project-models/breast-cancer/v1/model.onnx#',
      );
      expect(printed.trimEnd().split('\n').at(-1)).toMatch(
        /^v1 {2}Live after \d+ s, version 1, deployed model \d+$/,
      );
      expect(shapesOf(README)).toEqual(expect.arrayContaining(shapesOf(printed).slice(0, 5)));

      const [land = '', request = '', predict = ''] = curls;
      expect(BLOCKS).toContain(predict);
      expect(JSON.parse(await shell(predict)).predictions).toEqual([
        { label: 1, probabilities: [expect.any(Number), expect.any(Number)] },
      ]);
      expect(await shell(land)).toContain('"name":"breast-cancer/v2/model.onnx"');
      expect(JSON.parse(await shell(request)).messageIds).toHaveLength(1);
    },
  );

  it.skipIf(!hasGcloud())(
    `does the same with gcloud${hasGcloud() ? '' : ' (skipped: gcloud is not installed)'}`,
    { timeout: 120_000 },
    async () => {
      expect(await shell(gclouds.join('\n'))).toContain('717406799');
    },
  );
});

/** The lines without what is another number each time. */
function shapesOf(text: string): string[] {
  return text.split('\n').map((line) => line.replaceAll(/r-[0-9a-f]{12}|\d+/g, 'N'));
}
