/**
 * Features by key on the whole local stack, with the models of examples/customers: one more feature changes nothing for
 * callers, one that the store does not have gets no traffic, and one that training saw otherwise fails its gate. Then
 * predictions by key: the results of a batch answer, until their version is rolled back.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { loadFeatures } from '../../cli/commands/features/load.ts';
import { objectOf } from '../../common/artifact/uri.ts';
import { parseConfig } from '../../functions/config/config.ts';
import { MODELS, startLocalStack, type LocalStack } from '../support/local-stack.ts';
import type { OutcomeMessage } from '../support/stack-events.ts';

vi.setConfig({ testTimeout: 240_000 });

const ARTIFACTS = new URL('../../examples/customers/artifacts/', import.meta.url);
const BATCHES = 'e2e-project-batch';
const SERVICE = {
  interface: {
    request: { customer_id: { type: 'string' }, amount: { type: 'number', default: 20 } },
    response: { score: { type: 'number' } },
  },
  features: {
    store: { kind: 'sqlite', uri: `gs://${MODELS}/store/customers.sqlite` },
    views: { customer: { key: ['customer_id'], time: 'at' } },
    // Of a machine that runs other tests besides.
    timeout: '5s',
  },
  rollout: {
    strategy: 'canary',
    steps: [{ traffic: 50, bake: '1s' }],
    gates: { features: {}, patience: '2m' },
  },
  batch: {
    inputs: `gs://${BATCHES}/in/*.jsonl`,
    outputs: `gs://${BATCHES}/out/`,
    publish: { key: ['customer_id'] },
  },
};

let local: LocalStack;

beforeAll(async () => {
  local = await startLocalStack({ customers: SERVICE });
  await load();
}, 120_000);

afterAll(() => local.close());

/** As `slipway features load customers customer customer.jsonl` does. */
function load() {
  const artifacts = `gs://${MODELS}/customers/*/model.onnx`;
  const image = 'us-central1-docker.pkg.dev/e2e-project/slipway/predictor';
  const services = { customers: { artifacts, image, endpoint: 'customers', ...SERVICE } };
  const file = { project: 'e2e-project', region: 'us-central1', state: 'e2e-project-state', services };
  const service = parseConfig(JSON.stringify(file)).services.get('customers');
  if (service === undefined) throw new Error('no service');
  const rows = fileURLToPath(new URL('customer.jsonl', ARTIFACTS));
  return loadFeatures(service, 'customer', rows, { env: process.env }, () => {});
}

/** Lands that version, and says how its release ended. */
async function released(version: string, count: number): Promise<OutcomeMessage> {
  const read = (name: string) => readFileSync(new URL(`${version}/${name}`, ARTIFACTS));
  const names = ['features.json', 'golden.jsonl', 'model.onnx'];
  await local.landFiles('customers', version, Object.fromEntries(names.map((name) => [name, read(name)])));
  const outcomes = await local.outcomes('customers', count);
  await local.atRest('customers');
  const last = outcomes.at(-1);
  if (last === undefined) throw new Error('no outcome');
  return last;
}

/** What a caller gets who knows the customer and the amount, and no feature. */
async function asked(): Promise<{ deployedModel: string; score: number }> {
  const { name } = await local.endpoint('customers');
  const fields = { customer_id: { stringValue: 'c-1' }, amount: { numberValue: 20 } };
  const instances = [{ structValue: { fields } }];
  const [answer] = await local.predictions.predict({ endpoint: name ?? '', instances });
  const score = answer.predictions?.[0]?.structValue?.fields?.['score']?.numberValue;
  return { deployedModel: answer.deployedModelId ?? '', score: score ?? Number.NaN };
}

/** What Vertex AI has of the newest version, read from the bucket that it names. */
async function schemaOf(field: 'instanceSchemaUri' | 'predictionSchemaUri' | 'parametersSchemaUri') {
  const [model] = await local.models.getModel({
    name: 'projects/e2e-project/locations/us-central1/models/slipway-customers',
  });
  const { bucket, name } = objectOf(model.predictSchemata?.[field] ?? '');
  const [text] = await new Storage().bucket(bucket).file(name).download();
  return JSON.parse(text.toString()) as unknown;
}

