/** What a release is examined for before anything is spent on it, and after its deployment has failed. */
import { describe, expect, it } from 'vitest';
import type { RolloutFile } from '../../../../functions/config/schema.ts';
import { CallError } from '../../../../functions/errors.ts';
import { examine, explain } from '../../../../functions/release/checks/examine.ts';
import { LeasedLedger } from '../../../../functions/release/ledger/leased-ledger.ts';
import type { Ledger, Request } from '../../../../functions/release/ledger/ledger.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';
import type { TickContext } from '../../../../functions/release/context.ts';
import { testApp, type TestApp } from '../../../support/test-app.ts';
import { CANARY, serviceWith } from '../steps/rollout-samples.ts';
import { ENDPOINT, ledgerWith, liveOf, NOW, requestOf } from '../../../support/samples.ts';

function takes(...names: string[]): Signature {
  const field = (name: string) => ({ name, type: 'float32', shape: [null, 1] });
  return { inputs: names.map(field), outputs: [field('churn')] };
}

const LIVE = { ...liveOf(0), signature: takes('age') };

/** The artifact of `request` has landed, and its manifest says that. */
async function handsFor(
  signature: Signature | null,
  change: Partial<Ledger> = {},
  rollout: RolloutFile = CANARY,
): Promise<TestApp & { hands: TickContext; request: Request }> {
  const s = testApp();
  const { world } = s;
  const marker = world.objects.put('models', 'churn/v1/model.onnx');
  if (signature !== null) {
    const files = [{ path: 'model.onnx', size: 5, sha256: 'a'.repeat(64) }];
    world.objects.put('models', 'churn/v1/manifest.json', JSON.stringify({ schema: 1, files, signature }));
  }
  const text = JSON.stringify(ledgerWith({ endpoint: ENDPOINT, live: LIVE, ...change }));
  world.ledgerTexts.set('churn', { text, generation: '1', updatedAt: 0 });
  const held = await LeasedLedger.take(world, 'churn', 'test', 60_000);
  if (held === null || held === 'busy') throw new Error('the ledger is not ours');
  const hands = {
    config: s.config,
    service: serviceWith(rollout),
    world,
    held,
    log: s.app.log,
    until: world.clock.now() + s.config.tickBudgetMs,
  };
  return { ...s, hands, request: requestOf(1, { generation: marker.generation }) };
}

const BREAKS = 'Callers of the live model would break: input "age" is now called "years".';

