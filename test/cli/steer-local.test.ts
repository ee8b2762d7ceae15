/** The command line against the whole local stack: rollback, abort and promote, as a person runs them. */
import { afterAll, beforeAll, it, vi } from 'vitest';
import { startLocalStack, type LocalStack } from '../support/local-stack.ts';
import type { OutcomeMessage } from '../support/stack-events.ts';
import { candidateAt } from '../e2e/watch.ts';
import { slipwayHere, slipwayProcess } from './run-slipway.ts';

vi.setConfig({ testTimeout: 240_000 });

const canary = { rollout: { strategy: 'canary', steps: [{ traffic: 20, bake: '10m' }] } };

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({
    churn: { rollout: { standby: '30m' } },
    aborting: canary,
    promoting: canary,
    returning: canary,
    idle: {},
  });
  await Promise.all(
    ['churn', 'aborting', 'promoting', 'returning'].map((service) => landed(service, 'v1', 1)),
  );
}, 90_000);

afterAll(() => local.close());

async function landed(service: string, from: 'v1' | 'v2', count: number): Promise<OutcomeMessage> {
  await local.land(service, from, { from });
  const outcome = (await local.outcomes(service, count)).at(-1);
  if (outcome?.result !== 'Live') throw new Error(`${service}: ${outcome?.result}`);
  await local.atRest(service);
  return outcome;
}

async function baking(service: string): Promise<string> {
  const [first] = await local.outcomes(service, 1);
  await local.land(service, 'v2', { from: 'v2' });
  const split = await candidateAt(local, service, 20);
  return Object.keys(split).find((id) => id !== first?.deployedModel) ?? '';
}

it.concurrent('goes back, and watches it', async ({ expect }) => {
  const [good] = await local.outcomes('churn', 1);
  const bad = await landed('churn', 'v2', 2);
  const shown = await slipwayHere(local, 'status', 'churn');
  expect(shown.stdout).toMatch(
    /^ {2}standby {2}v1 stays deployed until \S+ \S+, .+ more; "slipway rollback churn"/m,
  );

  const ran = await slipwayProcess(local, 'rollback', 'churn', '--reason', 'incident 7', '--watch');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  const lines = ran.stdout.trimEnd().split('\n');
  expect(lines[0]).toBe(`rollback requested from ${bad.release} to v1 of churn, which is still deployed`);
  expect(lines.at(-1)).toMatch(
    new RegExp(`^v1  Live after \\d+ s, version 1, deployed model ${good?.deployedModel}$`),
  );
  await local.atRest('churn');
  const history = await slipwayHere(local, 'history', 'churn');
  expect(history.stdout).toContain(`back from ${bad.release}`);
  expect(history.stdout).toContain('RolledBack');

  const again = await slipwayHere(local, 'rollback', 'churn');
  expect(again).toMatchObject({ exitCode: 2, stdout: '' });
  expect(again.stderr).toContain('nothing of churn was live before');
});

it.concurrent('gives up what is in progress by a rollback, and watches it', async ({ expect }) => {
  const candidate = await baking('returning');
  const ran = await slipwayHere(local, 'rollback', 'returning', '--reason', 'too slow', '--watch');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toMatch(/^abort requested for v2 of returning; the live model keeps serving$/m);
  expect(ran.stdout).toMatch(/^v2 {2}RolledBack after \d+ s/m);
  expect(ran.stdout).toMatch(/^ {2}too slow$/m);
  await local.atRest('returning');
  const { deployedModels } = await local.endpoint('returning');
  expect(deployedModels?.map(({ id }) => id)).not.toContain(candidate);
});

it.concurrent('gives a release up', async ({ expect }) => {
  await baking('aborting');
  const ran = await slipwayHere(local, 'abort', 'aborting', '--reason', 'the label was wrong');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toContain('abort requested for v2 of aborting; the live model keeps serving');
  const watched = await slipwayHere(local, 'watch', 'aborting');
  expect(watched.exitCode).toBe(1);
  expect(watched.stdout).toMatch(/^v2 {2}RolledBack after \d+ s/m);
  const [first, second] = await local.outcomes('aborting', 2);
  expect(second).toMatchObject({ result: 'RolledBack', cause: { detail: 'the label was wrong' } });
  expect((await local.endpoint('aborting')).trafficSplit).toEqual({ [first?.deployedModel ?? '']: 100 });
});

it.concurrent('gives a release all the traffic', async ({ expect }) => {
  const candidate = await baking('promoting');
  // The split is there before the ledger says so.
  await vi.waitFor(
    async () => {
      const shown = await slipwayHere(local, 'status', 'promoting');
      expect(shown.stdout).toMatch(
        /^ {2}release {2}v2 {2}baking at 20 % \(step 1 of 2, \d+ m(?: \d+ s)? left\)/m,
      );
    },
    { timeout: 30_000, interval: 200 },
  );
  const ran = await slipwayHere(local, 'promote', 'promoting');
  expect(ran).toMatchObject({ exitCode: 0, stderr: '' });
  expect(ran.stdout).toContain('promotion requested: v2 of promoting receives all the traffic');
  expect(await slipwayHere(local, 'watch', 'promoting')).toMatchObject({ exitCode: 0 });
  await local.atRest('promoting');
  expect((await local.endpoint('promoting')).trafficSplit).toEqual({ [candidate]: 100 });
});

it.concurrent.for(['rollback', 'abort', 'promote'])(
  'asks for no %s where there is nothing',
  async (command, { expect }) => {
    const ran = await slipwayHere(local, command, 'idle');
    expect(ran).toMatchObject({ exitCode: 2, stdout: '' });
    expect(ran.stderr).toMatch(/^slipway: /);
  },
);
