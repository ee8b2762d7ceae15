/** The smoke release of a deployment, on the local stack. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { smoke } from '../../scripts/smoke.ts';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';

const V1 = fileURLToPath(new URL('../../examples/breast-cancer/artifacts/v1', import.meta.url));

let local: LocalStack;
beforeAll(async () => {
  local = await startLocalStack({ smoked: {} });
}, 60_000);
afterAll(() => local.close());

function release(folder: string, name: string) {
  const env = { ...process.env, SLIPWAY_CONFIG: local.stack.config.path };
  return smoke({ service: 'smoked', folder, name, timeoutMs: 50_000, env });
}

test('a good artifact goes live and answers, and leaves no subscription', { timeout: 60_000 }, async () => {
  expect(await release(V1, 'first')).toMatchObject({ result: 'Live', cause: null });
  expect(await local.predict('smoked')).toMatchObject({ predictions: expect.any(Number) });
  const [subscriptions] = await local.pubsub.getSubscriptions();
  expect(subscriptions.filter(({ name }) => name.includes('slipway-smoke'))).toEqual([]);
});

test('a broken artifact is told as what it is', { timeout: 60_000 }, async () => {
  const folder = await mkdtemp(join(tmpdir(), 'slipway-smoke-'));
  // An ONNX file as far as can be seen from outside, with no graph that could be run.
  await writeFile(join(folder, 'model.onnx'), Buffer.from([0x08, 0x08, 0x3a, 0x00]));
  const { result, cause } = await release(folder, 'second');
  await rm(folder, { recursive: true });
  expect(result).toMatch(/Failed|Refused/);
  expect(cause).not.toBeNull();
});

test('an unknown service is refused before anything is made', async () => {
  const env = { ...process.env, SLIPWAY_CONFIG: local.stack.config.path };
  const asked = smoke({ service: 'other', folder: V1, name: 'third', timeoutMs: 1_000, env });
  await expect(asked).rejects.toThrow('expected one of smoked, got other');
});
