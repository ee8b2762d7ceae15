/** Canaries on the whole local stack: what callers get while a candidate proves itself, or does not. */
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { logistic } from '../predictor/models.ts';
import { mixedUp, table } from '../support/artifacts.ts';
import { LOCATION, MODELS, startLocalStack, type LocalStack } from '../support/local-stack.ts';
import { startCallers, watchSplits } from './watch.ts';

vi.setConfig({ testTimeout: 240_000 });

/** The predictor asks its golden rows itself, and a candidate of this kind would never come up. Other images do not. */
const UNCHECKED = { env: { SLIPWAY_GOLDEN: 'off' } };
const PLAUSIBLE = fileURLToPath(new URL('handlers/plausible.ts', import.meta.url));
const canary = (steps: readonly object[], more: object) => ({
  rollout: { strategy: 'canary', steps, ...more },
});

let local: LocalStack;
/** The deployed model that was live when the tests began. */
const before = new Map<string, string>();

beforeAll(async () => {
  local = await startLocalStack({
    stepping: canary(
      [
        { traffic: 10, bake: '3s' },
        { traffic: 50, bake: '2s' },
      ],
      {
        gates: {
          golden: {},
          comparison: { maxDifference: 1, tolerance: 0.1, outsideTolerance: 0.9 },
          metrics: { minSample: 2, p95Ratio: 1000 },
        },
      },
    ),
    mistaken: {
      serving: UNCHECKED,
      ...canary(
        [
          { traffic: 5, bake: '1m' },
          { traffic: 50, bake: '1m' },
        ],
        { gates: { golden: {} } },
      ),
    },
    differing: canary([{ traffic: 20, bake: '1m' }], { gates: { comparison: { maxDifference: 0.0001 } } }),
    failing: {
      serving: { env: { SLIPWAY_HANDLER: PLAUSIBLE } },
      ...canary([{ traffic: 50, bake: '4s' }], { gates: { metrics: { minSample: 20, p95Ratio: 1000 } } }),
    },
    quiet: canary([{ traffic: 50, bake: '1s' }], { gates: { metrics: { minSample: 10, p95Ratio: 1000 } } }),
    contracted: {},
  });
  const models = ['stepping', 'mistaken', 'differing', 'quiet'];
  await Promise.all([
    ...models.map((service) => local.land(service, 'v1')),
    local.landFiles('failing', 'v1', table()),
    local.landFiles('contracted', 'v1', { 'model.onnx': logistic(3) }),
  ]);
  for (const service of [...models, 'failing', 'contracted']) before.set(service, await liveOf(service));
  // With nobody calling it takes a minute more.
  await local.land('quiet', 'v2', { from: 'v2' });
}, 90_000);

afterAll(() => local.close());

async function liveOf(service: string): Promise<string> {
  const [first] = await local.outcomes(service, 1);
  expect(first).toMatchObject({ result: 'Live' });
  await local.atRest(service);
  return first?.deployedModel ?? '';
}

// Services are apart from one another. What measures its callers comes alone: predictors starting next to it would slow it.
it('goes live step by step, and proves itself to every gate', async () => {
  const live = before.get('stepping') ?? '';
  const { traffic } = await startCallers(local, 'stepping');
  const watch = await watchSplits(local, 'stepping');
  await local.land('stepping', 'v2', { from: 'v2' });
  const [, outcome] = await local.outcomes('stepping', 2);
  await local.atRest('stepping');
  await watch.stop();
  await traffic.stop();

  const after = outcome?.deployedModel ?? '';
  expect(outcome).toMatchObject({ result: 'Live', cause: null });
  expect(watch.splits.map(({ split }) => split)).toEqual([
    { [live]: 100 },
    { [live]: 90, [after]: 10 },
    { [live]: 50, [after]: 50 },
    { [after]: 100 },
  ]);
  expect(
    outcome?.verdicts?.map(({ gate, verdict }) => [gate, verdict]).filter(([gate]) => gate !== 'contract'),
  ).toEqual([
    ['golden', 'pass'],
    ['comparison', 'pass'],
    ['metrics', 'pass'],
  ]);
  expect(traffic).toMatchObject({ lost: 0, lastError: null });
  expect((await local.endpoint('stepping')).deployedModels?.map(({ id }) => id)).toEqual([after]);
});

