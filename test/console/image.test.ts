/**
 * The console's image starts: there may be no engine for containers here, so its files are put together as the
 * Dockerfile copies them, and its entrypoint is run with the options that Terraform gives it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { AUDIENCE, HOST } from './iap-tokens.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const dockerfile = read('console/Dockerfile');
const served = dockerfile.slice(dockerfile.lastIndexOf('FROM '));

let folder: string;
let started: ChildProcess | null = null;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'console-image-'));
  for (const [, paths = ''] of served.matchAll(/^COPY --chown=root:root (.*)$/gm)) {
    const [...words] = paths.split(' ');
    const target = words.pop() ?? '';
    for (const word of words)
      cpSync(join(ROOT, word), join(folder, target === './' ? word : target), { recursive: true });
  }
  // As `npm ci` leaves them there: what it omits, the program cannot import.
  const lock: { packages: Record<string, { dev?: boolean; optional?: boolean }> } = JSON.parse(
    read('package-lock.json'),
  );
  for (const [path, { dev, optional }] of Object.entries(lock.packages)) {
    const isOmitted =
      path === '' || dev === true || optional === true || /\/onnxruntime-(?:node|common)$/.test(path);
    if (isOmitted || path.lastIndexOf('node_modules/') > 0) continue;
    mkdirSync(join(folder, path, '..'), { recursive: true });
    symlinkSync(join(ROOT, path), join(folder, path));
  }
});

afterAll(() => {
  started?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});

it('is built and served from the pinned base of the predictor, as a user without rights', () => {
  const bases = (text: string) => [...text.matchAll(/^FROM (\S+)/gm)].map(([, image]) => image);
  expect(new Set([...bases(dockerfile), ...bases(read('predictor/Dockerfile'))]).size).toBe(1);
  expect(served).toMatch(/^USER 1000$/m);
  expect(served).not.toMatch(/^RUN/m);
  expect(readdirSync(folder).toSorted()).toEqual(
    ['cli', 'common', 'console', 'functions', 'node_modules', 'package.json', 'slipway.yaml'].toSorted(),
  );
});

it('starts, serves its pages under its own name, and gives data to nobody past IAP', async () => {
  const port = await freePort();
  const [command = '', ...args] = JSON.parse(/^ENTRYPOINT (.*)$/m.exec(served)?.[1] ?? '[]');
  const options = ['--port', String(port), '--iap-audience', AUDIENCE, '--host', HOST];
  let said = '';
  started = spawn(command === 'node' ? process.execPath : command, [...args, ...options], {
    cwd: folder,
    env: { NODE_ENV: 'production', PATH: process.env['PATH'] },
  });
  for (const stream of [started.stdout, started.stderr]) stream?.on('data', (text) => (said += String(text)));
  const statusOf = (path: string) => ask(port, path).catch(() => 0);
  await vi.waitFor(async () => expect([await statusOf('/'), said]).toEqual([200, expect.anything()]), {
    timeout: 25_000,
  });
  expect(
    await Promise.all(['/ui/app.js', '/lit/lit-html.js', '/api/session', '/api/services'].map(statusOf)),
  ).toEqual([200, 200, 401, 401]);
  expect(said).toContain(`console: https://${HOST}/`);
  const ended = new Promise((resolve) => started?.once('exit', resolve));
  started.kill('SIGTERM');
  expect(await ended).toBe(0);
});

function ask(port: number, path: string): Promise<number> {
  return new Promise((resolve, reject) => {
    request({ host: '127.0.0.1', port, path, headers: { host: HOST } }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    })
      .on('error', reject)
      .end();
  });
}
