/**
 * Topics, subscriptions, buckets and notifications of the local stack, as common/wiring.ts describes them and Terraform
 * makes them on Google Cloud.
 */
import {
  ENTRY_POINTS,
  FUNCTIONS,
  notificationsOf,
  pushAccount,
  subscriptionName,
  subscriptionsOf,
  topicsOf,
  type EntryPoint,
  type Installation,
  type Notification,
} from '../common/wiring.ts';
import type { Broker } from '../emulator/pubsub/broker.ts';
import type { Caller } from '../emulator/push-token.ts';
import type { StackConfig } from './stack-config.ts';
import type { Store } from '../emulator/storage/store.ts';

/** Google waits at least ten seconds before it delivers again; on a laptop nobody wants to (DIFFERENCES.md). */
const RETRY_POLICY = { minimumBackoff: '0.5s', maximumBackoff: '10s' };

/** A function of the stack, and what pushes to it. */
export interface ConnectedFunction {
  readonly port: number;
  readonly url: string;
  /** Full name of its subscription. */
  readonly subscription: string;
  readonly caller: Caller;
}

/**
 * Makes all of it, and returns the functions by their names. `ports`: where each listens, on loopback; `secret`: what
 * the broker signs its tokens with.
 */
export function connect(
  { broker, store }: { readonly broker: Broker; readonly store: Store },
  config: StackConfig,
  ports: Readonly<Record<EntryPoint, number>>,
  secret: string,
): Map<EntryPoint, ConnectedFunction> {
  const { project, topics, services, inputs } = config;
  const artifacts = [...services, ...inputs];
  const installation: Installation = { project, topics, namePrefix: 'slipway', artifacts };
  const urlOf = (entryPoint: EntryPoint) => `http://127.0.0.1:${ports[entryPoint]}`;
  const urls = { onArtifact: urlOf('onArtifact'), onRequest: urlOf('onRequest'), onTick: urlOf('onTick') };
  for (const topic of topicsOf(installation)) broker.createTopic(topic);
  for (const [name, settings] of subscriptionsOf(installation, urls)) {
    const isPush = settings.pushConfig !== undefined;
    broker.createSubscription(name, { ...settings, ...(isPush && { retryPolicy: RETRY_POLICY }) });
  }
  // With `--data` the buckets of the last time are still there.
  const known = new Set(store.listBuckets(project).map(({ record }) => record.name));
  for (const bucket of config.buckets) if (!known.has(bucket)) store.createBucket(bucket, {}, project);
  for (const [bucket, notifications] of notificationsOf(installation)) notify(store, bucket, notifications);

  return new Map(
    ENTRY_POINTS.map((entryPoint) => {
      const { key } = FUNCTIONS[entryPoint];
      const url = urls[entryPoint];
      const caller = { account: pushAccount(installation, key), audience: url, secret };
      const subscription = subscriptionName(installation, key);
      return [entryPoint, { port: ports[entryPoint], url, subscription, caller }];
    }),
  );
}

/** Gives the bucket these notifications of their topic and no other, as often as it is called. */
function notify(store: Store, bucket: string, wanted: readonly Notification[]): void {
  for (const { id, topic } of store.notifications(bucket))
    if (wanted.some((one) => one.topic === topic)) store.removeNotification(bucket, id);
  for (const { event_types: types, ...config } of wanted)
    store.addNotification(bucket, { ...config, event_types: [...types] });
}
