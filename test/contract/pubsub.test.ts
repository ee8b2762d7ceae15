/**
 * One set of probes with the official client over gRPC, against the emulator, Google's own Pub/Sub emulator
 * where Java and gcloud are installed, and Google Cloud with REMOTE=1: what all pass is what they have in
 * common.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';

import type { Message, Subscription, Topic } from '@google-cloud/pubsub';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

import {
  googleEmulatorJar,
  openEmulator,
  openGoogleCloud,
  openGoogleEmulator,
  project,
} from './pubsub-targets.ts';
import type { Target } from './pubsub-targets.ts';

const jar = googleEmulatorJar();
const remote = process.env.REMOTE === '1';

describe('Pub/Sub: the emulator', () => {
  probes(openEmulator);

  it('sends no more than the client has room for', async () => {
    const target = await openEmulator();
    const [topic] = await target.pubsub.createTopic('flow');
    await topic.createSubscription('flow');
    const limited = target.pubsub.subscription('flow', {
      flowControl: { maxMessages: 2 },
      streamingOptions: { maxStreams: 1 },
    });
    const received = listen(limited, () => {});
    await Promise.all(Array.from({ length: 5 }, () => topic.publishMessage({ data: Buffer.from('x') })));
    for (let acked = 0; acked < 3; acked += 1) {
      await vi.waitFor(() => expect(received).toHaveLength(acked + 2), 20_000);
      expect(target.broker?.counts(limited.name).outstanding).toBe(2);
      received[acked]?.ack();
    }
    await vi.waitFor(() => expect(received).toHaveLength(5), 20_000);
    await limited.close();
    await target.close();
  });

  it('ends the streaming pull of a subscription that is deleted', async () => {
    const target = await openEmulator();
    const [topic] = await target.pubsub.createTopic('brief');
    const [subscription] = await topic.createSubscription('brief');
    const failed = once(subscription, 'error');
    let received = 0;
    subscription.on('message', () => {
      received += 1;
    });
    await topic.publishMessage({ data: Buffer.from('x') });
    await vi.waitFor(() => expect(received).toBe(1), 20_000);
    target.broker?.deleteSubscription(subscription.name);
    const [error] = await failed;
    expect(error).toMatchObject({ code: 5, details: 'Resource not found (resource=brief).' });
    await target.close();
  });
});

describe.skipIf(jar === undefined)("Pub/Sub: Google's emulator (needs Java and its gcloud component)", () => {
  probes(() => openGoogleEmulator(jar ?? ''));
});

describe.skipIf(!remote)('Pub/Sub: Google Cloud (needs REMOTE=1, REMOTE_PROJECT and credentials)', () => {
  probes(openGoogleCloud);
});

function probes(open: () => Promise<Target>): void {
  let target: Target;
  const made: { delete: () => Promise<unknown> }[] = [];
  const run = `slipway-${process.pid}-${Date.now()}`;
  let count = 0;

  beforeAll(async () => {
    target = await open();
  }, 40_000);
  afterAll(async () => {
    await Promise.allSettled(made.map((resource) => resource.delete()));
    await target.close();
  });

  async function makeTopic(): Promise<Topic> {
    count += 1;
    const [topic] = await target.pubsub.createTopic(`${run}-t${count}`);
    made.push(topic);
    return topic;
  }

  async function makeSubscription(
    topic: Topic,
    options: Parameters<Topic['createSubscription']>[1] = {},
  ): Promise<Subscription> {
    count += 1;
    const [subscription] = await topic.createSubscription(`${run}-s${count}`, options);
    made.push(subscription);
    return subscription;
  }

  it('creates, finds, lists and deletes topics and subscriptions', async () => {
    const topic = await makeTopic();
    const subscription = await makeSubscription(topic, {
      ackDeadlineSeconds: 42,
      labels: { team: 'ml' },
      retryPolicy: { minimumBackoff: { seconds: 1 }, maximumBackoff: { seconds: 8 } },
    });
    expect(await topic.exists()).toEqual([true]);
    const [topics] = await target.pubsub.getTopics();
    expect(topics.map(({ name }) => name)).toContain(topic.name);
    const [subscriptions] = await topic.getSubscriptions();
    expect(subscriptions.map(({ name }) => name)).toEqual([subscription.name]);
    const [metadata] = await subscription.getMetadata();
    expect(metadata).toMatchObject({
      name: subscription.name,
      topic: topic.name,
      ackDeadlineSeconds: 42,
      labels: { team: 'ml' },
    });
    expect(Number(metadata.retryPolicy?.minimumBackoff?.seconds)).toBe(1);
    await subscription.setMetadata({ ackDeadlineSeconds: 60 });
    expect((await subscription.getMetadata())[0].ackDeadlineSeconds).toBe(60);
    await expect(target.pubsub.createTopic(topic.name)).rejects.toMatchObject({ code: 6 });
    await expect(topic.createSubscription(subscription.name)).rejects.toMatchObject({ code: 6 });
    await topic.delete();
    expect(await topic.exists()).toEqual([false]);
    await expect(topic.publishMessage({ data: Buffer.from('a') })).rejects.toMatchObject({ code: 5 });
    expect((await subscription.getMetadata())[0].topic).toBe('_deleted-topic_');
  });

  it('refuses names that Pub/Sub refuses', async () => {
    await expect(target.pubsub.createTopic('goog-topic')).rejects.toMatchObject({ code: 3 });
    await expect(target.pubsub.createTopic('ab')).rejects.toMatchObject({ code: 3 });
  });

  it('delivers data and attributes by streaming pull, until they are acknowledged', async () => {
    const topic = await makeTopic();
    const subscription = await makeSubscription(topic);
    const received = listen(subscription, (message) => message.ack());
    const id = await topic.publishMessage({ data: Buffer.from([0, 1, 255]), attributes: { kind: 'probe' } });
    await topic.publishMessage({ attributes: { only: 'attributes' } });
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 10_000 });
    const first = received.find((message) => message.id === id);
    expect(first?.data).toEqual(Buffer.from([0, 1, 255]));
    expect(first?.attributes).toEqual({ kind: 'probe' });
    expect(Math.abs(Number(first?.publishTime) - Date.now())).toBeLessThan(60_000);
    expect(first?.deliveryAttempt).toBe(0);
    await subscription.close();
    const [leftover] = await target.subscriber.pull({
      subscription: subscription.name,
      maxMessages: 10,
      returnImmediately: true,
    });
    expect(leftover.receivedMessages).toEqual([]);
  });

  it('ends a streaming pull of a subscription that is not there', async () => {
    const subscription = target.pubsub.subscription(`${run}-nope`);
    const failed = once(subscription, 'error');
    subscription.on('message', () => {});
    const [error] = await failed;
    expect(error).toMatchObject({ code: 5 });
  });

  it('delivers a refused message again', async () => {
    const topic = await makeTopic();
    const subscription = await makeSubscription(topic);
    const received = listen(subscription, (message) => {
      if (received.length === 1) message.nack();
      else message.ack();
    });
    const id = await topic.publishMessage({ data: Buffer.from('again') });
    await vi.waitFor(() => expect(received).toHaveLength(2), { timeout: 20_000 });
    expect(received.map((message) => message.id)).toEqual([id, id]);
    await subscription.close();
  });

  it('keeps the order of one ordering key', async () => {
    const topic = target.pubsub.topic((await makeTopic()).name, { messageOrdering: true });
    const subscription = await makeSubscription(topic, { enableMessageOrdering: true });
    const received = listen(subscription, (message) => message.ack());
    const texts = Array.from({ length: 30 }, (_, index) => `m${index}`);
    await Promise.all(
      texts.map((text) => topic.publishMessage({ data: Buffer.from(text), orderingKey: 'release' })),
    );
    await vi.waitFor(() => expect(received).toHaveLength(30), { timeout: 15_000 });
    expect(received.map((message) => message.data.toString())).toEqual(texts);
    expect(received[0]?.orderingKey).toBe('release');
    await subscription.close();
  });

  it('answers a pull, extends its deadline and takes its acknowledgement', async () => {
    const topic = await makeTopic();
    const { name: subscription } = await makeSubscription(topic);
    await topic.publishMessage({ data: Buffer.from('pulled') });
    const [{ receivedMessages = [] }] = await target.subscriber.pull({ subscription, maxMessages: 10 });
    expect(receivedMessages?.map(({ message }) => String(message?.data))).toEqual(['pulled']);
    const ackIds = [receivedMessages?.[0]?.ackId ?? ''];
    await target.subscriber.modifyAckDeadline({ subscription, ackIds, ackDeadlineSeconds: 0 });
    const [again] = await target.subscriber.pull({ subscription, maxMessages: 10 });
    const last = again.receivedMessages?.[0]?.ackId ?? '';
    await target.subscriber.acknowledge({ subscription, ackIds: [last] });
    await expect(
      target.subscriber.pull({ subscription: `${subscription}-nope`, maxMessages: 1 }),
    ).rejects.toMatchObject({ code: 5 });
    await expect(target.subscriber.pull({ subscription, maxMessages: 0 })).rejects.toMatchObject({ code: 3 });
    await expect(
      target.subscriber.acknowledge({ subscription, ackIds: ['malformed'] }),
    ).rejects.toMatchObject({ code: 3 });
  });

  it('forwards what failed too often to the dead letter topic', async () => {
    const [topic, graveTopic] = [await makeTopic(), await makeTopic()];
    const grave = await makeSubscription(graveTopic);
    const subscription = await makeSubscription(topic, {
      deadLetterPolicy: { deadLetterTopic: graveTopic.name, maxDeliveryAttempts: 5 },
    });
    const received = listen(subscription, (message) => message.nack());
    const buried = listen(grave, (message) => message.ack());
    await topic.publishMessage({ data: Buffer.from('poison'), attributes: { kind: 'bad' } });
    await vi.waitFor(() => expect(buried).toHaveLength(1), { timeout: 25_000, interval: 100 });
    expect(received.map((message) => message.deliveryAttempt)).toEqual([1, 2, 3, 4, 5]);
    expect(buried[0]?.data.toString()).toBe('poison');
    expect(buried[0]?.attributes).toMatchObject({
      kind: 'bad',
      CloudPubSubDeadLetterSourceDeliveryCount: '5',
      CloudPubSubDeadLetterSourceSubscription: subscription.name.split('/').at(-1),
      CloudPubSubDeadLetterSourceSubscriptionProject: project,
      CloudPubSubDeadLetterSourceTopicPublishTime: expect.stringMatching(/^\d{4}-\d\d-\d\dT/),
    });
    await Promise.all([subscription.close(), grave.close()]);
  }, 40_000);

  it.skipIf(remote)('pushes the wrapped message until it is answered well', async () => {
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      let body = '';
      request.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      request.on('end', () => response.writeHead(bodies.push(body) === 1 ? 500 : 204).end());
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : undefined;
    const topic = await makeTopic();
    const subscription = await makeSubscription(topic, {
      pushConfig: { pushEndpoint: `http://127.0.0.1:${port}/push` },
    });
    const id = await topic.publishMessage({ data: Buffer.from('pushed'), attributes: { kind: 'probe' } });
    await vi.waitFor(() => expect(bodies).toHaveLength(2), { timeout: 15_000 });
    await wait(300);
    expect(bodies).toHaveLength(2);
    expect(JSON.parse(bodies[1] ?? '')).toEqual({
      message: {
        data: Buffer.from('pushed').toString('base64'),
        attributes: { kind: 'probe' },
        messageId: id,
        message_id: id,
        publishTime: expect.any(String),
        publish_time: expect.any(String),
      },
      subscription: subscription.name,
    });
    server.close();
  });
}

/** Collects messages by streaming pull, answering each as `answer` says. */
function listen(subscription: Subscription, answer: (message: Message) => void): Message[] {
  const received: Message[] = [];
  subscription.on('message', (message: Message) => {
    received.push(message);
    answer(message);
  });
  subscription.on('error', (error) => {
    throw error;
  });
  return received;
}
