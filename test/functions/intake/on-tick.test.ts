import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../../functions/app.ts';
import { CallError } from '../../../functions/errors.ts';
import { handleArtifact } from '../../../functions/intake/on-artifact.ts';
import { handleTick } from '../../../functions/intake/on-tick.ts';
import { emptyLedger } from '../../../functions/release/ledger/ledger.ts';
import {
  ledgerOf,
  finalized,
  message,
  outcomes,
  runTicks,
  testApp,
  type TestApp,
} from '../../support/test-app.ts';

async function withLive(): Promise<TestApp> {
  const s = testApp();
  s.world.objects.put('models', 'churn/v1/model.onnx');
  await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
  await runTicks(s);
  return s;
}

async function sweep(s: TestApp): Promise<void> {
  await handleTick(message({ sweep: true }), s.app);
  await runTicks(s);
}

/** Of the one endpoint. */
function traffic(s: TestApp): (readonly [string, number])[] {
  const [endpoint] = s.world.vertex.endpoints.values();
  return [...(endpoint?.traffic ?? [])];
}

describe('the sweep', () => {
  it('asks for one tick of every service', async () => {
    const s = testApp();
    await handleTick(message({ sweep: true }), s.app);
    expect(s.world.published).toEqual([
      { topic: 'ticks', data: { service: 'churn', sweep: true } },
      { topic: 'ticks', data: { service: 'fraud', sweep: true } },
    ]);
  });

  it('writes nothing when a service is at rest', async () => {
    const s = await withLive();
    const before = s.world.snapshot();
    await sweep(s);
    expect(s.world.snapshot()).toEqual(before);
  });

  it('takes up a release whose tick was lost', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    s.world.published.length = 0;
    await sweep(s);
    expect(outcomes(s.world)).toEqual(['Live']);
  });

  it('gives the live model its traffic back when somebody has taken it away', async () => {
    const s = await withLive();
    const before = traffic(s);
    const [name = ''] = s.world.vertex.endpoints.keys();
    s.world.vertex.disturb(name, { traffic: new Map() });
    await sweep(s);
    expect(traffic(s)).toEqual(before);
  });

  it('deploys the live model again, under a new id, when somebody has undeployed it', async () => {
    const s = await withLive();
    const [name = ''] = s.world.vertex.endpoints.keys();
    const [[id] = ['']] = traffic(s);
    s.world.vertex.disturb(name, { deployedModels: [], traffic: new Map() });
    await sweep(s);
    expect(traffic(s)).toEqual([[ledgerOf(s.world, 'churn').live?.deployedModel, 100]]);
    expect(traffic(s).map(([now]) => now)).not.toContain(id);
    expect(s.world.vertex.uploads).toHaveLength(1);
  });
});

describe('a tick', () => {
  it('of a service that never had an artifact does nothing', async () => {
    const s = testApp();
    const before = s.world.snapshot();
    await handleTick(message({ service: 'churn' }), s.app);
    expect(s.world.snapshot()).toEqual(before);
  });

  it('hands over to its successor when its time is up, and lets go of the ledger', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    s.world.published.length = 0;
    const began = s.world.clock.now();
    await handleTick(message({ service: 'churn' }), s.app);
    const took = s.world.clock.now() - began;
    expect(s.world.published).toEqual([{ topic: 'ticks', data: { service: 'churn' } }]);
    expect(ledgerOf(s.world, 'churn').lease).toBeNull();
    expect(took).toBeGreaterThanOrEqual(s.config.tickBudgetMs);
    expect(took).toBeLessThan(s.config.tickBudgetMs + 10_000);
  });

  it('is delivered again while another one is at work, and touches nothing', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    const stored = s.world.ledgerTexts.get('churn');
    const lease = { by: 'another', until: s.world.clock.now() + 60_000 };
    const text = JSON.stringify({ ...ledgerOf(s.world, 'churn'), lease });
    s.world.ledgerTexts.set('churn', { generation: '9', updatedAt: 0, ...stored, text });
    const before = s.world.snapshot();
    await expect(handleTick(message({ service: 'churn' }), s.app)).rejects.toThrow('another tick is at work');
    expect(s.world.snapshot()).toEqual(before);
  });

  it('stops at a ledger that cannot be read, says so, and leaves it as it is', async () => {
    const s = testApp({ errors: ['service stopped'] });
    s.world.ledgerTexts.set('churn', { text: '{"schema":2}', generation: '4', updatedAt: 0 });
    const before = s.world.snapshot();
    await expect(handleTick(message({ service: 'churn' }), s.app)).rejects.toThrow(Redeliver);
    expect(s.world.snapshot()).toEqual(before);
    expect(s.lines).toMatchObject([{ level: 'error', fields: { code: 'LEDGER_UNREADABLE' } }]);
  });

  it('stops where the endpoint is in another region than the service, and touches nothing', async () => {
    const s = testApp({ errors: ['service stopped'] });
    const endpoint = 'projects/1/locations/europe-west4/endpoints/7';
    const ledger = JSON.stringify({ ...emptyLedger('churn', 0), endpoint });
    s.world.ledgerTexts.set('churn', { text: ledger, generation: '4', updatedAt: 0 });
    const before = s.world.snapshot();
    await expect(handleTick(message({ service: 'churn' }), s.app)).rejects.toThrow(Redeliver);
    expect(s.world.snapshot()).toEqual(before);
    const detail = 'service churn: expected region europe-west4, got us-central1';
    expect(s.lines).toMatchObject([{ level: 'error', fields: { code: 'ENDPOINT_ELSEWHERE', detail } }]);
  });

  it('is delivered again when its successor cannot be published', async () => {
    const s = testApp();
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    const bus = {
      publish: () => Promise.reject(new CallError('publish ticks', 'UNAVAILABLE', 'no broker')),
    };
    const app = { ...s.app, world: { ...s.world, bus } };
    await expect(handleTick(message({ service: 'churn' }), app)).rejects.toThrow(
      'publish ticks: UNAVAILABLE',
    );
  });
});

