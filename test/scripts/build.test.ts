/** What `npm run build` makes is complete, installs without a network, and has the same bytes at every build. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { freePort, startFunction } from '../../emulator/function-process.ts';
import { buildFunctions, type Built } from '../../scripts/build.ts';

const CONFIG = fileURLToPath(new URL('../../slipway.yaml', import.meta.url));
const npmVersion = spawnSync('npm', ['--version'], { encoding: 'utf8' });

let out: string;
let built: Built;

beforeAll(async () => {
  out = mkdtempSync(join(tmpdir(), 'slipway-build-'));
  built = await buildFunctions({ out: join(out, 'first'), config: CONFIG });
}, 60_000);

afterAll(() => rmSync(out, { recursive: true, force: true }));

test('the archive holds what runs, and nothing that fits only one version of Node', () => {
  const files = unzipSync(readFileSync(built.archive));
  expect(Object.keys(files)).toEqual([
    'framework/index.js',
    'framework/main.js',
    'framework/package.json',
    'index.cjs',
    'package-lock.json',
    'package.json',
    'slipway.yaml',
    'warm.cjs',
  ]);
  expect(Buffer.from(files['slipway.yaml'] ?? []).equals(readFileSync(CONFIG))).toBe(true);
  expect(built.sizes.get('functions.zip')).toBeLessThan(1_500_000);
  expect(readdirSync(join(built.folder, 'compile-cache'))).not.toEqual([]);
});

test('the same sources make the same bytes, in another folder and another time zone', () => {
  const build = new URL('../../scripts/build.ts', import.meta.url);
  const other = join(out, 'second');
  const printed = execFileSync(process.execPath, [fileURLToPath(build), '--out', other, '--config', CONFIG], {
    env: { ...process.env, TZ: 'Pacific/Auckland' },
    encoding: 'utf8',
  });
  expect(readFileSync(join(other, 'functions.zip')).equals(readFileSync(built.archive))).toBe(true);
  expect(printed).toContain(`sha256:${built.digest}`);
});

test('a configuration that cannot be used is not packed', async () => {
  const config = join(out, 'bad.yaml');
  writeFileSync(config, 'project: p\n');
  await expect(buildFunctions({ out: join(out, 'bad'), config })).rejects.toThrow('problem(s)');
  expect(existsSync(join(out, 'bad'))).toBe(false);
});

describe.skipIf(npmVersion.status !== 0)('as Cloud Build installs it (needs npm)', () => {
  test('npm ci fetches nothing, gcp-build warms the cache, and the function answers', async () => {
    const source = join(out, 'unpacked');
    for (const [name, bytes] of Object.entries(unzipSync(readFileSync(built.archive)))) {
      mkdirSync(dirname(join(source, name)), { recursive: true });
      writeFileSync(join(source, name), bytes);
    }
    const npm = (...args: string[]) =>
      execFileSync('npm', [...args, '--offline', `--cache=${join(out, 'empty-cache')}`], { cwd: source });
    npm('ci');
    expect(existsSync(join(source, 'node_modules/.bin/functions-framework'))).toBe(true);
    npm('run', 'gcp-build');
    expect(readdirSync(join(source, 'compile-cache'))).toHaveLength(1);

    const lines: string[] = [];
    const port = await freePort();
    const running = await startFunction({
      name: 'onTick',
      port,
      source,
      directory: source,
      env: {},
      onLine: (line) => lines.push(line),
    });
    const response = await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body: '{}' });
    await running.stop();
    expect(response.status).toBe(204);
    expect(lines.join('\n')).toContain('EVENT_UNREADABLE');
  }, 60_000);
});
