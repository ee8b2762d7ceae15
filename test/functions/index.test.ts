/** The module that Cloud Functions loads, in a process of its own, as Cloud Functions runs it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../common/free-port.ts';
import { base64, JSON_TYPE, pushed } from './support/pushes.ts';
import { YAML } from '../support/test-app.ts';

const MAIN = createRequire(import.meta.url)
  .resolve('@google-cloud/functions-framework')
  .replace(/index\.js$/, 'main.js');

const running = new Set<() => void>();

afterEach(() => {
  for (const stop of running) stop();
  running.clear();
});

function start(yaml: string, port: number) {
  const config = join(mkdtempSync(join(tmpdir(), 'slipway-')), 'slipway.yaml');
  writeFileSync(config, yaml);
  const child = spawn(
    process.execPath,
    [MAIN, '--target=onRequest', '--signature-type=http', `--port=${port}`],
    {
      env: { ...process.env, NODE_ENV: 'production', SLIPWAY_CONFIG: config },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  running.add(() => child.kill('SIGKILL'));
  return {
    child,
    printed: Promise.all([text(child.stdout), text(child.stderr)]).then((streams) => streams.join('')),
    send: (sent: { headers?: Record<string, string | string[]>; body?: string | Buffer }) =>
      fetch(`http://127.0.0.1:${port}/`, {
        method: 'POST',
        headers: new Headers(
          Object.entries(sent.headers ?? {}).map(([name, value]) => [name, String(value)]),
        ),
        body: String(sent.body ?? ''),
      }),
  };
}

describe('the function as a process', () => {
  it('does not start on a configuration that cannot be used, and tells all that is wrong with it in one line', async () => {
    const { child, printed } = start(`${YAML}extra: 1\nmore: 2\n`, await freePort());
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    const lines = (await printed).split('\n').filter((line) => line.startsWith('{'));
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        severity: 'ERROR',
        message: 'configuration cannot be used',
        problems: ['extra: not a field that is known here', 'more: not a field that is known here'],
      },
    ]);
    expect(await printed).not.toMatch(/^ {4}at /m);
  });

  it('acknowledges bad input with one line each, and lives on', async () => {
    const { child, printed, send } = start(YAML, await freePort());
    const data = base64('{"service":"secret-name"}');
    const message = { data, messageId: '1', publishTime: '2026-01-01T00:00:00Z' };
    const unknown = pushed({ message, subscription: 's' });
    await vi.waitFor(() => send(unknown), { timeout: 20_000, interval: 100 });

    const statuses: number[] = [];
    for (const sent of [
      { headers: JSON_TYPE, body: '{"secret' },
      { headers: { 'content-type': 'text/plain' }, body: 'secret' },
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: 'secret' },
      {},
      unknown,
    ]) {
      statuses.push((await send(sent)).status);
    }
    expect(statuses).toEqual([204, 204, 204, 204, 204]);
    expect(child.exitCode).toBeNull();

    child.kill('SIGTERM');
    const lines = (await printed).trim().split('\n');
    // The framework may answer before the line is written: the order is not promised.
    const codes = lines.map((line) => String(Reflect.get(Object(JSON.parse(line)), 'code')));
    expect(codes.toSorted()).toEqual([
      'EVENT_UNREADABLE',
      'EVENT_UNREADABLE',
      'EVENT_UNREADABLE',
      'EVENT_UNREADABLE',
      'SERVICE_UNKNOWN',
      'SERVICE_UNKNOWN',
    ]);
    expect(await printed).not.toContain('secret');
  });
});
