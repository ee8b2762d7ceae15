import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { Broker } from '../../../emulator/pubsub/broker.ts';
import type { SubscriptionBody } from '../../../emulator/pubsub/subscription.ts';
import { brokerOn } from './harness.ts';

const topic = 'projects/p1/topics/requests';
const subscription = 'projects/p1/subscriptions/worker';

describe('broker', () => {
  let clock: VirtualClock;
  let broker: Broker;

  beforeEach(() => {
    clock = new VirtualClock();
    broker = brokerOn(clock);
    broker.createTopic(topic);
  });
  afterEach(() => broker.close());

  function subscribe(settings: SubscriptionBody = {}): void {
    broker.createSubscription(subscription, { topic, ...settings });
  }

  function publish(...texts: string[]): string[] {
    return broker.publish(
      topic,
      texts.map((data) => ({ data })),
    );
  }

  function publishOrdered(orderingKey: string, ...data: string[]): void {
    broker.publish(
      topic,
      data.map((text) => ({ data: text, orderingKey })),
    );
  }

  /** What one pull that does not wait gives. */
  function pull(max = 100) {
    return broker.pull(subscription, max, true);
  }

  async function texts(max = 100): Promise<string[]> {
    return (await pull(max)).map(({ message }) => message.data.toString());
  }

  it('delivers to every subscription what was published after it was made', async () => {
    publish('too early');
    subscribe();
    broker.createSubscription('projects/p1/subscriptions/other', { topic });
    const ids = publish('a', 'b');
    expect(new Set(ids).size).toBe(2);
    expect(await texts()).toEqual(['a', 'b']);
    expect(broker.counts('projects/p1/subscriptions/other').waiting).toBe(2);
  });

  it('sets message id and publish time itself', async () => {
    subscribe();
    const [id] = publish('a');
    const [delivery] = await pull();
    expect(delivery?.message).toMatchObject({ id, publishTime: clock.now() });
    expect(delivery?.deliveryAttempt).toBe(0);
  });

  it('keeps an unacknowledged message back for the ack deadline, then delivers it again', async () => {
    subscribe({ ackDeadlineSeconds: 20 });
    publish('a');
    expect(await texts()).toEqual(['a']);
    await clock.advance(19_000);
    expect(await texts()).toEqual([]);
    await clock.advance(1000);
    expect(await texts()).toEqual(['a']);
  });

  it('never delivers an acknowledged message again', async () => {
    subscribe();
    publish('a');
    const [delivery] = await pull();
    broker.acknowledge(subscription, [delivery?.ackId ?? '']);
    broker.acknowledge(subscription, [delivery?.ackId ?? '']);
    await clock.advance(3_600_000);
    expect(await texts()).toEqual([]);
    expect(broker.counts(subscription)).toMatchObject({ waiting: 0, outstanding: 0, acked: 1 });
  });

  it('lets a late acknowledgement count until the message is delivered again', async () => {
    subscribe();
    publish('a');
    const [first] = await pull();
    await clock.advance(10_000);
    const [second] = await pull();
    broker.acknowledge(subscription, [first?.ackId ?? '']);
    expect(broker.counts(subscription).outstanding).toBe(1);
    await clock.advance(10_000);
    broker.acknowledge(subscription, [second?.ackId ?? '']);
    expect(broker.counts(subscription)).toMatchObject({ waiting: 0, outstanding: 0, acked: 1 });
  });

  it('extends a deadline, and takes 0 as a refusal', async () => {
    subscribe();
    publish('a');
    const [delivery] = await pull();
    broker.modifyAckDeadline(subscription, [delivery?.ackId ?? ''], 60);
    await clock.advance(59_000);
    expect(await texts()).toEqual([]);
    broker.modifyAckDeadline(subscription, [delivery?.ackId ?? ''], 0);
    expect(await texts()).toEqual(['a']);
  });

  it('waits for a message when asked to', async () => {
    subscribe();
    const pulled = broker.pull(subscription, 10);
    await clock.advance(5000);
    publish('late');
    const [delivery] = await pulled;
    expect(delivery?.message.data.toString()).toBe('late');
    broker.acknowledge(subscription, [delivery?.ackId ?? '']);
    const empty = broker.pull(subscription, 10);
    await clock.advance(10_000);
    expect(await empty).toEqual([]);
  });

  it('doubles the wait of the retry policy up to its maximum', async () => {
    subscribe({ retryPolicy: { minimumBackoff: '1s', maximumBackoff: '5s' } });
    publish('a');
    const waits: number[] = [];
    let [delivery] = await pull();
    while (waits.length < 5) {
      broker.modifyAckDeadline(subscription, [delivery?.ackId ?? ''], 0);
      const refusedAt = clock.now();
      for ([delivery] = await pull(); delivery === undefined; [delivery] = await pull()) {
        await clock.advance(500);
      }
      waits.push(clock.now() - refusedAt);
    }
    expect(waits).toEqual([1000, 2000, 4000, 5000, 5000]);
  });

  it('redelivers a refused message at once without a retry policy', async () => {
    subscribe();
    publish('a');
    const [delivery] = await pull();
    broker.modifyAckDeadline(subscription, [delivery?.ackId ?? ''], 0);
    expect(await texts()).toEqual(['a']);
  });

  it('drops what is older than the retention time', async () => {
    subscribe({ messageRetentionDuration: '600s' });
    publish('old');
    await clock.advance(599_000);
    publish('young');
    await clock.advance(1000);
    expect(await texts()).toEqual(['young']);
  });

  it('keeps what the filter does not let through', async () => {
    subscribe({ filter: 'attributes.kind = "wanted"' });
    broker.publish(topic, [
      { data: 'a', attributes: new Map([['kind', 'wanted']]) },
      { data: 'b', attributes: new Map([['kind', 'other']]) },
    ]);
    expect(await texts()).toEqual(['a']);
  });

  describe('with ordering', () => {
    it('gives one puller the messages of a key in order, and the next one none until they are settled', async () => {
      subscribe({ enableMessageOrdering: true });
      publishOrdered('k', 'a', 'b', 'c');
      const first = await pull(2);
      expect(first.map(({ message }) => message.data.toString())).toEqual(['a', 'b']);
      publishOrdered('other', 'x');
      expect(await texts()).toEqual(['x']);
      broker.acknowledge(
        subscription,
        first.map(({ ackId }) => ackId),
      );
      expect(await texts()).toEqual(['c']);
    });

    it('delivers what followed a refused message again, after it', async () => {
      subscribe({ enableMessageOrdering: true });
      publishOrdered('k', 'a', 'b', 'c');
      const [first] = await pull();
      broker.modifyAckDeadline(subscription, [first?.ackId ?? ''], 0);
      expect(await texts()).toEqual(['a', 'b', 'c']);
    });

    it('holds a key back while its first message backs off', async () => {
      const retryPolicy = { minimumBackoff: '10s', maximumBackoff: '10s' };
      subscribe({ enableMessageOrdering: true, retryPolicy });
      publishOrdered('k', 'a', 'b');
      const [first] = await pull(1);
      broker.modifyAckDeadline(subscription, [first?.ackId ?? ''], 0);
      expect(await texts()).toEqual([]);
      await clock.advance(10_000);
      expect(await texts()).toEqual(['a', 'b']);
    });
  });

  it('counts missed deadlines as attempts, and keeps a message whose dead letter topic is gone', async () => {
    const deadLetterTopic = 'projects/p1/topics/dead-letters';
    broker.createTopic(deadLetterTopic);
    subscribe({ deadLetterPolicy: { deadLetterTopic } });
    broker.deleteTopic(deadLetterTopic);
    publish('a');
    const attempts: number[] = [];
    for (let round = 0; round < 6; round += 1) {
      attempts.push(...(await pull()).map(({ deliveryAttempt }) => deliveryAttempt));
      await clock.advance(10_000);
    }
    expect(attempts).toEqual([1, 2, 3, 4, 5, 6]);
    broker.createTopic(deadLetterTopic);
    await pull();
    await clock.advance(10_000);
    expect(broker.counts(subscription)).toMatchObject({ waiting: 0, outstanding: 0, deadLettered: 1 });
  });
});

describe('a disturbed broker', () => {
  it('duplicates, delays and reorders, loses nothing, and does the same again from the same seed', async () => {
    const seen = await arrivals();
    expect(new Set(seen).size).toBe(10);
    expect(seen.length).toBeGreaterThan(10);
    expect(seen).not.toEqual(seen.toSorted());
    expect(await arrivals()).toEqual(seen);
  });
});

/** What one subscriber sees of ten messages, in order of arrival. */
async function arrivals(): Promise<string[]> {
  const clock = new VirtualClock();
  const broker = brokerOn(clock, { duplicate: 0.5, delayMs: 1000, reorder: 0.5 });
  broker.createTopic(topic);
  broker.createSubscription(subscription, { topic });
  const texts = Array.from({ length: 10 }, (_, index) => `m${index}`);
  broker.publish(
    topic,
    texts.map((data) => ({ data })),
  );
  const seen: string[] = [];
  for (let step = 0; step <= 10; step += 1) {
    for (const { ackId, message } of await broker.pull(subscription, 100, true)) {
      seen.push(message.data.toString());
      broker.acknowledge(subscription, [ackId]);
    }
    await clock.advance(100);
  }
  return seen;
}