it('takes back a candidate that answers wrongly, and no caller loses an answer', async () => {
  const live = before.get('mistaken') ?? '';
  const callers = await startCallers(local, 'mistaken', { perSecond: 60 });
  const { traffic } = callers;
  const watch = await watchSplits(local, 'mistaken');
  await local.landFiles('mistaken', 'v2', await mixedUp());
  const [, outcome] = await local.outcomes('mistaken', 2);
  await traffic.more(100);
  await local.atRest('mistaken');
  await watch.stop();
  await traffic.stop();

  expect(outcome).toMatchObject({
    result: 'RolledBack',
    cause: {
      code: 'GATE_GOLDEN',
      detail: expect.stringMatching(
        /^\d+ of \d+ golden rows answered wrongly; line \d+: prediction\.probabilities\[0\]: expected \S+, got \S+ \(tolerance 0\.0001\)$/,
      ),
    },
  });
  const golden = outcome?.verdicts?.find(({ gate }) => gate === 'golden');
  expect(golden).toMatchObject({ verdict: 'fail', reason: outcome?.cause?.detail });

  const [, step, back] = watch.splits;
  const candidate = Object.keys(step?.split ?? {}).find((id) => id !== live) ?? '';
  expect(watch.splits.map(({ split }) => split)).toEqual([
    { [live]: 100 },
    { [live]: 95, [candidate]: 5 },
    { [live]: 100 },
  ]);
  expect(traffic).toMatchObject({ lost: 0, lastError: null });
  expect(new Set(traffic.byModel.keys()).difference(new Set([live, candidate]))).toEqual(new Set());
  // Seen up to 50 ms late.
  const [from, to] = [(step?.at ?? 0) - 100, back?.at ?? 0];
  const during = callers.answersBetween(from, to);
  expect(during.get(candidate) ?? 0).toBe(traffic.byModel.get(candidate) ?? 0);
  // 5 % and what chance adds: one in a thousand is above four standard deviations.
  const asked = (during.get(candidate) ?? 0) + (during.get(live) ?? 0);
  expect(during.get(candidate) ?? 0).toBeLessThanOrEqual(0.05 * asked + 4 * Math.sqrt(0.05 * asked) + 1);
  console.log(
    `mistaken: ${traffic.answered} answers, ${during.get(candidate) ?? 0} of ${asked} in the step by the candidate, ` +
      `which had its share for ${Math.round(to - from)} ms`,
  );

  const endpoint = await local.endpoint('mistaken');
  expect(endpoint.deployedModels?.map(({ id }) => id)).toEqual([live]);
  expect(await local.ledger('mistaken')).toMatchObject({ release: null, live: { deployedModel: live } });
});

it('takes back a candidate that fails its callers often', async () => {
  const { traffic } = await startCallers(local, 'failing', { instances: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9] });
  await traffic.more(40);
  expect(traffic.lost).toBe(0);
  await local.landFiles('failing', 'v2', table(1000));
  const [, outcome] = await local.outcomes('failing', 2);
  await traffic.settled();
  const lost = traffic.lost;
  await traffic.more(40);
  await traffic.stop();

  expect(outcome).toMatchObject({
    result: 'RolledBack',
    cause: {
      code: 'GATE_METRICS',
      detail: expect.stringMatching(
        /^\d+(\.\d+)? % of the candidate's requests failed, 0 % of the live model's \(at most 1 % more\)$/,
      ),
    },
  });
  expect(lost).toBeGreaterThan(20);
  expect(traffic.lost).toBe(lost);
  expect((await local.endpoint('failing')).trafficSplit).toEqual({ [before.get('failing') ?? '']: 100 });
});

it.concurrent('takes back a candidate that differs too much from the live model', async ({ expect }) => {
  await local.land('differing', 'v2', { from: 'v2' });
  const [, outcome] = await local.outcomes('differing', 2);
  expect(outcome).toMatchObject({
    result: 'RolledBack',
    cause: {
      code: 'GATE_COMPARISON',
      detail: expect.stringMatching(
        /^largest difference over 0\.0001 \(20 rows: largest difference \S+, mean \S+, \S+ % outside 0\.001, rank agreement \S+\)$/,
      ),
    },
  });
  expect((await local.endpoint('differing')).trafficSplit).toEqual({ [before.get('differing') ?? '']: 100 });
});

it.concurrent('makes a sample of golden requests where nobody calls', async ({ expect }) => {
  const [, outcome] = await local.outcomes('quiet', 2);
  expect(outcome).toMatchObject({ result: 'Live' });
  expect(outcome?.verdicts?.find(({ gate }) => gate === 'metrics')).toMatchObject({
    verdict: 'pass',
    reason: expect.stringMatching(/^\d+ requests: 0 % failed, p95 \d+ ms$/),
  });
});

it.concurrent(
  'refuses a candidate that breaks the callers before anything is uploaded',
  async ({ expect }) => {
    await local.landFiles('contracted', 'v2', { 'model.onnx': logistic(4) });
    const [, refused] = await local.outcomes('contracted', 2);
    expect(refused).toMatchObject({
      result: 'Refused',
      version: null,
      cause: {
        code: 'CONTRACT_BROKEN',
        detail: 'Callers of the live model would break: input "x" is [any, 4] instead of [any, 3].',
      },
    });
    const versions = async () => {
      const [found] = await local.models.listModelVersions({ name: `${LOCATION}/models/slipway-contracted` });
      return new Set(found.map(({ versionId }) => versionId));
    };
    expect(await versions()).toEqual(new Set(['1']));

    const artifact = `gs://${MODELS}/contracted/v2/`;
    await local.request({ service: 'contracted', artifact, overrideContract: true });
    const [, , released] = await local.outcomes('contracted', 3);
    expect(released).toMatchObject({
      result: 'Live',
      version: '2',
      verdicts: [
        {
          gate: 'contract',
          verdict: 'pass',
          reason: expect.stringMatching(/^Overridden by the request\./),
        },
      ],
    });
    expect(await versions()).toEqual(new Set(['1', '2']));
  },
);
