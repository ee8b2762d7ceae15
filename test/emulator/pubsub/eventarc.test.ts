import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';

import { VirtualClock } from '../../../emulator/clock.ts';
import type { Broker } from '../../../emulator/pubsub/broker.ts';
import { Eventarc } from '../../../emulator/pubsub/eventarc.ts';
import type { TriggerSpec } from '../../../emulator/pubsub/eventarc.ts';
import { Store } from '../../../emulator/storage/store.ts';
import { brokerOn, endpointOn, quiet, respond } from './harness.ts';

const topic = 'projects/p1/topics/requests';
const name = 'projects/p1/locations/europe-west4/triggers/on-artifact';
const finalized = 'google.cloud.storage.object.v1.finalized';

describe('Eventarc', () => {
  let clock: VirtualClock;
  let store: Store;
  let broker: Broker;
  let eventarc: Eventarc;
  let endpoint: Awaited<ReturnType<typeof endpointOn>>;
  let status = 204;

  beforeEach(async () => {
    clock = new VirtualClock();
    store = new Store({ clock });
    store.createBucket('models');
    broker = brokerOn(clock);
    broker.createTopic(topic);
    eventarc = new Eventarc({ store, broker, log: quiet });
    status = 204;
    endpoint = await endpointOn(clock, (response) => respond(status)(response));
  });
  afterEach(() => {
    broker.close();
    endpoint.close();
  });

  function onBucket(more: Partial<TriggerSpec> = {}) {
    const eventFilters = [
      { attribute: 'type', value: finalized },
      { attribute: 'bucket', value: 'models' },
    ];
    return eventarc.createTrigger({ name, eventFilters, destination: { url: endpoint.url }, ...more });
  }

  function onTopic() {
    const eventFilters = [
      { attribute: 'type', value: 'google.cloud.pubsub.topic.v1.messagePublished' },
      { attribute: 'topic', value: topic },
    ];
    return eventarc.createTrigger({ name, eventFilters, destination: { url: endpoint.url } });
  }

  it('brings a finalized object as a CloudEvent in binary mode', async () => {
    onBucket();
    const object = store.putObject('models', 'churn/v 1/modèle.onnx', Buffer.from('x'));
    await broker.idle();
    expect(endpoint.pushed).toHaveLength(1);
    expect(endpoint.pushed[0]?.headers).toMatchObject({
      'ce-id': expect.stringMatching(/^\d+$/),
      'ce-specversion': '1.0',
      'ce-type': finalized,
      'ce-source': '//storage.googleapis.com/projects/_/buckets/models',
      'ce-subject': 'objects/churn/v%201/mod%C3%A8le.onnx',
      'ce-time': '2026-01-01T00:00:00.000Z',
      'ce-bucket': 'models',
      'content-type': 'application/json',
    });
    expect(JSON.parse(endpoint.pushed[0]?.body ?? '')).toMatchObject({
      kind: 'storage#object',
      id: `models/churn/v 1/modèle.onnx/${object.generation}`,
      name: 'churn/v 1/modèle.onnx',
      bucket: 'models',
      generation: object.generation,
      metageneration: '1',
      size: '1',
    });
  });

  it('matches the type and the bucket exactly', async () => {
    store.createBucket('other');
    onBucket();
    store.putObject('other', 'a', Buffer.from('x'));
    store.putObject('models', 'a', Buffer.from('x'));
    store.deleteObject('models', 'a');
    await broker.idle();
    expect(endpoint.pushed).toHaveLength(1);
  });

  it('brings a published message as a CloudEvent in binary mode', async () => {
    const { subscription } = onTopic();
    const [id] = broker.publish(topic, [{ data: 'hello', attributes: new Map([['kind', 'probe']]) }]);
    await broker.idle();
    expect(endpoint.pushed[0]?.headers).toMatchObject({
      'ce-id': id,
      'ce-specversion': '1.0',
      'ce-type': 'google.cloud.pubsub.topic.v1.messagePublished',
      'ce-source': `//pubsub.googleapis.com/${topic}`,
      'content-type': 'application/json',
    });
    expect(JSON.parse(endpoint.pushed[0]?.body ?? '')).toMatchObject({
      subscription,
      message: { data: 'aGVsbG8=', attributes: { kind: 'probe' }, messageId: id, message_id: id },
    });
  });

  it('tries again after 10 s, then 20 s, with the same event id, until it is acknowledged', async () => {
    status = 500;
    onBucket();
    store.putObject('models', 'a', Buffer.from('x'));
    for (const [index, wait] of [10_000, 20_000].entries()) {
      await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(index + 1));
      await settled();
      if (index === 1) status = 200;
      await clock.advance(wait);
    }
    await broker.idle();
    const start = Date.UTC(2026, 0, 1);
    expect(endpoint.pushed.map(({ at }) => at - start)).toEqual([0, 10_000, 30_000]);
    expect(new Set(endpoint.pushed.map(({ headers }) => headers['ce-id'])).size).toBe(1);
  });

  async function settled(): Promise<void> {
    const [trigger] = eventarc.listTriggers();
    await vi.waitFor(() => expect(broker.counts(trigger?.subscription ?? '').outstanding).toBe(0));
  }

  it('gives an event up after 24 hours', async () => {
    status = 500;
    const { subscription } = onBucket();
    store.putObject('models', 'a', Buffer.from('x'));
    await clock.advance(23 * 3_600_000);
    expect(broker.counts(subscription)).toMatchObject({ acked: 0 });
    expect(broker.counts(subscription).waiting + broker.counts(subscription).outstanding).toBe(1);
    await clock.advance(3_600_000);
    await broker.idle();
    expect(broker.counts(subscription)).toEqual({ waiting: 0, outstanding: 0, acked: 0, deadLettered: 0 });
  });

  it('takes other transport settings: deadline, back-off and dead letter topic', async () => {
    status = 500;
    broker.createTopic('projects/p1/topics/dead-letters');
    const { subscription } = onBucket({
      transport: {
        ackDeadlineSeconds: 600,
        retryPolicy: { minimumBackoff: '0.2s', maximumBackoff: '0.2s' },
        deadLetterPolicy: { deadLetterTopic: 'projects/p1/topics/dead-letters', maxDeliveryAttempts: 5 },
      },
      authorization: 'Bearer token',
    });
    store.putObject('models', 'a', Buffer.from('x'));
    for (let attempt = 1; attempt <= 5; attempt += 1) {
      await vi.waitFor(() => expect(endpoint.pushed).toHaveLength(attempt));
      await settled();
      await clock.advance(200);
    }
    expect(broker.deadLettered(subscription)).toMatchObject([{ attempts: 5 }]);
    expect(endpoint.pushed[0]?.headers.authorization).toBe('Bearer token');
  });

  it('ends with its trigger', async () => {
    onBucket();
    eventarc.deleteTrigger(name);
    store.putObject('models', 'a', Buffer.from('x'));
    await broker.idle();
    expect(endpoint.pushed).toEqual([]);
    expect([broker.listSubscriptions('p1'), eventarc.listTriggers()]).toEqual([[], []]);
    onBucket();
    expect(eventarc.listTriggers()).toHaveLength(1);
  });

  it.each([
    ['a name that is taken', { name }, /already exists/],
    ['a wrong name', { name: 'on-artifact' }, /expected projects/],
    ['a type nobody sends', filters({ type: 'x', bucket: 'models' }), /expected type/],
    [
      'a prefix',
      filters({ type: finalized, bucket: 'models', subject: 'a' }),
      /expected event filters type and bucket/,
    ],
    ['a bucket that is not there', filters({ type: finalized, bucket: 'nope' }), /bucket does not exist/],
    [
      'a topic that is not there',
      filters({ type: 'google.cloud.pubsub.topic.v1.messagePublished', topic: 'projects/p1/topics/nope' }),
      /not found/,
    ],
    ['a destination that is no URL', { name: `${name}2`, destination: { url: 'nope' } }, /push endpoint/],
  ])('refuses %s and keeps nothing of it', (_, change, message) => {
    onBucket();
    const before = [broker.listTopics('p1'), broker.listSubscriptions('p1'), eventarc.listTriggers()];
    expect(() => onBucket(change)).toThrow(message);
    expect([broker.listTopics('p1'), broker.listSubscriptions('p1'), eventarc.listTriggers()]).toEqual(
      before,
    );
  });

  function filters(values: Record<string, string>): Partial<TriggerSpec> {
    const eventFilters = Object.entries(values).map(([attribute, value]) => ({ attribute, value }));
    return { name: `${name}2`, eventFilters };
  }
});
