/** What the team hears, in which order, and once. */
import { describe, expect, it } from 'vitest';
import { handleTick } from '../../../../functions/intake/on-tick.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { outcomeOf } from '../../../../functions/release/ledger/outcomes.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { CallError } from '../../../../functions/errors.ts';
import { ledgerOf, message, testApp, type TestApp } from '../../../support/test-app.ts';
import { ledgerWith, LEFT, NOW, requestOf } from '../../../support/samples.ts';

const live = outcomeOf(requestOf(1), NOW, { result: 'Live', cause: null });
const back = outcomeOf(requestOf(1), NOW + 60_000, {
  result: 'RolledBack',
  cause: causeOf('ROLLED_BACK', 'incident 7'),
});
const failed = outcomeOf(requestOf(2), NOW + 30_000, {
  result: 'Failed',
  cause: causeOf('DEPLOY_QUOTA', 'no quota'),
});

function knowing(ledger: Partial<Ledger>): TestApp {
  const s = testApp({ errors: ['release ended', 'model left deployed', 'Google keeps refusing a call'] });
  s.world.ledgerTexts.set('churn', {
    text: JSON.stringify(ledgerWith(ledger)),
    generation: '1',
    updatedAt: 0,
  });
  return s;
}

async function tick(s: TestApp): Promise<void> {
  const publishTime = new Date(s.world.clock.now()).toISOString();
  await handleTick(message({ service: 'churn' }, { publishTime }), s.app);
}

function told(s: TestApp): unknown[] {
  return s.world.published.flatMap(({ topic, data }) => (topic === 'events' ? [data] : []));
}

describe('outcomes that nobody has heard of', () => {
  it('are told oldest first, before what is left deployed, and once', async () => {
    const s = knowing({ outcomes: [back, failed, live], leftovers: [LEFT] });
    await tick(s);
    await tick(s);
    expect(told(s)).toMatchObject([
      { release: requestOf(1).id, result: 'Live' },
      { release: requestOf(2).id, result: 'Failed', cause: { code: 'DEPLOY_QUOTA', detail: 'no quota' } },
      { release: requestOf(1).id, result: 'RolledBack' },
      {
        notice: 'LeftDeployed',
        deployedModel: '77',
        cause: { code: 'UNDEPLOY_FAILED', detail: 'INTERNAL: no' },
        models: 1,
        replicas: 1,
      },
    ]);
    expect(told(s)[3]).not.toHaveProperty('result');
  });

  it('stay untold from the first that is refused, also the second of one release', async () => {
    const s = knowing({ outcomes: [back, live] });
    const publish = s.world.bus.publish.bind(s.world.bus);
    let refusals = 0;
    s.world.bus.publish = async (topic, data, attributes) => {
      const isSecond = Reflect.get(Object(data), 'result') === 'RolledBack';
      if (isSecond && refusals++ < 3) throw new CallError('publish events', 'UNAVAILABLE', 'no broker');
      await publish(topic, data, attributes);
    };
    await tick(s);
    expect(told(s)).toMatchObject([{ result: 'Live' }, { result: 'RolledBack' }]);
    expect(refusals).toBe(4);
    expect(ledgerOf(s.world, 'churn').outcomes.map(({ announced }) => announced)).toEqual([true, true]);
  });
});

describe('the log', () => {
  it.each([
    { outcome: live, level: 'info' },
    { outcome: back, level: 'info' },
    { outcome: failed, level: 'error' },
    { outcome: { ...failed, cause: causeOf('ABORTED', '') }, level: 'info' },
    { outcome: outcomeOf(requestOf(3), NOW, { result: 'Superseded', cause: null }), level: 'info' },
  ])(
    'calls $outcome.result $outcome.cause.code $level: what somebody asked for is no alert',
    async ({ outcome, level }) => {
      const s = knowing({ outcomes: [outcome] });
      await tick(s);
      const lines = s.lines.filter(({ message: line }) => line === 'release ended');
      expect(lines).toMatchObject([{ level, fields: { release: outcome.release } }]);
    },
  );
});
