/** What carries messages on the local stack: pushes, back-off and dead letters, on a clock of its own. */
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { VirtualClock } from '../../emulator/core/clock.ts';
import type { Broker } from '../../emulator/pubsub/broker.ts';
import { deliverNotifications } from '../../emulator/pubsub/notifications.ts';
import { refusalOfCall } from '../../emulator/push-token.ts';
import type { StackConfig } from '../../local/stack-config.ts';
import { connect, type ConnectedFunction } from '../../local/stack-wiring.ts';
import { Store } from '../../emulator/storage/store.ts';
import { DEFAULT_TOPICS, PUSH_SETTINGS, type EntryPoint } from '../../common/wiring.ts';
import { brokerOn, endpointOn, quiet, respond, SECRET } from '../emulator/pubsub/harness.ts';

const config: StackConfig = {
  path: '/none/slipway.yaml',
  directory: '/none',
  project: 'my-project',
  region: 'us-central1',
  buckets: ['state', 'models'],
  stateBucket: 'state',
  artifactBuckets: ['models'],
  topics: DEFAULT_TOPICS,
  inputs: [],
  services: [
    { name: 'churn', bucket: 'models', prefix: 'churn/' },
    { name: 'fraud', bucket: 'models', prefix: 'fraud/' },
    { name: 'fraud-shadow', bucket: 'models', prefix: 'fraud/' },
  ],
  images: new Map(),
};
const ticks = 'projects/my-project/topics/slipway-ticks';
const keptDead = 'projects/my-project/subscriptions/slipway-dead-letters';

describe('the local stack', () => {
  let clock: VirtualClock;
  let store: Store;
  let broker: Broker;
  let endpoint: Awaited<ReturnType<typeof endpointOn>>;
  let functions: Map<EntryPoint, ConnectedFunction>;
  let answer: (response: ServerResponse) => void = respond(204);

  beforeEach(async () => {
    clock = new VirtualClock();
    store = new Store({ clock });
    broker = brokerOn(clock);
    deliverNotifications(store, broker, quiet);
    answer = respond(204);
    endpoint = await endpointOn(clock, (response) => answer(response));
    functions = connect({ broker, store }, config, portsOf(endpoint.url), SECRET);
  });
  afterEach(() => {
    broker.close();
    endpoint.close();
  });

  it('tells onArtifact of what lands where a service watches, by attributes alone, once', async () => {
    store.putObject('models', 'elsewhere/model.onnx', Buffer.from('x'));
    const { generation } = store.putObject('models', 'fraud/v1/model.onnx', Buffer.from('x'));
    await broker.idle();
    expect(endpoint.pushed).toHaveLength(1);
    const { message, subscription } = JSON.parse(endpoint.pushed[0]?.body ?? '');
    expect(subscription).toBe(functions.get('onArtifact')?.subscription);
    expect(message.data ?? '').toBe('');
    expect(message.attributes).toMatchObject({
      eventType: 'OBJECT_FINALIZE',
      bucketId: 'models',
      objectId: 'fraud/v1/model.onnx',
      objectGeneration: generation,
    });
  });

  it('pushes as the account that alone may call the function', async () => {
    broker.publish(ticks, [{ data: '{"sweep":true}' }]);
    await broker.idle();
    const { authorization } = endpoint.pushed[0]?.headers ?? {};
    const caller = functions.get('onTick')?.caller ?? { account: '', audience: '', secret: '' };
    expect(caller.account).toBe('slipway-push-on-tick@my-project.iam.gserviceaccount.com');
    expect(refusalOfCall(authorization, caller, clock.now())).toBeNull();
    const other = functions.get('onRequest')?.caller ?? caller;
    expect(refusalOfCall(authorization, other, clock.now())).toMatchObject({ status: 403 });
  });

  it('keeps a message that fails at every delivery as a dead letter', async () => {
    const warned = vi.spyOn(quiet, 'warn');
    answer = respond(500);
    const { subscription = '' } = functions.get('onTick') ?? {};
    const [id] = broker.publish(ticks, [{ data: '{"service":"churn"}' }]);
    const { maxDeliveryAttempts } = PUSH_SETTINGS;
    for (let attempt = 1; attempt <= maxDeliveryAttempts; attempt += 1) {
      await vi.waitFor(
        () => {
          expect(endpoint.pushed).toHaveLength(attempt);
          expect(broker.counts(subscription).outstanding).toBe(0);
        },
        { timeout: 20_000, interval: 1 },
      );
      await clock.advance(10_000);
    }
    expect(endpoint.pushed).toHaveLength(maxDeliveryAttempts);
    expect(broker.counts(subscription)).toMatchObject({ waiting: 0, deadLettered: 1 });
    expect(warned).toHaveBeenCalledWith(
      expect.objectContaining({ subscription, messageId: id, attempts: maxDeliveryAttempts }),
      'message dead-lettered',
    );
    warned.mockRestore();

    const [kept] = await broker.pull(keptDead, 1, true);
    expect(kept?.message.data.toString()).toBe('{"service":"churn"}');
    expect(kept?.message.attributes.get('CloudPubSubDeadLetterSourceSubscription')).toBe('slipway-on-tick');
  });

  it('gives buckets of an earlier start their notifications again, and no second ones', () => {
    store.addNotification('models', {
      topic: '//pubsub.googleapis.com/projects/my-project/topics/slipway-artifacts',
      payload_format: 'JSON_API_V1',
    });
    const other = store.addNotification('models', {
      topic: '//pubsub.googleapis.com/projects/my-project/topics/of-others',
      payload_format: 'NONE',
    });
    connect({ broker: brokerOn(clock), store }, config, portsOf(endpoint.url), SECRET);
    expect(store.notifications('models')).toMatchObject([
      { topic: other.topic },
      { object_name_prefix: 'churn/', payload_format: 'NONE', event_types: ['OBJECT_FINALIZE'] },
      { object_name_prefix: 'fraud/', payload_format: 'NONE', event_types: ['OBJECT_FINALIZE'] },
    ]);
  });
});

function portsOf(url: string): Record<EntryPoint, number> {
  const port = Number(new URL(url).port);
  return { onArtifact: port, onRequest: port, onTick: port };
}
