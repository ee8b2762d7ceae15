/** What is deployed does what the sources do. `E2E_TARGET=bundle npx vitest run test/e2e` runs every suite against it. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({ bundled: {} }, { target: 'bundle' });
}, 60_000);

afterAll(() => local.close());

test('an artifact goes live through the bundle', async () => {
  const generation = await local.land('bundled', 'v1');
  const [outcome] = await local.outcomes('bundled', 1);
  expect(outcome).toMatchObject({ result: 'Live', cause: null, version: '1' });
  expect(outcome?.artifact.endsWith(`#${generation}`)).toBe(true);
  expect(await local.predict('bundled')).toEqual({
    deployedModelId: outcome?.deployedModel,
    predictions: 1,
  });
}, 120_000);

test('a request that cannot be met is refused in one line', async () => {
  await local.request({ service: 'nobody' });
  await local.allTaken('onRequest');
  await expect
    .poll(() => local.logs)
    .toContainEqual(expect.objectContaining({ function: 'onRequest', code: 'SERVICE_UNKNOWN' }));
});
