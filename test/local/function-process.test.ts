import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { networkInterfaces, tmpdir } from 'node:os';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { afterAll, beforeAll, expect, test, vi } from 'vitest';

import { freePort } from '../../common/free-port.ts';
import { startFunction } from '../../local/function-process.ts';
import type { FunctionProcess } from '../../local/function-process.ts';
import { pushToken } from '../../emulator/push-token.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
let source: string;
let port: number;
let running: FunctionProcess;
const lines: string[] = [];
const caller = { account: 'push@p.iam.gserviceaccount.com', audience: 'https://f.run.app', secret: 's' };

beforeAll(async () => {
  source = await mkdtemp(join(tmpdir(), 'slipway-function-'));
  await symlink(join(ROOT, 'node_modules'), join(source, 'node_modules'));
  await writeFile(join(source, 'package.json'), '{"name":"functions","type":"module","main":"index.js"}');
  await writeFile(
    join(source, 'index.js'),
    `import { http } from '@google-cloud/functions-framework';\nhttp('onEvent', (request, response) => response.sendStatus(204));\n`,
  );
  port = await freePort();
  running = await startFunction({
    name: 'onEvent',
    port,
    source,
    directory: source,
    env: {},
    caller,
    onLine: (line) => lines.push(line),
  });
});

afterAll(async () => {
  await running.stop();
  await rm(source, { recursive: true });
});

function post(headers: Record<string, string>): Promise<number | undefined> {
  const authorization = `Bearer ${pushToken(caller, caller.secret, Date.now())}`;
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', method: 'POST', headers: { authorization, ...headers } }, (answer) => {
      answer.resume();
      resolve(answer.statusCode);
    })
      .on('error', reject)
      .end('{}');
  });
}

const json = { 'content-type': 'application/json' };

test('takes events of programs of this machine, and none of a web page', async () => {
  expect(await post(json)).toBe(204);
  expect(await post({ ...json, host: `localhost:${port}` })).toBe(204);
  expect(await post({ ...json, origin: 'https://evil.example' })).toBe(403);
  expect(await post({ ...json, host: 'evil.example' })).toBe(403);
  expect(await post({ 'content-type': 'text/plain' })).toBe(403);
  expect(await post({})).toBe(403);
});

test('takes calls of the account of its subscription, and of nobody else', async () => {
  const tokenOf = (more: Partial<typeof caller>, secret = caller.secret) =>
    `Bearer ${pushToken({ ...caller, ...more }, secret, Date.now())}`;
  expect(await post({ ...json, authorization: '' })).toBe(403);
  expect(
    await post({ ...json, authorization: tokenOf({ account: 'other@p.iam.gserviceaccount.com' }) }),
  ).toBe(403);
  expect(await post({ ...json, authorization: tokenOf({ audience: 'https://other.run.app' }) })).toBe(401);
  expect(await post({ ...json, authorization: tokenOf({}, 'another secret') })).toBe(401);
});

const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .find(({ internal, family }) => !internal && family === 'IPv4')?.address;

test.skipIf(outside === undefined)('cannot be reached by an address of the network', async () => {
  const reached = await new Promise((resolve) => {
    const socket = connect(port, outside);
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  expect(reached).toBe(false);
});

test('a process that ended is started again, and the log says so', async () => {
  const { pid = 0 } = running;
  process.kill(pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await post(json).catch(() => 0)).toBe(204), { timeout: 20_000 });
  expect(running.pid).not.toBe(pid);
  expect(lines.filter((line) => line.includes('is started again')).map((line) => JSON.parse(line))).toEqual([
    {
      severity: 'ERROR',
      message: 'function process ended and is started again',
      function: 'onEvent',
      ended: 'signal SIGKILL',
      againInSeconds: 0.5,
    },
  ]);
});