describe('an artifact', () => {
  it('that keeps the contract passes, and its signature is kept', async () => {
    const { hands, request, world } = await handsFor(takes('age'));
    await expect(examine(hands, request)).resolves.toEqual({
      type: 'verified',
      signature: takes('age'),
      interface: null,
      verdict: {
        gate: 'contract',
        step: 0,
        verdict: 'pass',
        reason: 'The inputs and outputs are those of the live model.',
        at: world.clock.now(),
      },
    });
  });

  it('that breaks it is refused, and the log says so', async () => {
    const { hands, request, lines } = await handsFor(takes('years'));
    await expect(examine(hands, request)).resolves.toEqual({
      type: 'attemptFailed',
      code: 'CONTRACT_BROKEN',
      detail: BREAKS,
      again: false,
    });
    expect(lines).toMatchObject([
      {
        message: 'gate judged',
        fields: { release: request.id, gate: 'contract', verdict: 'fail', reason: BREAKS },
      },
    ]);
  });

  it('that breaks it passes if the requester knows, and the verdict says so', async () => {
    const { hands, request } = await handsFor(takes('years'));
    await expect(examine(hands, { ...request, overrideContract: true })).resolves.toMatchObject({
      type: 'verified',
      signature: takes('years'),
      verdict: { verdict: 'pass', reason: `Overridden by the request. ${BREAKS}` },
    });
  });

  it('that breaks it in many ways, overridden, is told in 400 characters', async () => {
    const many = takes(...Array.from({ length: 30 }, (_, i) => `input-${i}-${'x'.repeat(60)}`));
    const { hands, request } = await handsFor(many);
    const note = await examine(hands, { ...request, overrideContract: true });
    expect(note).toMatchObject({
      type: 'verified',
      verdict: { reason: expect.stringMatching(/^Overridden by the request\. Callers .{1,350}$/) },
    });
  });

  it.each<[string, Signature | null, Partial<Ledger>, RolloutFile, object]>([
    ['nothing is live', takes('years'), { live: null }, CANARY, { signature: takes('years'), verdict: null }],
    [
      'the gate is off',
      takes('years'),
      {},
      { ...CANARY, gates: { contract: 'off' } },
      { signature: null, verdict: null },
    ],
    [
      'nobody knows what the live model takes',
      takes('years'),
      { live: liveOf(0) },
      CANARY,
      { verdict: { reason: 'Not compared: the inputs and outputs of the live model are not known.' } },
    ],
    [
      'nobody knows what the candidate takes',
      null,
      {},
      CANARY,
      { verdict: { reason: 'Not compared: the inputs and outputs of the candidate are not known.' } },
    ],
  ])('has no contract to break where %s', async (_, signature, change, rollout, expected) => {
    const { hands, request } = await handsFor(signature, change, rollout);
    await expect(examine(hands, request)).resolves.toMatchObject({ type: 'verified', ...expected });
  });

  it('may give more than before at once, but not while the live model still answers', async () => {
    const more: Signature = {
      ...takes('age'),
      outputs: [...takes().outputs, { name: 'why', type: 'string', shape: null }],
    };
    const live = {
      ...LIVE,
      signature: { ...more, outputs: [...more.outputs, { name: 'id', type: 'int64', shape: null }] },
    };
    const candidate = {
      ...live.signature,
      outputs: [...live.signature.outputs, { name: 'v', type: 'int64', shape: null }],
    };
    const shared = await handsFor(candidate, { live });
    await expect(examine(shared.hands, shared.request)).resolves.toMatchObject({
      code: 'CONTRACT_BROKEN',
      detail: expect.stringContaining('while the live model still answers'),
    });
    const atOnce = await handsFor(candidate, { live }, { bake: '5m' });
    await expect(examine(atOnce.hands, atOnce.request)).resolves.toMatchObject({ type: 'verified' });
  });

  it('that is gone back to is not asked: its callers were there before', async () => {
    const { hands, request } = await handsFor(takes('years'));
    const rollback = { from: LIVE.request.id, deployedModel: '1' };
    await expect(examine(hands, { ...request, rollback })).resolves.toEqual({
      type: 'verified',
      signature: takes('years'),
      interface: null,
      verdict: null,
    });
  });

  it('that is not what was accepted is refused before its contract is looked at', async () => {
    const { hands, request, lines } = await handsFor(takes('age'));
    await expect(examine(hands, { ...request, generation: '5' })).resolves.toMatchObject({
      type: 'attemptFailed',
      code: 'ARTIFACT_OVERWRITTEN',
      again: false,
    });
    expect(lines).toEqual([]);
  });

  it('that cannot be looked at now is looked at again', async () => {
    const { hands, request, world } = await handsFor(takes('age'));
    world.artifacts.head = () => Promise.reject(new CallError('artifacts.head', 'UNAVAILABLE', ''));
    await expect(examine(hands, request)).rejects.toThrow(CallError);
  });
});

describe('a deployment that has failed', () => {
  const failure = {
    do: 'explain',
    subject: '77',
    since: NOW,
    error: { status: 'FAILED_PRECONDITION', message: 'Model server never became ready.' },
  } as const;

  it('is explained by the log of its container', async () => {
    const { hands, world } = await handsFor(null);
    world.containerLogs.set('77', [
      'Traceback (most recent call last):',
      'MemoryError: Unable to allocate 9 GiB',
    ]);
    await expect(explain(hands, failure)).resolves.toMatchObject({
      type: 'attemptFailed',
      code: 'DEPLOY_OUT_OF_MEMORY',
      again: false,
    });
  });

  it('is told in the words of Vertex AI where there is no log, or it cannot be read', async () => {
    const { hands, world, lines } = await handsFor(null);
    const plain = await explain(hands, failure);
    expect(plain).toMatchObject({
      code: 'DEPLOY_FAILED',
      detail:
        'FAILED_PRECONDITION: Model server never became ready.\nCloud Logging has no line of its container.',
      again: false,
    });

    world.logs.tail = () => Promise.reject(new CallError('logs.tail', 'PERMISSION_DENIED', 'no role'));
    await expect(explain(hands, failure)).resolves.toMatchObject({
      code: 'DEPLOY_FAILED',
      detail: expect.stringContaining('could not be read'),
    });
    expect(lines).toMatchObject([
      { level: 'warn', message: 'no log of the container', fields: { status: 'PERMISSION_DENIED' } },
    ]);
  });

  it.each(['UNAVAILABLE', 'RESOURCE_EXHAUSTED', 'INTERNAL'] as const)(
    'by %s is tried again',
    async (status) => {
      const { hands } = await handsFor(null);
      const error = { status, message: 'try later' };
      await expect(explain(hands, { ...failure, error })).resolves.toMatchObject({ again: true });
    },
  );

  it('keeps a fault of our own to itself', async () => {
    const { hands, world } = await handsFor(null);
    world.logs.tail = () => Promise.reject(new TypeError('ours'));
    await expect(explain(hands, failure)).rejects.toThrow(TypeError);
  });
});
