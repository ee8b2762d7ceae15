/** What an operator asks for: hold, resume, rebuild. */
import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../functions/app.ts';
import { handleArtifact } from '../../functions/intake/on-artifact.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import { LABELS } from '../../functions/release/ids.ts';
import {
  finalized,
  ledgerOf,
  message,
  outcomes,
  runTicks,
  testApp,
  type TestApp,
} from '../support/test-app.ts';

async function land(s: TestApp, version: string): Promise<void> {
  s.world.objects.put('models', `churn/${version}/model.onnx`);
  await handleArtifact(finalized('models', `churn/${version}/model.onnx`), s.app);
  await runTicks(s);
}

async function ask(s: TestApp, body: object): Promise<void> {
  await handleRequest(message(body), s.app);
  await runTicks(s);
}

async function sweep(s: TestApp): Promise<void> {
  await handleTick(message({ sweep: true }), s.app);
  await runTicks(s);
}

function endpointOf(s: TestApp) {
  const [endpoint] = s.world.vertex.endpoints.values();
  return endpoint;
}

describe('hold', () => {
  it('lets requests wait until the service is resumed', async () => {
    const s = testApp();
    await land(s, 'v1');
    await ask(s, { service: 'churn', action: 'hold', reason: 'investigating' });
    await land(s, 'v2');
    await sweep(s);
    expect(outcomes(s.world)).toEqual(['Live']);
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(1);
    expect(ledgerOf(s.world, 'churn').hold).toMatchObject({ reason: 'investigating' });

    await ask(s, { service: 'churn', action: 'resume' });
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(ledgerOf(s.world, 'churn').hold).toBeUndefined();
  });

  it('leaves drift alone, and reports it', async () => {
    const s = testApp();
    await land(s, 'v1');
    await ask(s, { service: 'churn', action: 'hold' });
    s.world.vertex.disturb(endpointOf(s)?.name ?? '', { traffic: new Map() });
    await sweep(s);
    expect(endpointOf(s)?.traffic.size).toBe(0);
    expect(s.lines.at(-1)).toMatchObject({
      level: 'warn',
      message: 'drift not repaired: the service is on hold',
    });

    await ask(s, { service: 'churn', action: 'resume' });
    expect([...(endpointOf(s)?.traffic.values() ?? [])]).toEqual([100]);
  });

  it('can be put on a service that has released nothing', async () => {
    const s = testApp();
    await ask(s, { service: 'churn', action: 'hold' });
    await land(s, 'v1');
    expect(outcomes(s.world)).toEqual([]);
    await ask(s, { service: 'churn', action: 'resume' });
    expect(outcomes(s.world)).toEqual(['Live']);
  });
});

describe('rebuild', () => {
  it('rebuilds an unreadable ledger from what Vertex AI knows, and serves on', async () => {
    const s = testApp({ errors: ['service stopped'] });
    await land(s, 'v1');
    const before = ledgerOf(s.world, 'churn');
    const stored = s.world.ledgerTexts.get('churn');
    s.world.ledgerTexts.set('churn', {
      text: '{"schema":1',
      generation: stored?.generation ?? '',
      updatedAt: 0,
    });
    await expect(handleTick(message({ service: 'churn' }), s.app)).rejects.toThrow(Redeliver);

    await ask(s, { service: 'churn', action: 'rebuild' });
    const after = ledgerOf(s.world, 'churn');
    expect(after.live).toMatchObject({
      deployedModel: before.live?.deployedModel,
      request: {
        id: before.live?.request.id,
        marker: 'churn/v1/model.onnx',
        generation: before.live?.request.generation,
        version: before.live?.request.version,
      },
    });
    expect(after.epoch).toBeGreaterThanOrEqual(Number(endpointOf(s)?.labels.get(LABELS.epoch)));
    expect([...(endpointOf(s)?.traffic.keys() ?? [])]).toEqual([before.live?.deployedModel]);

    await land(s, 'v2');
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
    expect(endpointOf(s)?.deployedModels).toHaveLength(1);
  });

  it('does not bring back an artifact older than what is live', async () => {
    const s = testApp({ errors: ['service stopped'] });
    await land(s, 'v1');
    await land(s, 'v2');
    s.world.ledgerTexts.set('churn', {
      ...(s.world.ledgerTexts.get('churn') ?? { generation: '', updatedAt: 0 }),
      text: '',
    });
    await ask(s, { service: 'churn', action: 'rebuild' });
    await handleArtifact(finalized('models', 'churn/v1/model.onnx'), s.app);
    await runTicks(s);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
  });

  it('leaves a readable ledger as it is', async () => {
    const s = testApp();
    await land(s, 'v1');
    const before = s.world.ledgerTexts.get('churn');
    await ask(s, { service: 'churn', action: 'rebuild' });
    expect(s.world.ledgerTexts.get('churn')).toEqual(before);
  });
});

it('refuses an action that it does not know', async () => {
  const s = testApp();
  const before = s.world.snapshot();
  await handleRequest(message({ service: 'churn', action: 'explode' }), s.app);
  expect(s.world.snapshot()).toEqual(before);
  expect(s.lines.at(-1)).toMatchObject({ message: 'event refused', fields: { code: 'MESSAGE_INVALID' } });
});
