/** Services that are parked and woken, change their scale, or have one model at a time, on the whole local stack. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { mixedUp } from '../support/artifacts.ts';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';

vi.setConfig({ testTimeout: 240_000 });

/** The predictor asks its golden rows itself: a candidate that answers wrongly would never come up. */
const UNCHECKED = { env: { SLIPWAY_GOLDEN: 'off' } };
const ALWAYS = [{ from: '00:00', to: '24:00', timeZone: 'UTC' }];
const recreating = { serving: UNCHECKED, rollout: { strategy: 'recreate', gates: { golden: {} } } };
const services = {
  parking: {},
  hourly: { serving: { hours: ALWAYS } },
  scaled: { serving: { minReplicas: 1, maxReplicas: 1 } },
  replaced: recreating,
  kept: recreating,
};

let local: LocalStack;
/** The deployed model that was live when the tests began. */
const first = new Map<string, string>();

beforeAll(async () => {
  local = await startLocalStack(services);
  const names = Object.keys(services);
  await Promise.all(names.map((service) => local.land(service, 'v1')));
  for (const service of names) first.set(service, await liveOf(service));
}, 120_000);

afterAll(() => local.close());

async function liveOf(service: string): Promise<string> {
  const [outcome] = await local.outcomes(service, 1);
  expect(outcome).toMatchObject({ result: 'Live' });
  await local.atRest(service);
  return outcome?.deployedModel ?? '';
}

async function deployedIds(service: string): Promise<string[]> {
  return ((await local.endpoint(service)).deployedModels ?? []).map(({ id }) => id ?? '');
}

/** Of that minute since the epoch. */
function timeAt(minute: number): string {
  return new Date(minute * 60_000).toISOString().slice(11, 16);
}

function tick(service: string): Promise<string> {
  return local.pubsub.topic('slipway-ticks').publishMessage({ json: { service } });
}

it('parks a service when that is asked for, and wakes it for a request and for a release', async () => {
  const asked = { reason: 'no callers before Monday', requestedBy: 'ada@example.com' };
  await local.request({ service: 'parking', action: 'park', ...asked });
  expect(await local.parkings('parking', 1)).toMatchObject([{ notice: 'Parked', by: 'request', ...asked }]);
  expect(await deployedIds('parking')).toEqual([]);
  await expect(local.predict('parking')).rejects.toMatchObject({ code: expect.any(Number) });

  await local.request({ service: 'parking', action: 'wake', requestedBy: 'ben@example.com' });
  const [, woken] = await local.parkings('parking', 2);
  expect(woken).toMatchObject({ notice: 'Woken', by: 'request', requestedBy: 'ben@example.com' });
  await local.atRest('parking');
  const [awake] = await deployedIds('parking');
  expect(awake).not.toBe(first.get('parking'));
  expect(await local.predict('parking')).toMatchObject({ deployedModelId: awake });

  await local.request({ service: 'parking', action: 'park' });
  await local.parkings('parking', 3);
  await local.land('parking', 'v2', { from: 'v2' });
  const [, outcome] = await local.outcomes('parking', 2);
  expect(outcome).toMatchObject({ result: 'Live' });
  expect((await local.parkings('parking', 4)).at(-1)).toMatchObject({
    notice: 'Woken',
    by: 'release',
    reason: outcome?.release,
  });
  expect(await local.predict('parking')).toMatchObject({ deployedModelId: outcome?.deployedModel });
  expect(await local.outcomes('parking', 2)).toHaveLength(2);
});

it('replaces the only model, and tells how long nothing served', async () => {
  await local.land('replaced', 'v2', { from: 'v2' });
  const [, outcome] = await local.outcomes('replaced', 2);
  expect(outcome).toMatchObject({ result: 'Live', downtimeMs: expect.any(Number) });
  expect(outcome?.downtimeMs).toBeGreaterThan(0);
  await local.atRest('replaced');
  expect(await deployedIds('replaced')).toEqual([outcome?.deployedModel]);
  expect(await local.predict('replaced')).toMatchObject({ deployedModelId: outcome?.deployedModel });
});

it('deploys the old version again where the one that took its place answers wrongly', async () => {
  const version = (await local.ledger('kept')).live?.request.version;
  await local.landFiles('kept', 'v2', await mixedUp());
  const [, outcome] = await local.outcomes('kept', 2);
  expect(outcome).toMatchObject({ result: 'RolledBack', cause: { code: 'GATE_GOLDEN' } });
  expect(outcome?.downtimeMs).toBeGreaterThan(0);
  await local.atRest('kept');
  const { live } = await local.ledger('kept');
  expect(live?.request.version).toBe(version);
  expect(live?.deployedModel).not.toBe(first.get('kept'));
  expect(await deployedIds('kept')).toEqual([live?.deployedModel]);
  expect(await local.predict('kept')).toMatchObject({ deployedModelId: live?.deployedModel });
});

it('follows slipway.yaml without a release: other replicas, and other hours', async () => {
  // They end with this minute: an end before the release would come too late.
  const minute = Math.floor(Date.now() / 60_000);
  const closed = [{ from: timeAt(minute - 60), to: timeAt(minute + 1), timeZone: 'UTC' }];
  const scaled = { serving: { minReplicas: 2, maxReplicas: 3 } };
  await local.reconfigure({ ...services, scaled, hourly: { serving: { hours: closed } } });
  await tick('scaled');

  await vi.waitFor(
    async () => {
      const [model] = (await local.endpoint('scaled')).deployedModels ?? [];
      expect(model).toMatchObject({
        id: first.get('scaled'),
        dedicatedResources: { minReplicaCount: 2, maxReplicaCount: 3 },
      });
    },
    { timeout: 60_000, interval: 200 },
  );
  expect(await local.outcomes('scaled', 1)).toHaveLength(1);

  await vi.waitFor(
    async () => {
      await tick('hourly');
      expect((await local.ledger('hourly')).parked).toMatchObject({ by: 'schedule' });
    },
    { timeout: 90_000, interval: 1_000 },
  );
  expect(await local.parkings('hourly', 1)).toMatchObject([{ notice: 'Parked', by: 'schedule' }]);
  expect(await deployedIds('hourly')).toEqual([]);

  await local.atRest('hourly');
  await local.reconfigure({ ...services, scaled });
  await vi.waitFor(
    async () => {
      await tick('hourly');
      expect(await local.ledger('hourly')).not.toHaveProperty('parked');
    },
    { timeout: 90_000, interval: 1_000 },
  );
  expect((await local.parkings('hourly', 2)).at(-1)).toMatchObject({ notice: 'Woken', by: 'schedule' });
  await local.atRest('hourly');
  const [awake] = await deployedIds('hourly');
  expect(await local.predict('hourly')).toMatchObject({ deployedModelId: awake });
});