const verdictsOf = ({ verdicts = [] }: OutcomeMessage) =>
  verdicts.map(({ gate, verdict, reason }) => `${gate} ${verdict}: ${reason}`);

it('releases models with more features, and refuses what the store cannot give', async () => {
  const first = await released('v1', 1);
  expect(first).toMatchObject({ result: 'Live', cause: null });
  expect(verdictsOf(first)).toEqual([
    'contract pass: The model fits the interface of the service.',
    expect.stringMatching(/^features pass: 60 keys, 2 features: at least \d+ % found/),
  ]);
  const before = await asked();
  expect(before).toMatchObject({ deployedModel: first.deployedModel });
  expect(before.score).toBeGreaterThan(0);
  expect(before.score).toBeLessThan(1);
  const instance = await schemaOf('instanceSchemaUri');
  expect(instance).toMatchObject({ required: ['customer_id'], properties: { amount: { default: 20 } } });
  expect(await schemaOf('predictionSchemaUri')).toMatchObject({
    properties: { score: { type: 'number' } },
  });
  expect(await schemaOf('parametersSchemaUri')).toMatchObject({ properties: { source: {} } });

  const second = await released('v2', 2);
  expect(second).toMatchObject({ result: 'Live', cause: null });
  expect(verdictsOf(second)).toEqual([
    'contract pass: The interface is that of the live release.',
    expect.stringMatching(/^features pass: 60 keys, 3 features/),
  ]);
  const after = await asked();
  expect(after.deployedModel).toBe(second.deployedModel);
  expect(after.score).not.toBe(before.score);
  // The interface is the same, and so is the object that says it.
  expect(await schemaOf('instanceSchemaUri')).toEqual(instance);

  const third = await released('v3', 3);
  expect(third).toMatchObject({ result: 'Failed', cause: { code: 'DEPLOY_FEATURES' } });
  expect(third.cause?.detail).toContain('returns_90d');

  const fourth = await released('v4', 4);
  expect(fourth).toMatchObject({ result: 'RolledBack', cause: { code: 'GATE_FEATURES' } });
  expect(fourth.cause?.detail).toMatch(/customer\.orders_30d differs from training by Jensen–Shannon/);
  await expect(asked()).resolves.toEqual(after);
});

interface Answer {
  readonly score: number;
  readonly from: string;
  readonly version: string | null;
}

/** What a caller gets who knows the customer alone, and asks where it is from. */
async function askedByKey(): Promise<Answer> {
  const { name } = await local.endpoint('customers');
  const instances = [{ structValue: { fields: { customer_id: { stringValue: 'c-1' } } } }];
  const parameters = { structValue: { fields: { source: { boolValue: true } } } };
  const [answer] = await local.predictions.predict({ endpoint: name ?? '', instances, parameters });
  const fields = answer.predictions?.[0]?.structValue?.fields ?? {};
  const source = fields['source']?.structValue?.fields ?? {};
  return {
    score: fields['score']?.numberValue ?? Number.NaN,
    from: source['from']?.stringValue ?? '',
    version: source['version']?.stringValue ?? null,
  };
}

it('answers by key what a batch has answered, until its version is rolled back', async () => {
  const computed = await askedByKey();
  expect(computed).toMatchObject({ from: 'computed' });
  const bucket = new Storage({ projectId: 'e2e-project', apiEndpoint: local.stack.url }).bucket(BATCHES);
  // The amount of the row, not the default: what is stored can be told from what is computed.
  await bucket.file('in/customers.jsonl').save(`${JSON.stringify({ customer_id: 'c-1', amount: 90 })}\n`);
  const stored = await vi.waitFor(
    async () => {
      const answer = await askedByKey();
      if (answer.from !== 'stored') throw new Error('nothing is stored yet');
      return answer;
    },
    { timeout: 100_000, interval: 500 },
  );
  const { live } = await local.ledger('customers');
  expect(stored.version).toBe(live?.request.version);
  expect(stored.score).not.toBe(computed.score);
  // With an amount of its own it is computed, by the same model.
  await expect(asked()).resolves.toMatchObject({ score: computed.score });

  await local.request({ service: 'customers', action: 'rollback' });
  await local.outcomes('customers', 5);
  await expect(askedByKey()).resolves.toMatchObject({ from: 'computed' });
});
