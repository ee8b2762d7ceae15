/** Going back on the whole local stack: from a standby in a moment, without one by deploying the version again. */
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';
import type { OutcomeMessage } from '../support/stack-events.ts';
import { waitedForCpuMs } from '../support/waited-for-cpu.ts';
import { countMutations, startCallers, watchSplits } from './watch.ts';

vi.setConfig({ testTimeout: 240_000 });

/** Without what it waited for a core of a machine that runs other tests besides; what it took is printed. */
const IN_TIME_MS = 2_000;

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({ standing: { rollout: { standby: '30m' } }, later: {} });
  await Promise.all(['standing', 'later'].map(releaseTwo));
}, 90_000);

afterAll(() => local.close());

async function releaseTwo(service: string): Promise<void> {
  await local.land(service, 'v1');
  await local.outcomes(service, 1);
  await local.land(service, 'v2', { from: 'v2' });
  await local.outcomes(service, 2);
  await local.atRest(service);
}

async function twoLive(service: string): Promise<[OutcomeMessage, OutcomeMessage]> {
  const [good, bad] = await local.outcomes(service, 2);
  if (good === undefined || bad === undefined) throw new Error('there are not two outcomes');
  expect([good.result, bad.result]).toEqual(['Live', 'Live']);
  return [good, bad];
}

async function deployedOn(service: string): Promise<unknown[]> {
  const { deployedModels } = await local.endpoint(service);
  return deployedModels?.map(({ id }) => id) ?? [];
}

it('goes back to the standby by one call, in less than two seconds, and loses no prediction', async () => {
  const [good, bad] = await twoLive('standing');
  const live = good.deployedModel ?? '';
  expect(new Set(await deployedOn('standing'))).toEqual(new Set([live, bad.deployedModel]));
  const { traffic } = await startCallers(local, 'standing');
  await traffic.more(20);
  const watch = await watchSplits(local, 'standing');
  const mutations = countMutations(local);

  const waitedBefore = waitedForCpuMs('--target=on');
  const askedAt = performance.now();
  await local.request({ service: 'standing', action: 'rollback', reason: 'incident 7' });
  const atTheShift = await vi.waitFor(
    () => {
      const counted = mutations();
      if (watch.splits.at(-1)?.split[live] !== 100) throw new Error('not back yet');
      return counted;
    },
    { timeout: 30_000, interval: 5 },
  );
  const tookMs = (watch.splits.at(-1)?.at ?? 0) - askedAt;
  const waitedMs = waitedForCpuMs('--target=on') - waitedBefore;
  console.log(
    `rollback to a standby: ${(tookMs / 1000).toFixed(2)} s from the message to the split, ` +
      `${(waitedMs / 1000).toFixed(2)} s of it without a core`,
  );
  expect(atTheShift).toEqual({ UpdateEndpoint: 1 });
  expect(tookMs - waitedMs).toBeLessThan(IN_TIME_MS);

  const rolledBack = await local.told(bad.release, 'RolledBack');
  expect(rolledBack).toMatchObject({
    cause: { code: 'ROLLED_BACK', detail: expect.stringContaining('/standing/v1/model.onnx') },
    deployedModel: bad.deployedModel,
  });
  const [, , again] = await local.outcomes('standing', 3);
  expect(again).toMatchObject({ result: 'Live', version: '1', deployedModel: live, askedBy: 'request' });
  await local.atRest('standing');
  await watch.stop();
  await traffic.stop();
  expect(await deployedOn('standing')).toEqual([live]);
  // Behind it: the fence and the end of what was gone back from, and the aliases for people.
  const { UpdateEndpoint: updates, ...others } = mutations();
  expect(others).toEqual({ UndeployModel: 1, MergeVersionAliases: 1 });
  expect(updates).toBeLessThanOrEqual(2);
  expect(watch.splits.map(({ split }) => split)).toEqual([
    { [bad.deployedModel ?? '']: 100 },
    { [live]: 100 },
  ]);
  expect(traffic).toMatchObject({ lost: 0, lastError: null });
  local.stack.emulator.faults.clear();
});

it('has nothing to go back to after that', async () => {
  const before = local.logs.length;
  await local.request({ service: 'standing', action: 'rollback' });
  await local.allTaken('onRequest');
  expect(await local.linesOf('onRequest', before)).toMatchObject([
    { severity: 'WARNING', message: 'event refused', code: 'ROLLBACK_IMPOSSIBLE' },
  ]);
});

it('deploys the version again where nothing stands by, and uploads nothing', async () => {
  const [good, bad] = await twoLive('later');
  expect(await deployedOn('later')).toEqual([bad.deployedModel]);
  const mutations = countMutations(local);
  const { traffic } = await startCallers(local, 'later');
  await local.request({ service: 'later', action: 'rollback' });
  const [, , again] = await local.outcomes('later', 3);
  const rolledBack = await local.told(bad.release, 'RolledBack');
  await local.atRest('later');
  await traffic.stop();

  expect(again).toMatchObject({ result: 'Live', version: '1' });
  expect(again?.deployedModel).not.toBe(good.deployedModel);
  expect(rolledBack.cause?.code).toBe('ROLLED_BACK');
  expect(mutations()).toMatchObject({ DeployModel: 1, UndeployModel: 1 });
  expect(mutations()).not.toHaveProperty('UploadModel');
  expect(await deployedOn('later')).toEqual([again?.deployedModel]);
  expect(traffic).toMatchObject({ lost: 0, lastError: null });
  local.stack.emulator.faults.clear();
});
