/** Messages that steer: rollback, abort, promote, and a release that overrides the contract. */
import { describe, expect, it } from 'vitest';
import { Redeliver } from '../../../functions/app.ts';
import { CallError } from '../../../functions/errors.ts';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import { formatLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { baking, MINUTE } from '../release/steps/rollout-samples.ts';
import { deployedOf, ENDPOINT, ledgerWith, liveOf, NOW, requestOf } from '../../support/samples.ts';
import { ledgerOf, message, testApp, type TestApp } from '../../support/test-app.ts';

const BEFORE = ledgerWith({
  endpoint: ENDPOINT,
  live: liveOf(1),
  previous: { live: liveOf(0), until: NOW, retired: false },
});

/** A minute after NOW, with that ledger. */
async function withLedger(ledger: Ledger | null): Promise<TestApp> {
  const s = testApp();
  await s.world.clock.sleep(MINUTE);
  if (ledger !== null)
    s.world.ledgerTexts.set('churn', { text: formatLedger(ledger), generation: '1', updatedAt: 0 });
  return s;
}

async function ask(s: TestApp, body: object, id = 'm1'): Promise<void> {
  const publishTime = new Date(NOW + MINUTE - 1_000).toISOString();
  await handleRequest(message({ service: 'churn', ...body }, { id, publishTime }), s.app);
}

function ticks(s: TestApp): number {
  return s.world.published.filter(({ topic }) => topic === 'ticks').length;
}

describe('abort', () => {
  it('is written into the ledger with its reason, and a tick asked for', async () => {
    const s = await withLedger(baking(0));
    await ask(s, { schema: 1, action: 'abort', reason: 'incident 7', requestId: 'ticket-7' });
    expect(ledgerOf(s.world, 'churn').release?.goingBack).toMatchObject({
      code: 'ABORTED',
      detail: 'incident 7',
    });
    expect(ticks(s)).toBe(1);
    expect(s.lines).toMatchObject([{ message: 'action accepted', fields: { action: 'abort' } }]);
  });

  it('delivered twice is written once, and its tick is asked for again', async () => {
    const s = await withLedger(baking(0));
    await ask(s, { action: 'abort' });
    const stored = s.world.ledgerTexts.get('churn');
    await ask(s, { action: 'abort' });
    expect(s.world.ledgerTexts.get('churn')).toEqual(stored);
    expect(ticks(s)).toBe(2);
  });

  it('whose tick cannot be asked for is delivered again', async () => {
    const s = await withLedger(baking(0));
    s.world.bus.publish = () => Promise.reject(new CallError('publish ticks', 'UNAVAILABLE', ''));
    await expect(ask(s, { action: 'abort' })).rejects.toThrow(Redeliver);
    expect(ledgerOf(s.world, 'churn').release?.goingBack).toBeDefined();
  });
});

describe('promote', () => {
  it('is written into the ledger', async () => {
    const s = await withLedger(baking(0));
    await ask(s, { action: 'promote', reason: 'we are sure' });
    expect(ledgerOf(s.world, 'churn').release?.promoted).toBe(true);
    expect(ticks(s)).toBe(1);
  });
});

describe('rollback', () => {
  it('waits as a release of its own', async () => {
    const s = await withLedger(BEFORE);
    await ask(s, { action: 'rollback', reason: 'incident 7' });
    expect(ledgerOf(s.world, 'churn').queue).toMatchObject([
      {
        marker: requestOf(0).marker,
        askedBy: 'request',
        order: { at: NOW + MINUTE - 1_000, tie: 'm1' },
        acceptedAt: NOW + MINUTE,
        rollback: { from: requestOf(1).id, deployedModel: deployedOf(0).id },
      },
    ]);
  });

  it('is one request with one requestId, however often it is published', async () => {
    const s = await withLedger(BEFORE);
    await ask(s, { action: 'rollback', requestId: 'ticket-7' }, 'm1');
    const stored = s.world.ledgerTexts.get('churn');
    await ask(s, { action: 'rollback', requestId: 'ticket-7' }, 'm2');
    expect(s.world.ledgerTexts.get('churn')).toEqual(stored);
  });

  it('keeps what somebody else writes at the same moment', async () => {
    const s = await withLedger(BEFORE);
    const write = s.world.ledgers.write.bind(s.world.ledgers);
    let isFirst = true;
    s.world.ledgers.write = async (service, text, generation) => {
      if (isFirst) {
        isFirst = false;
        const other = { ...BEFORE, queue: [requestOf(2)] };
        s.world.ledgerTexts.set('churn', { text: formatLedger(other), generation: '2', updatedAt: 0 });
      }
      return write(service, text, generation);
    };
    await ask(s, { action: 'rollback' });
    expect(ledgerOf(s.world, 'churn').queue).toHaveLength(2);
  });
});

describe('with nothing to steer', () => {
  it.each<[string, string, Ledger | null, string]>([
    ['an abort of a service at rest', 'abort', BEFORE, 'NOTHING_UNDER_WAY'],
    ['a promotion of a service at rest', 'promote', BEFORE, 'NOTHING_UNDER_WAY'],
    ['an abort of what began later', 'abort', baking(0, { startedAt: NOW + MINUTE }), 'NOTHING_UNDER_WAY'],
    ['a rollback with nothing before', 'rollback', ledgerWith({ live: liveOf(1) }), 'ROLLBACK_IMPOSSIBLE'],
    ['a rollback of a service without a ledger', 'rollback', null, 'ROLLBACK_IMPOSSIBLE'],
    ['an abort of a service without a ledger', 'abort', null, 'NOTHING_UNDER_WAY'],
  ])('%s is refused, and nothing written', async (_, action, ledger, code) => {
    const s = await withLedger(ledger);
    const before = structuredClone(s.world.ledgerTexts);
    await ask(s, { action });
    expect(s.world.ledgerTexts).toEqual(before);
    expect(s.lines).toMatchObject([{ level: 'warn', message: 'event refused', fields: { code } }]);
  });

  it.each([
    ['an action that there is not', { action: 'undo' }],
    ['an action of another case', { action: 'Abort' }],
    ['no text', { action: 1 }],
    ['a name of every object', { action: 'constructor' }],
    ['a reason that is too long', { action: 'abort', reason: 'x'.repeat(201) }],
    ['a reason that is no text', { action: 'abort', reason: { toString: 1 } }],
    ['an artifact', { action: 'rollback', artifact: 'gs://models/churn/v1' }],
    ['a requestId that is none', { action: 'rollback', requestId: 'a b' }],
    ['a wish that the action does not know', { action: 'rollback', overrideContract: true }],
    ['a wish that is no yes or no', { overrideContract: 'yes' }],
  ])('%s is refused: %j', async (_, body) => {
    const s = await withLedger(baking(0));
    const before = s.world.snapshot();
    await ask(s, body);
    expect(s.world.snapshot()).toEqual(before);
    expect(s.lines).toMatchObject([{ message: 'event refused', fields: { code: 'MESSAGE_INVALID' } }]);
  });
});

describe('overrideContract', () => {
  it.each([
    [true, true],
    [false, undefined],
    [undefined, undefined],
  ])('%j goes with the request as %j', async (overrideContract, expected) => {
    const s = await withLedger(null);
    s.world.objects.put('models', 'churn/v9/model.onnx');
    await ask(s, overrideContract === undefined ? {} : { overrideContract });
    const [request] = ledgerOf(s.world, 'churn').queue;
    expect(request?.marker).toBe('churn/v9/model.onnx');
    expect(request?.overrideContract).toBe(expected);
  });
});
