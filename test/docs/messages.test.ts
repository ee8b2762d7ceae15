/** docs/messages.md: its requests are taken, and what is published on the events topic is what it says. */
import { Compile } from 'typebox/compile';
import { describe, expect, it } from 'vitest';
import { ACTIONS, ActionMessageSchema } from '../../functions/intake/messages.ts';
import { handleRequest } from '../../functions/intake/on-request.ts';
import { handleTick } from '../../functions/intake/on-tick.ts';
import {
  NoticeMessageSchema,
  OutcomeMessageSchema,
  ParkingMessageSchema,
} from '../../functions/release/publish/event-message.ts';
import { outcomeOf } from '../../functions/release/ledger/outcomes.ts';
import { causeOf } from '../../functions/release/publish/outcome.ts';
import { MESSAGES } from '../../scripts/docs/messages.ts';
import { ledgerWith, LEFT, NOW, requestOf } from '../support/samples.ts';
import { message, testApp, type TestApp } from '../support/test-app.ts';

const examples = (topic: string) =>
  MESSAGES.filter((each) => each.topic === topic).flatMap((each) => each.examples.map((e) => e.message));

/** What was refused because of its form. */
function malformed({ lines }: TestApp): unknown[] {
  return lines.filter(({ fields }) => fields['code'] === 'MESSAGE_INVALID');
}

describe('examples', () => {
  it.each(examples('requests'))('of a request have its form: %j', async (body) => {
    const s = testApp();
    await handleRequest(message(body), s.app);
    expect(s.lines.length).toBeGreaterThan(0);
    expect(malformed(s)).toEqual([]);
  });

  it('of a request with a field more do not', async () => {
    const s = testApp();
    await handleRequest(message({ service: 'churn', artefact: 'gs://models/churn/v1/' }), s.app);
    expect(malformed(s)).toHaveLength(1);
  });

  it.each(examples('ticks'))('of a tick have its form: %j', async (body) => {
    const s = testApp();
    await handleTick(message(body, { publishTime: new Date(s.world.clock.now()).toISOString() }), s.app);
    expect(malformed(s)).toEqual([]);
  });

  it('name every action', () => {
    expect(Object.keys(ACTIONS)).toEqual([...ActionMessageSchema.properties.action.enum]);
  });
});

it.each(MESSAGES)('every field of $name says what it is', ({ schema }) => {
  const fields: { description?: string; absent?: string }[] = Object.values(schema.properties);
  for (const { description } of fields) expect(description).toMatch(/^[A-Z`].*\.$/);
  const optional = Object.entries(schema.properties).filter(([name]) => !schema.required?.includes(name));
  for (const [name, field] of optional) expect([name, Reflect.get(field, 'absent')]).not.toContain(undefined);
});

describe('the events topic', () => {
  const live = outcomeOf(requestOf(1), NOW, { result: 'Live', cause: null });
  const failed = outcomeOf(requestOf(2), NOW, {
    result: 'Failed',
    cause: causeOf('DEPLOY_QUOTA', 'no quota'),
  });
  const judged = {
    ...failed,
    startedAt: NOW,
    gaveUpAt: NOW,
    endedBy: 'm1',
    verdicts: [{ gate: 'golden' as const, step: 0, verdict: 'fail' as const, reason: '1 of 2', at: NOW }],
  };

  it('has what the page says, and no field more', async () => {
    const s = testApp({ errors: ['release ended', 'model left deployed'] });
    const parking = { notice: 'Parked', at: NOW, by: 'schedule', reason: '' } as const;
    const ledger = ledgerWith({ outcomes: [live, judged], leftovers: [LEFT], notices: [parking] });
    s.world.ledgerTexts.set('churn', { text: JSON.stringify(ledger), generation: '1', updatedAt: 0 });
    const publishTime = new Date(s.world.clock.now()).toISOString();
    await handleTick(message({ service: 'churn' }, { publishTime }), s.app);
    const told = s.world.published.flatMap(({ topic, data }) => (topic === 'events' ? [data] : []));
    expect(told).toHaveLength(4);
    const errors = told.map((data) => {
      const notice: unknown = Reflect.get(Object(data), 'notice');
      const isLeft = notice === 'LeftDeployed';
      const schema =
        notice === undefined ? OutcomeMessageSchema : isLeft ? NoticeMessageSchema : ParkingMessageSchema;
      return Compile<object>(schema).Errors(data);
    });
    expect(errors).toEqual([[], [], [], []]);
  });
});
