import { beforeEach, describe, expect, it } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { Broker } from '../../../emulator/pubsub/broker.ts';
import { deliverNotifications } from '../../../emulator/pubsub/notifications.ts';
import { Store } from '../../../emulator/storage/store.ts';
import { brokerOn, quiet } from './harness.ts';

const topic = 'projects/p1/topics/news';
const subscription = 'projects/p1/subscriptions/reader';

describe('notifications', () => {
  let store: Store;
  let broker: Broker;

  beforeEach(() => {
    const clock = new VirtualClock();
    store = new Store({ clock });
    store.createBucket('models');
    broker = brokerOn(clock);
    broker.createTopic(topic);
    broker.createSubscription(subscription, { topic });
    deliverNotifications(store, broker, quiet);
  });

  function notify(config: Partial<Parameters<Store['addNotification']>[1]> = {}): string {
    const full = {
      topic: `//pubsub.googleapis.com/${topic}`,
      payload_format: 'JSON_API_V1',
      ...config,
    } as const;
    return store.addNotification('models', full).id;
  }

  async function published() {
    const deliveries = await broker.pull(subscription, 100, true);
    return deliveries.map(({ message }) => ({
      attributes: Object.fromEntries(message.attributes),
      data: message.data.toString(),
    }));
  }

  it('tells of a finalized object with its resource and attributes', async () => {
    const id = notify();
    const object = store.putObject('models', 'churn/v1/model.onnx', Buffer.from('x'));
    const [message] = await published();
    expect(message?.attributes).toEqual({
      notificationConfig: `projects/_/buckets/models/notificationConfigs/${id}`,
      eventType: 'OBJECT_FINALIZE',
      payloadFormat: 'JSON_API_V1',
      bucketId: 'models',
      objectId: 'churn/v1/model.onnx',
      objectGeneration: object.generation,
      eventTime: '2026-01-01T00:00:00.000Z',
    });
    expect(JSON.parse(message?.data ?? '')).toMatchObject({
      kind: 'storage#object',
      bucket: 'models',
      name: 'churn/v1/model.onnx',
      generation: object.generation,
      size: '1',
    });
  });

  it('tells of an overwrite as a finalize and a delete that name each other', async () => {
    notify();
    const first = store.putObject('models', 'a', Buffer.from('1'));
    const second = store.putObject('models', 'a', Buffer.from('2'));
    const messages = (await published()).map(({ attributes }) => attributes);
    const finalized = messages.find(({ objectGeneration }) => objectGeneration === second.generation);
    const removed = messages.find(({ eventType }) => eventType === 'OBJECT_DELETE');
    expect(finalized).toMatchObject({ eventType: 'OBJECT_FINALIZE', overwroteGeneration: first.generation });
    expect(removed).toMatchObject({
      objectGeneration: first.generation,
      overwrittenByGeneration: second.generation,
    });
  });

  it('honours prefix, event types, custom attributes and payload format', async () => {
    notify({
      object_name_prefix: 'churn/',
      event_types: ['OBJECT_FINALIZE'],
      custom_attributes: { team: 'ml' },
      payload_format: 'NONE',
    });
    store.putObject('models', 'other/model.onnx', Buffer.from('x'));
    store.putObject('models', 'churn/model.onnx', Buffer.from('x'));
    store.deleteObject('models', 'churn/model.onnx');
    const messages = await published();
    expect(messages).toHaveLength(1);
    expect(messages[0]).toMatchObject({
      data: '',
      attributes: { objectId: 'churn/model.onnx', team: 'ml', payloadFormat: 'NONE' },
    });
  });

  it('loses notifications of a topic that is gone, and the write goes through', async () => {
    notify();
    broker.deleteTopic(topic);
    store.putObject('models', 'a', Buffer.from('1'));
    expect(store.readObject('models', 'a')).toBeDefined();
    expect(await published()).toEqual([]);
  });
});
