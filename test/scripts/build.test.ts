/** What `npm run build` makes is complete, installs without a network, and has the same bytes at every build. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import {
  cpSync,
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
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { startFunction } from '../../local/function-process.ts';
import { buildFunctions, type Built } from '../../scripts/build.ts';

const CONFIG = fileURLToPath(new URL('../../slipway.yaml', import.meta.url));
/** As Pub/Sub pushes, but with nothing to read. */
const EMPTY_PUSH = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' };
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
  const manifest: unknown = JSON.parse(Buffer.from(files['package.json'] ?? []).toString('utf8'));
  expect(manifest).toMatchObject({ engines: { node: '24.x' }, scripts: { 'gcp-build': 'node warm.cjs' } });
  expect(readdirSync(join(built.folder, 'compile-cache'))).not.toEqual([]);
});

test(
  'the same sources make the same bytes, in another folder and another time zone',
  { timeout: 120_000 },
  () => {
    const build = new URL('../../scripts/build.ts', import.meta.url);
    const other = join(out, 'second');
    const printed = execFileSync(
      process.execPath,
      [fileURLToPath(build), '--out', other, '--config', CONFIG],
      {
        env: { ...process.env, TZ: 'Pacific/Auckland' },
        encoding: 'utf8',
      },
    );
    expect(readFileSync(join(other, 'functions.zip')).equals(readFileSync(built.archive))).toBe(true);
    expect(printed).toContain(`sha256:${built.digest}`);
  },
);

test('a configuration that cannot be used is not packed', async () => {
  const config = join(out, 'bad.yaml');
  writeFileSync(config, 'project: p\n');
  await expect(buildFunctions({ out: join(out, 'bad'), config })).rejects.toThrow('problem(s)');
  expect(existsSync(join(out, 'bad'))).toBe(false);
});

test('the archive says that the command is executable, and nothing else', () => {
  const modes = modesOf(readFileSync(built.archive));
  expect(modes.get('framework/main.js')).toBe(0o100_755);
  expect([...modes.values()].filter((mode) => mode !== 0o100_644)).toEqual([0o100_755]);
});

/** Modes in the central directory of a zip made on Unix (APPNOTE.TXT 4.3.12). */
function modesOf(zip: Buffer): Map<string, number> {
  const modes = new Map<string, number>();
  for (let at = zip.indexOf('PK\u0001\u0002'); at >= 0; at = zip.indexOf('PK\u0001\u0002', at + 46)) {
    expect(zip[at + 5]).toBe(3);
    const name = zip.toString('utf8', at + 46, at + 46 + zip.readUInt16LE(at + 28));
    modes.set(name, zip.readUInt32LE(at + 38) >>> 16);
  }
  return modes;
}

/** Every file as an extractor leaves it that knows nothing of modes. */
function unpack(folder: string): string {
  for (const [name, bytes] of Object.entries(unzipSync(readFileSync(built.archive)))) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), bytes, { mode: 0o644 });
  }
  return folder;
}

describe.skipIf(npmVersion.status !== 0)('as Cloud Build installs it (needs npm)', () => {
  const npm = (source: string, ...args: string[]) =>
    execFileSync('npm', [...args, '--offline', `--cache=${join(out, 'empty-cache')}`], { cwd: source });

  test('npm ci fetches nothing, gcp-build warms the cache, and the function answers', async () => {
    const source = unpack(join(out, 'unpacked'));
    npm(source, 'ci');
    expect(existsSync(join(source, 'node_modules/.bin/functions-framework'))).toBe(true);
    npm(source, 'run', 'gcp-build');
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
    const response = await fetch(`http://127.0.0.1:${port}/`, EMPTY_PUSH);
    await running.stop();
    expect(response.status).toBe(204);
    expect(lines.join('\n')).toContain('EVENT_UNREADABLE');
  }, 60_000);

  // The npm buildpack: where package.json and its lock have not changed, node_modules comes from a cache, and
  // `npm install` finds nothing to do. Then the platform starts the command by its link.
  test('a second build on the node_modules of the first one starts too', async () => {
    const first = unpack(join(out, 'cached'));
    npm(first, 'ci');
    const second = unpack(join(out, 'again'));
    cpSync(join(first, 'node_modules'), join(second, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    npm(second, 'install', '--quiet');
    npm(second, 'run', 'gcp-build');

    const port = await freePort();
    const started = spawn('/bin/bash', ['-c', 'exec node_modules/.bin/functions-framework'], {
      cwd: second,
      env: { PATH: process.env['PATH'], PORT: String(port), FUNCTION_TARGET: 'onTick' },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const lines: string[] = [];
    for (const stream of [started.stdout, started.stderr]) {
      stream.on('data', (data: Buffer) => lines.push(data.toString('utf8')));
    }
    try {
      const response = await vi.waitFor(() => fetch(`http://127.0.0.1:${port}/`, EMPTY_PUSH), {
        timeout: 20_000,
        interval: 50,
      });
      expect(response.status).toBe(204);
    } catch (error) {
      throw new Error(`the command did not serve: ${lines.join('')}`, { cause: error });
    } finally {
      started.kill();
    }
  }, 60_000);
});