describe('numbers that somebody else has written', () => {
  const labelled = (s: TestApp, epoch: string): void => {
    const [endpoint] = s.world.vertex.endpoints.values();
    if (endpoint === undefined) throw new Error('there is no endpoint');
    const labels = new Map([...endpoint.labels, ['slipway-epoch', epoch]]);
    s.world.vertex.disturb(endpoint.name, { labels });
  };

  it.each(['9007199254740990', '99999999999999999999', '-1', 'soon', '4102444800'])(
    'such as the epoch %s stop no release, and no fence',
    async (epoch) => {
      const s = await withLive();
      labelled(s, epoch);
      const epochs: number[] = [];
      for (const version of ['v2', 'v3']) {
        s.world.objects.put('models', `churn/${version}/model.onnx`, version);
        await s.world.clock.sleep(1_000);
        await handleArtifact(finalized('models', `churn/${version}/model.onnx`), s.app);
        await runTicks(s);
        epochs.push(ledgerOf(s.world, 'churn').epoch);
      }
      expect(outcomes(s.world)).toEqual(['Live', 'Live', 'Live']);
      expect(Math.max(...epochs)).toBeLessThan(s.world.clock.now() / 1_000 + 100_000);
      expect(epochs[1]).toBeGreaterThan(epochs[0] ?? Infinity);
      const [endpoint] = s.world.vertex.endpoints.values();
      expect(endpoint?.labels.get('slipway-epoch')).toBe(String(epochs[1]));
    },
  );

  it('such as an epoch a little ahead are those of a ledger before, and are gone past', async () => {
    const s = await withLive();
    const ahead = ledgerOf(s.world, 'churn').epoch + 1_000;
    labelled(s, String(ahead));
    const [name = ''] = s.world.vertex.endpoints.keys();
    s.world.vertex.disturb(name, { traffic: new Map() });
    await sweep(s);
    expect(ledgerOf(s.world, 'churn').epoch).toBeGreaterThan(ahead);
    expect(traffic(s)).toHaveLength(1);
  });

  it('such as the last attempt end the repair, say so, and let the next artifact go live', async () => {
    const s = testApp({ errors: ['release ended'] });
    s.world.objects.put('models', 'churn/v1/model.onnx');
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    const { live, ...rest } = ledgerOf(s.world, 'churn');
    if (live === null) throw new Error('nothing is live');
    const worn = { ...live, request: { ...live.request, attempts: 9_999 }, attempt: 9_999 };
    const stored = s.world.ledgerTexts.get('churn');
    const text = JSON.stringify({ ...rest, live: worn });
    s.world.ledgerTexts.set('churn', { generation: '', updatedAt: 0, ...stored, text });
    const [name = ''] = s.world.vertex.endpoints.keys();
    s.world.vertex.disturb(name, { deployedModels: [], traffic: new Map() });
    await sweep(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Failed ATTEMPTS_EXHAUSTED']);

    s.world.objects.put('models', 'churn/v2/model.onnx', 'two');
    await s.world.clock.sleep(1_000);
    await handleArtifact(finalized('models', 'churn/v2/model.onnx'), s.app);
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Failed ATTEMPTS_EXHAUSTED', 'Live']);
  });
});
