/** Deployments that fail on the whole local stack: the event quotes the container's own words. */
import { afterAll, beforeAll, it, vi } from 'vitest';
import { mixedUp } from '../support/artifacts.ts';
import { ASTRAY, startLocalStack, type LocalStack } from '../support/local-stack.ts';

vi.setConfig({ testTimeout: 180_000 });

let local: LocalStack;

// An operation is looked at after 16 seconds, and then after a minute.
beforeAll(async () => {
  local = await startLocalStack(
    { truncated: {}, mistaught: {}, astray: { image: ASTRAY } },
    { deploymentTimeout: 12 },
  );
}, 60_000);

afterAll(() => local.close());

it.concurrent.for([
  {
    what: 'a truncated model',
    service: 'truncated',
    land: () => local.land('truncated', 'v1', { broken: true }),
    code: 'DEPLOY_BAD_ARTIFACT',
    words: 'model refused: expected an ONNX model, got something else or a part of one',
  },
  {
    what: 'golden rows of another model',
    service: 'mistaught',
    land: async () => local.landFiles('mistaught', 'v1', await mixedUp()),
    code: 'DEPLOY_GOLDEN_MISMATCH',
    words: 'answers golden.jsonl line 1 differently',
  },
  {
    what: 'a server on another port',
    service: 'astray',
    land: () => local.land('astray', 'v1'),
    code: 'DEPLOY_PORT',
    words: 'Listening on http://127.0.0.1:2',
  },
])('says why of $what', async ({ service, land, code, words }, { expect }) => {
  await land();
  const [outcome] = await local.outcomes(service, 1);
  expect(outcome).toMatchObject({
    result: 'Failed',
    cause: { code, detail: expect.stringContaining(words) },
  });
  await local.atRest(service);
  expect((await local.endpoint(service)).deployedModels ?? []).toEqual([]);
});
