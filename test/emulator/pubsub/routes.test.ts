import fastify from 'fastify';
import type { FastifyInstance } from 'fastify';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { Broker } from '../../../emulator/pubsub/broker.ts';
import { pubsubRoutes } from '../../../emulator/pubsub/routes.ts';
import { brokerOn } from './harness.ts';

const topic = 'projects/p1/topics/requests';
const subscription = 'projects/p1/subscriptions/worker';

describe('Pub/Sub over REST', () => {
  let app: FastifyInstance;
  let broker: Broker;

  beforeEach(async () => {
    broker = brokerOn(new VirtualClock());
    app = fastify();
    await app.register(pubsubRoutes(broker));
    await call('PUT', topic, {});
    await call('PUT', subscription, { topic });
  });
  afterEach(async () => {
    broker.close();
    await app.close();
  });

  async function call(method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE', path: string, body?: unknown) {
    const response = await app.inject({
      method,
      url: `/v1/${path}`,
      ...(body !== undefined && {
        payload: typeof body === 'string' ? body : JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    return { code: response.statusCode, body: response.json() };
  }

  it('creates, reads, updates and deletes topics', async () => {
    expect(await call('GET', topic)).toEqual({ code: 200, body: { name: topic, state: 'ACTIVE' } });
    const patch = { topic: { labels: { team: 'ml' } }, updateMask: 'labels' };
    expect((await call('PATCH', topic, patch)).body).toEqual({
      name: topic,
      state: 'ACTIVE',
      labels: { team: 'ml' },
    });
    expect((await call('GET', 'projects/p1/topics')).body.topics).toHaveLength(1);
    expect((await call('GET', `${topic}/subscriptions`)).body).toEqual({ subscriptions: [subscription] });
    expect((await call('DELETE', topic)).body).toEqual({});
    expect((await call('GET', subscription)).body.topic).toBe('_deleted-topic_');
    expect((await call('GET', 'projects/p1/topics')).body).toEqual({});
  });

  it('fills in the defaults of a subscription', async () => {
    expect((await call('GET', subscription)).body).toEqual({
      state: 'ACTIVE',
      name: subscription,
      topic,
      pushConfig: {},
      ackDeadlineSeconds: 10,
      messageRetentionDuration: '604800s',
      expirationPolicy: { ttl: '2678400s' },
    });
  });

  it('updates what the mask names, in either spelling, and nothing else', async () => {
    const change = { ackDeadlineSeconds: 60, labels: { a: 'b' } };
    for (const updateMask of ['ackDeadlineSeconds', 'ack_deadline_seconds']) {
      const { body } = await call('PATCH', subscription, { subscription: change, updateMask });
      expect(body).toMatchObject({ ackDeadlineSeconds: 60 });
      expect(body.labels).toBeUndefined();
    }
    const withPolicy = { retryPolicy: { minimumBackoff: '1s' } };
    await call('PATCH', subscription, { subscription: withPolicy, updateMask: 'retryPolicy' });
    expect((await call('GET', subscription)).body.retryPolicy).toEqual({
      minimumBackoff: '1s',
      maximumBackoff: '600s',
    });
    await call('PATCH', subscription, { subscription: {}, updateMask: 'retryPolicy' });
    expect((await call('GET', subscription)).body.retryPolicy).toBeUndefined();
  });

  it('publishes, pulls, extends and acknowledges', async () => {
    const message = { data: 'aGVsbG8=', attributes: { a: 'b' }, orderingKey: 'k' };
    const { body } = await call('POST', `${topic}:publish`, { messages: [message] });
    expect(body.messageIds).toHaveLength(1);
    const pulled = await call('POST', `${subscription}:pull`, { maxMessages: 10 });
    const [received] = pulled.body.receivedMessages;
    expect(received).toEqual({
      ackId: expect.any(String),
      message: { ...message, messageId: body.messageIds[0], publishTime: '2026-01-01T00:00:00.000Z' },
    });
    const ackIds = [received.ackId];
    expect(
      (await call('POST', `${subscription}:modifyAckDeadline`, { ackIds, ackDeadlineSeconds: 30 })).body,
    ).toEqual({});
    expect((await call('POST', `${subscription}:acknowledge`, { ackIds })).body).toEqual({});
    expect(broker.counts(subscription).acked).toBe(1);
    expect(
      (await call('POST', `${subscription}:pull`, { maxMessages: 1, returnImmediately: true })).body,
    ).toEqual({});
  });

  it('pages lists', async () => {
    for (const id of ['aaa', 'bbb', 'ccc']) await call('PUT', `projects/p2/topics/${id}`, {});
    const first = await call('GET', 'projects/p2/topics?pageSize=2');
    expect(first.body.topics).toHaveLength(2);
    const next = await call('GET', `projects/p2/topics?pageSize=2&pageToken=${first.body.nextPageToken}`);
    expect(next.body).toEqual({ topics: [{ name: 'projects/p2/topics/ccc', state: 'ACTIVE' }] });
  });

  it('keeps names with a percent or a plus, up to 255 characters', async () => {
    for (const id of ['a%2Fb', 'a+b~c', 'x'.repeat(255)]) {
      const name = `projects/p1/topics/${encodeURIComponent(id)}`;
      expect((await call('PUT', name, {})).body).toEqual({
        name: `projects/p1/topics/${id}`,
        state: 'ACTIVE',
      });
    }
  });

  const text = 'x'.repeat(10);
  it.each([
    ['GET', 'projects/p1/topics/nope', undefined, 404, 'Resource not found (resource=nope).'],
    ['PUT', topic, {}, 409, 'Resource already exists in the project (resource=requests).'],
    [
      'PUT',
      'projects/p1/topics/ab',
      {},
      400,
      /^Invalid resource name given \(name=projects\/p1\/topics\/ab\)/,
    ],
    ['PUT', 'projects/p1/topics/goog-x', {}, 400, /^Invalid resource name/],
    ['PUT', 'projects/p1/topics/1abc', {}, 400, /^Invalid resource name/],
    ['PUT', 'projects/p1/topics/abc', { nmae: 'x' }, 400, /Unknown name "nmae": Cannot find field/],
    ['PUT', 'projects/p1/topics/abc', '{"labels"', 400, 'Invalid JSON payload received.'],
    ['PUT', 'projects/p1/topics/abc', { labels: { a: 1 } }, 400, /labels\.a/],
    ['PUT', 'projects/p1/topics/abc', { messageRetentionDuration: '5s' }, 400, /too small.*5s.*600s/],
    ['PUT', 'projects/p1/topics/abc', { schemaSettings: { schema: 's' } }, 501, /schemas/],
    ['POST', `${topic}:publish`, { messages: [] }, 400, /message_count/],
    [
      'POST',
      `${topic}:publish`,
      { messages: [{}] },
      400,
      /^One or more messages in the publish request is empty/,
    ],
    ['POST', `${topic}:publish`, { messages: [{ data: '!' }] }, 400, /Base64/],
    [
      'POST',
      `${topic}:publish`,
      { messages: Array.from({ length: 1001 }, () => ({ data: 'eA==' })) },
      400,
      /1000/,
    ],
    [
      'POST',
      `${topic}:publish`,
      { messages: [{ data: 'A'.repeat(14_000_000) }] },
      400,
      /request_size.*10000000/,
    ],
    ['POST', `${topic}:publish`, { messages: [{ attributes: { googx: 'y' } }] }, 400, /"goog"/],
    ['POST', 'projects/p1/topics/nope:publish', { messages: [{ data: 'eA==' }] }, 404, /resource=nope/],
    ['POST', `${topic}:frobnicate`, {}, 501, /frobnicate/],
    ['PUT', subscription, { topic }, 409, /resource=worker/],
    ['PUT', `${subscription}2`, { topic: 'projects/p1/topics/nope' }, 404, /resource=nope/],
    ['PUT', `${subscription}2`, { topic: text }, 400, /^Invalid resource name given \(name=x+\)/],
    ['PUT', `${subscription}2`, { topic, ackDeadlineSeconds: 5 }, 400, /ack_deadline_seconds is too small/],
    ['PUT', `${subscription}2`, { topic, ackDeadlineSeconds: 601 }, 400, /ack_deadline_seconds is too large/],
    ['PUT', `${subscription}2`, { topic, filter: 'a = b' }, 400, /^Invalid filter/],
    ['PUT', `${subscription}2`, { topic, retryPolicy: { minimumBackoff: '601s' } }, 400, /minimum_backoff/],
    ['PUT', `${subscription}2`, { topic, retryPolicy: { minimumBackoff: '1' } }, 400, /Duration/],
    [
      'PUT',
      `${subscription}2`,
      { topic, deadLetterPolicy: { deadLetterTopic: topic, maxDeliveryAttempts: 4 } },
      400,
      /5/,
    ],
    ['PUT', `${subscription}2`, { topic, pushConfig: { pushEndpoint: 'ftp://x' } }, 400, /push endpoint/],
    ['PUT', `${subscription}2`, { topic, bigqueryConfig: {} }, 501, /BigQuery/],
    ['PATCH', subscription, { subscription: { filter: 'x' }, updateMask: 'filter' }, 400, /update_mask/],
    ['PATCH', subscription, { subscription: {} }, 400, /update_mask/],
    ['POST', `${subscription}:pull`, {}, 400, /max_messages/],
    ['POST', `${subscription}:acknowledge`, { ackIds: [] }, 400, /ack_ids/],
    ['POST', `${subscription}:acknowledge`, { ackIds: ['junk'] }, 400, /acknowledgement ids/],
    [
      'POST',
      `${subscription}:modifyAckDeadline`,
      { ackIds: [`${subscription}:1`], ackDeadlineSeconds: 601 },
      400,
      /600/,
    ],
    ['POST', `${subscription}:seek`, { time: '2026-01-01T00:00:00Z' }, 501, /seek/],
    ['GET', `${topic}:getIamPolicy`, undefined, 501, /getIamPolicy/],
    ['POST', `${subscription}:setIamPolicy`, {}, 501, /setIamPolicy/],
    ['PUT', 'projects/p1/snapshots/abc', {}, 501, /snapshots/],
    ['GET', 'projects/p1/schemas', undefined, 501, /schemas/],
  ] as const)('%s %s %j → %i', async (method, path, body, code, message) => {
    const before = [broker.listTopics('p1'), broker.listSubscriptions('p1'), broker.counts(subscription)];
    const refusal = await call(method, path, body);
    expect(refusal.code).toBe(code);
    expect(refusal.body.error).toMatchObject({ code, status: expect.any(String) });
    expect(refusal.body.error.message).toMatch(message);
    expect([broker.listTopics('p1'), broker.listSubscriptions('p1'), broker.counts(subscription)]).toEqual(
      before,
    );
  });
});
