/** The contract gate of a service with an interface: a model is compared with it, and it with that of the live release. */
import { describe, expect, it } from 'vitest';
import type { Interface } from '../../../../common/artifact/interface.ts';
import { parseConfig } from '../../../../functions/config/config.ts';
import type { TickContext } from '../../../../functions/release/context.ts';
import { examine } from '../../../../functions/release/checks/examine.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';
import { LeasedLedger } from '../../../../functions/release/ledger/leased-ledger.ts';
import { keepContract } from '../../../../functions/release/ledger/kept-contract.ts';
import type { Live, Request } from '../../../../functions/release/ledger/ledger.ts';
import { withService } from '../../config/samples.ts';
import { testApp } from '../../../support/test-app.ts';
import { ENDPOINT, ledgerWith, liveOf, requestOf } from '../../../support/samples.ts';
import { field } from './fields.ts';

const INTERFACE: Interface = {
  request: { id: { type: 'string' }, amount: { type: 'number', default: 0 } },
  response: { score: { type: 'number' } },
};
const FEATURES = {
  store: { kind: 'sqlite', uri: 'gs://features/churn.sqlite' },
  views: { customer: { key: ['id'], features: { orders: 'number', visits: 'number' } } },
};

const column = (from: string) => ({ from, type: 'number', default: 0 });
const mapping = (...sources: string[]) =>
  JSON.stringify({ schema: 1, inputs: [{ name: 'x', columns: sources.map(column) }] });
const model = (columns: number): Signature => ({
  inputs: [field('x', [null, columns])],
  outputs: [field('score')],
});

/** An artifact of so many columns has landed, with that features.json. */
async function examined(
  columns: number,
  features: string | null,
  live: Live | null,
  contract: Interface | null = INTERFACE,
  more: Partial<Request> = {},
) {
  const { world, config, app } = testApp();
  const marker = world.objects.put('models', 'churn/v1/model.onnx');
  const files = [{ path: 'model.onnx', size: 5, sha256: 'a'.repeat(64) }];
  if (features !== null) {
    world.objects.put('models', 'churn/v1/features.json', features);
    files.push({ path: 'features.json', size: features.length, sha256: 'a'.repeat(64) });
  }
  const manifest = JSON.stringify({ schema: 1, files, signature: model(columns) });
  world.objects.put('models', 'churn/v1/manifest.json', manifest);
  const text = JSON.stringify(ledgerWith({ endpoint: ENDPOINT, live }));
  world.ledgerTexts.set('churn', { text, generation: '1', updatedAt: 0 });
  const held = await LeasedLedger.take(world, 'churn', 'test', 60_000);
  if (held === null || held === 'busy') throw new Error('the ledger is not ours');
  const yaml =
    contract === null
      ? ''
      : `    interface: ${JSON.stringify(contract)}\n    features: ${JSON.stringify(FEATURES)}`;
  const service = parseConfig(withService(yaml)).services.get('churn');
  if (service === undefined) throw new Error('no service');
  const until = world.clock.now() + config.tickBudgetMs;
  const context: TickContext = { config, service, world, held, log: app.log, until };
  return examine(context, requestOf(1, { generation: marker.generation, ...more }));
}

const LIVE: Live = { ...liveOf(0), ...keepContract(model(1), INTERFACE) };
const WITHOUT: Live = { ...liveOf(0), ...keepContract(model(1), null) };

describe('a model with one more feature', () => {
  it('passes, since callers see nothing of it', async () => {
    const note = await examined(2, mapping('customer.orders', 'customer.visits'), LIVE);
    expect(note).toMatchObject({
      type: 'verified',
      interface: INTERFACE,
      verdict: { verdict: 'pass', reason: 'The interface is that of the live release.' },
    });
  });

  it('passes as the first one of its service', async () => {
    const note = await examined(1, mapping('customer.orders'), null);
    expect(note).toMatchObject({
      verdict: { verdict: 'pass', reason: 'The model fits the interface of the service.' },
    });
  });

  it('that no view has is refused, and nobody can override that', async () => {
    const sources = mapping('customer.orders', 'customer.returns');
    for (const overrideContract of [false, true])
      await expect(examined(2, sources, LIVE, INTERFACE, { overrideContract })).resolves.toMatchObject({
        type: 'attemptFailed',
        code: 'INTERFACE_UNMET',
        detail: 'the model needs customer.returns, which features.views.customer.features does not have',
      });
  });
});

describe('features.json', () => {
  it('that is not well formed is refused', async () => {
    await expect(examined(1, '{"schema": 2}', LIVE)).resolves.toMatchObject({
      type: 'attemptFailed',
      code: 'FEATURES_INVALID',
      detail: 'schema: expected 1; inputs: expected a list of 1 to 1000 inputs',
    });
  });

  it('says nothing where the service has no interface', async () => {
    await expect(examined(1, '{"schema": 2}', WITHOUT, null)).resolves.toMatchObject({
      type: 'verified',
      interface: null,
      verdict: { verdict: 'pass', reason: 'The inputs and outputs are those of the live model.' },
    });
  });
});

describe('the interface itself', () => {
  const sources = mapping('customer.orders');

  it('may get a field that may be left out', async () => {
    const more: Interface = {
      ...INTERFACE,
      request: { ...INTERFACE.request, channel: { type: 'string', optional: true } },
    };
    await expect(examined(1, sources, LIVE, more)).resolves.toMatchObject({
      type: 'verified',
      verdict: {
        reason:
          'Callers of the live release can go on as they are: request field "channel" is new and may be left out.',
      },
    });
  });

  it.each<[string, Live, Interface | null, string]>([
    [
      'that takes another field',
      LIVE,
      { ...INTERFACE, request: { ...INTERFACE.request, channel: { type: 'string' } } },
      'Callers of the live release would break: request field "channel" is new and required.',
    ],
    [
      'that the service has not had',
      WITHOUT,
      INTERFACE,
      'Callers of the live model would break: they send its inputs, and the service has an interface now.',
    ],
    [
      'that the service has no more',
      LIVE,
      null,
      'Callers of the live release would break: it has an interface, and the service has none any more.',
    ],
  ])('%s breaks callers, unless that is overridden', async (_, live, contract, reason) => {
    await expect(examined(1, sources, live, contract)).resolves.toMatchObject({
      type: 'attemptFailed',
      code: 'CONTRACT_BROKEN',
      detail: reason,
    });
    await expect(examined(1, sources, live, contract, { overrideContract: true })).resolves.toMatchObject({
      type: 'verified',
      interface: contract,
      verdict: { verdict: 'pass', reason: `Overridden by the request. ${reason}` },
    });
  });
});
