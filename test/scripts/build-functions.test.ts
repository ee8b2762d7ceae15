/** What `npm run build` makes: it runs as the functions do, and is the same at every build. */
import { readFileSync, rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { unzipSync } from 'fflate';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { freePort, startFunction, type FunctionProcess } from '../../emulator/function-process.ts';
import { buildFunctions } from '../../scripts/build-functions.ts';
import { startLocalStack, type LocalStack } from '../e2e/local-stack.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
/** Below the repository, where the bundle finds the Functions Framework. */
const OUT = join(ROOT, `dist/test-functions-${process.pid}`);

const lines: string[] = [];
const running: FunctionProcess[] = [];
const urls = new Map<string, string>();
let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({ bundled: {} });
  await buildFunctions(OUT, local.stack.config.path);
  for (const name of ['onRequest', 'onTick']) {
    const port = await freePort();
    urls.set(name, `http://127.0.0.1:${port}`);
    running.push(
      await startFunction({
        name,
        port,
        source: OUT,
        directory: OUT,
        env: { ...local.stack.env, SLIPWAY_CONFIG: 'slipway.yaml' },
        onLine: (line) => lines.push(line),
      }),
    );
  }
}, 120_000);

afterAll(async () => {
  await Promise.all(running.map((process) => process.stop()));
  await local.close();
  rmSync(OUT, { recursive: true, force: true });
  rmSync(`${OUT}.zip`, { force: true });
});

/** As a push subscription delivers it. */
async function push(name: string, body: unknown): Promise<number> {
  const message = {
    data: Buffer.from(JSON.stringify(body)).toString('base64'),
    messageId: String(Math.floor(performance.now() * 1000)),
    publishTime: new Date().toISOString(),
  };
  const response = await fetch(`${urls.get(name)}/projects/e2e-project/topics/pushed`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ message, subscription: 'projects/e2e-project/subscriptions/pushed' }),
  });
  return response.status;
}

test('the bundle takes a request in and looks after the service', { timeout: 60_000 }, async () => {
  await local.land('bundled', 'one');
  await local.outcomes('bundled', 1);
  expect(await push('onRequest', { service: 'bundled' })).toBe(204);
  await vi.waitFor(() => expect(lines.join('\n')).toContain('request taken in'));
  const [, again] = await local.outcomes('bundled', 2);
  expect(again).toMatchObject({ result: 'Live', cause: null });
  // At rest a tick still reads the ledger and asks Vertex AI for the endpoint.
  await local.atRest('bundled');
  expect(await push('onTick', { service: 'bundled' })).toBe(204);
  expect(await push('onTick', { service: 'unknown' })).toBe(204);
  await vi.waitFor(() => expect(lines.join('\n')).toContain('SERVICE_UNKNOWN'));
  expect(lines.filter((line) => /^\s+at /.test(line))).toEqual([]);
});

test('the archive has the same bytes at every build, and all that the runtime needs', async () => {
  const first = readFileSync(`${OUT}.zip`);
  await buildFunctions(OUT, local.stack.config.path);
  expect(readFileSync(`${OUT}.zip`).equals(first)).toBe(true);
  expect(Object.keys(unzipSync(first))).toEqual([
    'index.cjs',
    'package-lock.json',
    'package.json',
    'slipway.yaml',
  ]);
  expect(first.length).toBeLessThan(2_000_000);
});

function packages(path: string): Record<string, { version?: string }> {
  return JSON.parse(readFileSync(path, 'utf8')).packages;
}

test('the lockfile holds what the Functions Framework needs, at the versions of the repository', () => {
  const whole = packages(join(ROOT, 'package-lock.json'));
  const { '': root, ...kept } = packages(join(OUT, 'package-lock.json'));
  expect(root).toMatchObject({ dependencies: { '@google-cloud/functions-framework': expect.any(String) } });
  expect(kept).toHaveProperty(['node_modules/@google-cloud/functions-framework']);
  expect(kept).not.toHaveProperty(['node_modules/@google-cloud/aiplatform']);
  const other = Object.entries(kept).filter(([path, { version }]) => whole[path]?.version !== version);
  expect(other).toEqual([]);
});
