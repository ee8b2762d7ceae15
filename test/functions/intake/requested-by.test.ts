/** Who asks, as a message states it: written down where people look, and nothing else. */
import { describe, expect, it } from 'vitest';
import { handleRequest } from '../../../functions/intake/on-request.ts';
import { isEmail } from '../../../functions/intake/messages.ts';
import { formatLedger, type Ledger } from '../../../functions/release/ledger/ledger.ts';
import { outcomeOf } from '../../../functions/release/ledger/outcomes.ts';
import { live } from '../../../functions/release/ledger/finish-release.ts';
import { baking, MINUTE } from '../release/steps/rollout-samples.ts';
import { ENDPOINT, ledgerWith, liveOf, NOW, requestOf } from '../../support/samples.ts';
import { ledgerOf, message, testApp, type TestApp } from '../../support/test-app.ts';

const ADA = 'ada@example.com';
const BOB = 'bob@example.com';

async function asked(ledger: Ledger, body: object): Promise<TestApp> {
  const s = testApp();
  await s.world.clock.sleep(MINUTE);
  s.world.ledgerTexts.set('churn', { text: formatLedger(ledger), generation: '1', updatedAt: 0 });
  const publishTime = new Date(NOW + MINUTE - 1_000).toISOString();
  await handleRequest(message({ service: 'churn', ...body }, { publishTime }), s.app);
  return s;
}

const WITH_PREVIOUS = ledgerWith({
  endpoint: ENDPOINT,
  live: { ...liveOf(1), request: requestOf(1, { requestedBy: BOB }) },
  previous: {
    live: { ...liveOf(0), request: requestOf(0, { requestedBy: BOB }) },
    until: NOW,
    retired: false,
  },
});

describe('who asks', () => {
  it('is in the ledger with the hold, and in the log', async () => {
    const s = await asked(ledgerWith({}), { action: 'hold', requestedBy: ADA });
    expect(ledgerOf(s.world, 'churn').hold?.requestedBy).toBe(ADA);
    expect(s.lines).toMatchObject([{ message: 'action accepted', fields: { requestedBy: ADA } }]);
  });

  it('is in the ledger with the park', async () => {
    const s = await asked(ledgerWith({}), { action: 'park', requestedBy: ADA });
    expect(ledgerOf(s.world, 'churn').parked?.requestedBy).toBe(ADA);
  });

  it('is in the outcome of what an abort ends, beside who asked for it', async () => {
    const s = await asked(baking(0, { request: requestOf(2, { requestedBy: BOB }) }), {
      action: 'abort',
      requestedBy: ADA,
    });
    const { release } = ledgerOf(s.world, 'churn');
    if (release === null) throw new Error('nothing is in progress');
    const outcome = outcomeOf(release.request, NOW, { result: 'RolledBack', cause: null, release });
    expect(outcome).toMatchObject({ requestedBy: BOB, endRequestedBy: ADA });
  });

  it('is in the outcome of what a promotion makes live', async () => {
    const s = await asked(baking(0), { action: 'promote', requestedBy: ADA });
    const change = { type: 'wentLive', deployedModel: '7', standbyMs: 0 } as const;
    const [outcome] = live(ledgerOf(s.world, 'churn'), change, NOW).outcomes;
    expect(outcome).toMatchObject({ result: 'Live', promotedBy: ADA });
    expect(outcome).not.toHaveProperty('requestedBy');
  });

  it('of a rollback names the requester of the rollback, not the one of the previous model', async () => {
    const s = await asked(WITH_PREVIOUS, { action: 'rollback', requestedBy: ADA });
    expect(ledgerOf(s.world, 'churn').queue).toMatchObject([{ requestedBy: ADA }]);
    const silent = await asked(WITH_PREVIOUS, { action: 'rollback' });
    expect(ledgerOf(silent.world, 'churn').queue[0]).not.toHaveProperty('requestedBy');
  });

  it('of a rollback ends the release that it goes back from', async () => {
    const s = await asked(WITH_PREVIOUS, { action: 'rollback', requestedBy: ADA });
    const ledger = ledgerOf(s.world, 'churn');
    const [request] = ledger.queue;
    const { release } = baking(0);
    if (request === undefined || release === null) throw new Error('no rollback waits');
    const change = { type: 'wentLive', deployedModel: '7', standbyMs: 0 } as const;
    const after = live({ ...ledger, queue: [], release: { ...release, request } }, change, NOW);
    expect(after.outcomes.find(({ result }) => result === 'RolledBack')).toMatchObject({
      requestedBy: BOB,
      endRequestedBy: ADA,
    });
  });
});

describe('what is no e-mail address', () => {
  it.each([
    '',
    'ada',
    'ada@',
    '@example.com',
    'ada@example.com\n',
    'ada lovelace@example.com',
    '<b>@example.com',
    'ada@exa<mple.com',
    'ada@example.com\u202e',
    'аda@example.com',
    `${'a'.repeat(65)}@example.com`,
    `a@${'b'.repeat(300)}`,
    7,
    null,
    [ADA],
    { email: ADA },
  ])('is refused with its message: %j', async (requestedBy) => {
    const s = await asked(ledgerWith({}), { action: 'hold', requestedBy });
    expect(ledgerOf(s.world, 'churn').hold).toBeUndefined();
    expect(s.lines).toMatchObject([{ message: 'event refused', fields: { code: 'MESSAGE_INVALID' } }]);
    expect(typeof requestedBy === 'string' && isEmail(requestedBy)).toBe(false);
  });

  it('is not the account of a service', () => {
    expect(isEmail('ci-robot@my-project.iam.gserviceaccount.com')).toBe(true);
  });
});
