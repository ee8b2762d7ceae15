import type { ServerResponse } from 'node:http';

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { Broker } from '../../../emulator/pubsub/broker.ts';
import { refusalOfCall } from '../../../emulator/push-token.ts';
import type { SubscriptionBody } from '../../../emulator/pubsub/subscription.ts';
import { brokerOn, endpointOn, respond, SECRET } from './harness.ts';

const topic = 'projects/p1/topics/requests';
const subscription = 'projects/p1/subscriptions/worker';

describe('push', () => {
  let clock: VirtualClock;
  let broker: Broker;
  let endpoint: Awaited<ReturnType<typeof endpointOn>>;
  let answer: (response: ServerResponse) => void = respond(204);

  beforeEach(async () => {
    clock = new VirtualClock();
    broker = brokerOn(clock);
    broker.createTopic(topic);
    answer = respond(204);
    endpoint = await endpointOn(clock, (response) => answer(response));
  });
  afterEach(() => {
    broker.close();
    endpoint.close();
  });

  function subscribe(settings: SubscriptionBody = {}): void {
    const pushConfig = { pushEndpoint: endpoint.url, ...settings.pushConfig };
    broker.createSubscription(subscription, { topic, ...settings, pushConfig });
  }

  /** Waits until `count` pushes have been answered, all of them badly. */
  async function refused(count: number): Promise<void> {
    await vi.waitFor(() => {
      expect(endpoint.pushed).toHaveLength(count);
      expect(broker.counts(subscription)).toMatchObject({ waiting: 1, outstanding: 0 });
    }, 20_000);
  }

  it('posts the wrapped message as Google does', async () => {
    subscribe();
    const [id] = broker.publish(topic, [{ data: 'hello', attributes: new Map([['kind', 'greeting']]) }]);
    await broker.idle();
    const [push] = endpoint.pushed;
    expect(push?.headers).toMatchObject({ 'content-type': 'application/json' });
    expect(push?.headers.authorization).toBeUndefined();
    expect(JSON.parse(push?.body ?? '')).toEqual({
      message: {
        data: 'aGVsbG8=',
        attributes: { kind: 'greeting' },
        messageId: id,
        message_id: id,
        publishTime: '2026-01-01T00:00:00.000Z',
        publish_time: '2026-01-01T00:00:00.000Z',
      },
      subscription,
    });
    expect(broker.counts(subscription)).toMatchObject({ acked: 1, waiting: 0, outstanding: 0 });
  });

  it('posts the data alone without the wrapper, and the rest as headers when asked to', async () => {
    subscribe({ pushConfig: { noWrapper: { writeMetadata: true } } });
    const [id] = broker.publish(topic, [
      { data: '{"a":1}', attributes: new Map([['Content-Type', 'application/json']]), orderingKey: 'k' },
    ]);
    await broker.idle();
    expect(endpoint.pushed[0]).toMatchObject({
      body: '{"a":1}',
      headers: {
        'content-type': 'application/json',
        'x-goog-pubsub-message-id': id,
        'x-goog-pubsub-subscription-name': subscription,
        'x-goog-pubsub-ordering-key': 'k',
        'x-goog-pubsub-publish-time': '2026-01-01T00:00:00.000Z',
      },
    });
  });

  it.each([
    ['its audience', { audience: 'https://on-tick.run.app' }, 'https://on-tick.run.app'],
    ['the endpoint, when no audience is named,', {}, null],
  ])('sends a token of the account of the subscription for %s', async (_, more, audience) => {
    const account = 'slipway-push-on-tick@p1.iam.gserviceaccount.com';
    subscribe({ pushConfig: { oidcToken: { serviceAccountEmail: account, ...more } } });
    broker.publish(topic, [{ data: 'a' }]);
    await broker.idle();
    const authorization = endpoint.pushed[0]?.headers.authorization;
    const expected = { audience: audience ?? endpoint.url, account, secret: SECRET };
    expect(refusalOfCall(authorization, expected, clock.now())).toBeNull();
  });

  it.each([200, 201, 202, 204])('takes %i as an acknowledgement', async (status) => {
    answer = respond(status);
    subscribe();
    broker.publish(topic, [{ data: 'a' }]);
    await broker.idle();
    expect(broker.counts(subscription).acked).toBe(1);
  });

  it('takes an interim 102 as an acknowledgement', async () => {
    answer = (response) => response.writeProcessing();
    subscribe();
    broker.publish(topic, [{ data: 'a' }]);
    await broker.idle();
    expect(broker.counts(subscription).acked).toBe(1);
  });

  it.each([203, 301, 400, 404, 500])('takes %i as a refusal and backs off', async (status) => {
    answer = (response) => respond(endpoint.pushed.length < 4 ? status : 200)(response);
    subscribe({ retryPolicy: { minimumBackoff: '10s', maximumBackoff: '30s' } });
    broker.publish(topic, [{ data: 'a' }]);
    for (const [index, wait] of [10_000, 20_000, 30_000].entries()) {
      await refused(index + 1);
      await clock.advance(wait);
    }
    await broker.idle();
    const start = Date.UTC(2026, 0, 1);
    expect(endpoint.pushed.map(({ at }) => at - start)).toEqual([0, 10_000, 30_000, 60_000]);
    expect(new Set(endpoint.pushed.map(({ body }) => body)).size).toBe(1);
  });

  it('gives up a request at the ack deadline and delivers again', async () => {
    answer = (response) => {
      if (endpoint.pushed.length > 1) respond(200)(response);
    };
    subscribe({ ackDeadlineSeconds: 60 });
    broker.publish(topic, [{ data: 'slow' }]);
    await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(1), 20_000);
    await clock.advance(59_900);
    expect(endpoint.pushed).toHaveLength(1);
    await clock.advance(200);
    await broker.idle();
    expect(endpoint.pushed).toHaveLength(2);
  });

  it('delivers again after a connection that broke', async () => {
    answer = (response) => {
      if (endpoint.pushed.length === 1) response.destroy();
      else respond(200)(response);
    };
    subscribe();
    broker.publish(topic, [{ data: 'a' }]);
    await refused(1);
    await clock.advance(100);
    await broker.idle();
    expect(endpoint.pushed).toHaveLength(2);
    expect(broker.counts(subscription).acked).toBe(1);
  });

  it('moves a message to the dead letter topic after its last attempt', async () => {
    const deadLetters = 'projects/p1/topics/dead-letters';
    broker.createTopic(deadLetters);
    broker.createSubscription('projects/p1/subscriptions/morgue', { topic: deadLetters });
    answer = respond(500);
    subscribe({ deadLetterPolicy: { deadLetterTopic: deadLetters, maxDeliveryAttempts: 5 } });
    const [id] = broker.publish(topic, [{ data: 'poison', attributes: new Map([['kind', 'bad']]) }]);
    for (const [index, wait] of [100, 200, 400, 800].entries()) {
      await refused(index + 1);
      await clock.advance(wait);
    }
    await broker.idle();
    expect(endpoint.pushed.map(({ body }) => JSON.parse(body).deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
    expect(broker.counts(subscription)).toMatchObject({ waiting: 0, outstanding: 0, deadLettered: 1 });
    expect(broker.deadLettered(subscription)).toMatchObject([{ message: { id }, attempts: 5 }]);
    const [forwarded] = await broker.pull('projects/p1/subscriptions/morgue', 1, true);
    expect(forwarded?.message.data.toString()).toBe('poison');
    expect(Object.fromEntries(forwarded?.message.attributes ?? [])).toEqual({
      kind: 'bad',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: 'worker',
      CloudPubSubDeadLetterSourceSubscriptionProject: 'p1',
      CloudPubSubDeadLetterSourceTopicPublishTime: '2026-01-01T00:00:00.000Z',
    });
  });

  it('follows a change of the push config, to another endpoint or to pull', async () => {
    subscribe();
    broker.modifyPushConfig(subscription, { pushEndpoint: `${endpoint.url}/second` });
    broker.publish(topic, [{ data: 'a' }]);
    await broker.idle();
    broker.modifyPushConfig(subscription, {});
    broker.publish(topic, [{ data: 'b' }]);
    expect(await broker.pull(subscription, 1, true)).toHaveLength(1);
    expect(endpoint.pushed.map(({ path }) => path)).toEqual(['/push/second']);
  });
});
