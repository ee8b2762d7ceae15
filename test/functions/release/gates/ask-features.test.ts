/** The features gate asks the candidate's server by a signed request, and holds while that does not answer. */
import { describe, expect, it } from 'vitest';
import { isReportRequest, REPORT_PARAMETER, reportKey } from '../../../../common/artifact/feature-report.ts';
import { property } from '../../../../common/artifact/values.ts';
import { CallError } from '../../../../functions/errors.ts';
import type { Predictions } from '../../../../functions/world.ts';
import { askFeatures } from '../../../../functions/release/gates/ask-features.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';
import { requestOf } from '../../../support/samples.ts';

const SEED = 'ab'.repeat(32);
const MAPPING = JSON.stringify({
  schema: 1,
  inputs: [{ name: 'x', columns: [{ from: 'customer.orders', type: 'number' }] }],
});
const GOLDEN = ['c-1', 'c-2'].map((id) => JSON.stringify({ instance: { id }, prediction: {} })).join('\n');

function worldWith(files: Readonly<Record<string, string>>): MemoryWorld {
  const world = memoryWorld();
  for (const [name, text] of Object.entries(files)) world.objects.put('models', `churn/v1/${name}`, text);
  return world;
}

const ALL = { 'features.json': MAPPING, 'golden.jsonl': GOLDEN };
type Predict = Predictions['predict'];

const nothing: Predict = () => Promise.resolve({ deployedModel: '1', predictions: [] });
const ask = (
  world: MemoryWorld,
  predict = nothing,
  ledger: { reportSeed?: string } = { reportSeed: SEED },
) => {
  const asking = { artifacts: world.artifacts, clock: world.clock, vertex: { predict } };
  return askFeatures(
    asking,
    ledger,
    { request: requestOf(1) },
    { endpoint: 'e', candidate: '2', percent: 10 },
    200,
  );
};

describe('a report', () => {
  it('is the answer of the candidate to a request that only the ledger can sign', async () => {
    const world = worldWith(ALL);
    let asked = 0;
    const predict: Predict = (_, instances, parameters) => {
      asked += 1;
      const value = property(parameters, REPORT_PARAMETER);
      expect(isReportRequest(value, instances, reportKey(SEED), world.clock.now())).toBe(true);
      if (asked === 1) return Promise.resolve({ deployedModel: '1', predictions: [0.5, 0.5] });
      const rows = instances.map(() => ({ values: [3], agesMs: [null], from: 's' }));
      const predictions = [{ features: ['customer.orders'], rows }];
      return Promise.resolve({ deployedModel: '2', predictions });
    };
    await expect(ask(world, predict)).resolves.toMatchObject({ report: { features: ['customer.orders'] } });
    expect(asked).toBe(2);
  });

  it('is held for while the server answers something else, or nothing', async () => {
    const other: Predict = () => Promise.resolve({ deployedModel: '2', predictions: [0.5, 0.5] });
    await expect(ask(worldWith(ALL), other)).resolves.toEqual({
      verdict: 'hold',
      reason: 'the model server answers no report of its features',
    });
    const down: Predict = () => Promise.reject(new CallError('Predict', 'UNAVAILABLE', 'an outage'));
    await expect(ask(worldWith(ALL), down)).resolves.toMatchObject({ verdict: 'hold' });
  });
});

describe('nothing is asked', () => {
  it.each<[string, Readonly<Record<string, string>>, { reportSeed?: string }, object]>([
    ['without features.json', { 'golden.jsonl': GOLDEN }, {}, { none: 'the artifact has no features.json' }],
    ['without golden rows', { 'features.json': MAPPING }, {}, { none: 'the artifact has no golden.jsonl' }],
    [
      'without stored features',
      { ...ALL, 'features.json': MAPPING.replace('customer.orders', 'request.orders') },
      {},
      { verdict: 'pass', reason: 'the model takes no stored features' },
    ],
  ])('%s', async (_, files, more, expected) => {
    await expect(ask(worldWith(files), nothing, { reportSeed: SEED, ...more })).resolves.toEqual(expected);
  });

  it('without a key', async () => {
    await expect(ask(worldWith(ALL), nothing, {})).resolves.toEqual({
      none: 'the model was uploaded before there were reports',
    });
  });
});
