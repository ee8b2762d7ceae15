/** The README's commands, run as they stand; only the port is another one. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../emulator/function-process.ts';

const run = promisify(execFile);
const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const README = await readFile(join(ROOT, 'README.md'), 'utf8');
const BLOCKS = [...README.matchAll(/```sh\n(.*?)```/gs)].map(([, block = '']) => block.trim());
const hasGcloud = await run('gcloud', ['--version']).then(
  () => true,
  () => false,
);

/** Run elsewhere: `npm ci` by whoever runs these tests. */
const COVERED = ['npm ci\nnpm run demo', 'npm start'];

const curls = BLOCKS.filter((block) => block.startsWith('curl '));
const gclouds = BLOCKS.filter((block) => block.includes('gcloud '));

it('has no command that is not run by a test', () => {
  expect(BLOCKS.filter((block) => ![...COVERED, ...curls, ...gclouds].includes(block))).toEqual([]);
  expect(curls).toHaveLength(3);
  expect(gclouds).toHaveLength(1);
});

it('names no npm script that is not there', async () => {
  const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
  const named = [...README.matchAll(/npm run ([a-z:]+)/g)].map(([, name]) => name);
  expect(named.filter((name) => !Object.hasOwn(scripts, name ?? ''))).toEqual([]);
});

it('plays the demo to its last line', { timeout: 150_000 }, async () => {
  const { stdout } = await run('npm', ['run', '--silent', 'demo'], { cwd: ROOT });
  expect(stdout.trimEnd().split('\n').at(-1)).toMatch(
    /^demo: 4 live, 1 failed as expected, 1 rolled back by its gate, rollback in \d+\.\d s, \d{3,} predictions, 0 lost$/,
  );
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
    const env = { ...process.env, CLOUDSDK_CONFIG: config, CLOUDSDK_CORE_DISABLE_PROMPTS: '1' };
    const { stdout } = await run('bash', ['-ec', script.replaceAll(':9400', `:${port}`)], { cwd: ROOT, env });
    return stdout;
  };

  it('lands an artifact, predicts, and asks for a release with curl', { timeout: 90_000 }, async () => {
    const [land = '', predict = '', request = ''] = curls;
    expect(await shell(land)).toContain('"name":"breast-cancer/v1/model.onnx"');
    const answer = await vi.waitFor(
      async () => {
        const body = JSON.parse(await shell(predict));
        if (!body.predictions) throw new Error(`not live yet: ${body.error?.message}`);
        return body;
      },
      { timeout: 60_000, interval: 500 },
    );
    expect(answer.predictions).toEqual([
      { label: 1, probabilities: [expect.any(Number), expect.any(Number)] },
    ]);
    expect(JSON.parse(await shell(request)).messageIds).toHaveLength(1);
  });

  it.skipIf(!hasGcloud)(
    `does the same with gcloud${hasGcloud ? '' : ' (skipped: gcloud is not installed)'}`,
    { timeout: 120_000 },
    async () => {
      const [block = ''] = gclouds;
      expect(await shell(block)).toContain('717406799');
    },
  );
});
