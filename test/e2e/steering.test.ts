/** What people ask of a release half-way, on the whole local stack. */
import { afterAll, beforeAll, it, vi } from 'vitest';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';
import { candidateAt, startCallers } from './watch.ts';

vi.setConfig({ testTimeout: 240_000 });

const canary = (bake: string) => ({
  rollout: {
    strategy: 'canary',
    steps: [
      { traffic: 20, bake },
      { traffic: 60, bake: '1s' },
    ],
  },
});

let local: LocalStack;
/** The deployed model that was live when the tests began. */
const before = new Map<string, string>();

beforeAll(async () => {
  const services = { aborting: canary('10m'), promoting: canary('10m'), holding: canary('8s') };
  local = await startLocalStack(services);
  await Promise.all(Object.keys(services).map((service) => local.land(service, 'v1')));
  for (const service of Object.keys(services)) {
    const [first] = await local.outcomes(service, 1);
    before.set(service, first?.deployedModel ?? '');
    await local.atRest(service);
  }
}, 90_000);

afterAll(() => local.close());

it.concurrent('gives a release up in its bake', async ({ expect }) => {
  const { traffic } = await startCallers(local, 'aborting', { perSecond: 20 });
  await local.land('aborting', 'v2', { from: 'v2' });
  await candidateAt(local, 'aborting', 20);
  await local.request({ service: 'aborting', action: 'abort', reason: 'the label was wrong' });
  const [, outcome] = await local.outcomes('aborting', 2);
  await local.atRest('aborting');
  await traffic.stop();
  const live = before.get('aborting') ?? '';
  expect(outcome).toMatchObject({
    result: 'RolledBack',
    cause: { code: 'ABORTED', detail: 'the label was wrong' },
  });
  const endpoint = await local.endpoint('aborting');
  expect(endpoint.trafficSplit).toEqual({ [live]: 100 });
  expect(endpoint.deployedModels?.map(({ id }) => id)).toEqual([live]);
  expect(traffic).toMatchObject({ lost: 0, lastError: null });
});

it.concurrent('gives a release all the traffic in its bake', async ({ expect }) => {
  await local.land('promoting', 'v2', { from: 'v2' });
  const split = await candidateAt(local, 'promoting', 20);
  const candidate = Object.keys(split).find((id) => id !== before.get('promoting'));
  await local.request({ service: 'promoting', action: 'promote' });
  const [, outcome] = await local.outcomes('promoting', 2);
  await local.atRest('promoting');
  expect(outcome).toMatchObject({ result: 'Live', deployedModel: candidate, cause: null });
  expect((await local.endpoint('promoting')).trafficSplit).toEqual({ [candidate ?? '']: 100 });
});

it.concurrent('keeps the split of a release on hold, and goes on when it is resumed', async ({ expect }) => {
  await local.land('holding', 'v2', { from: 'v2' });
  const split = await candidateAt(local, 'holding', 20);
  await local.request({ service: 'holding', action: 'hold', reason: 'wait for marketing' });
  const held = await vi.waitFor(
    async () => {
      const ledger = await local.ledger('holding');
      if (ledger.hold === undefined || ledger.lease !== null) throw new Error('a tick is at work');
      return ledger;
    },
    { timeout: 60_000, interval: 100 },
  );
  expect(held.release).toMatchObject({ step: 0, served: true });
  // The bake ends, and ticks come: nothing happens.
  const bakedAt = (held.release?.stepSince ?? 0) + 8_000;
  await vi.waitUntil(() => Date.now() > bakedAt + 500, { timeout: 30_000 });
  await local.pubsub.topic('slipway-ticks').publishMessage({ json: { service: 'holding' } });
  await local.allTaken('onTick');
  expect((await local.endpoint('holding')).trafficSplit).toEqual(split);
  expect((await local.ledger('holding')).release).toEqual(held.release);

  await local.request({ service: 'holding', action: 'resume' });
  const [, outcome] = await local.outcomes('holding', 2);
  expect(outcome).toMatchObject({ result: 'Live' });
  await local.atRest('holding');
  expect((await local.endpoint('holding')).trafficSplit).toEqual({ [outcome?.deployedModel ?? '']: 100 });
});
