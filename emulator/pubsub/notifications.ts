/** Cloud Storage notifications: a bucket's changes go to the topics that its configurations name. */
import type { Store } from '../storage/store.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import { announce, notificationTypes, objectMessage } from './object-event.ts';

/** Publishes the changes of `store` until the returned function is called. */
export function deliverNotifications(
  store: Pick<Store, 'onChange' | 'notifications'>,
  broker: Broker,
  log: BrokerOptions['log'],
): () => void {
  return store.onChange((change) => {
    for (const config of store.notifications(change.bucket)) {
      if (!change.name.startsWith(config.object_name_prefix ?? '')) continue;
      const type = notificationTypes[change.kind];
      if (config.event_types !== undefined && !config.event_types.includes(type)) continue;
      const topic = config.topic.replace('//pubsub.googleapis.com/', '');
      const { id, payload_format: payload, custom_attributes: custom } = config;
      announce(broker, topic, objectMessage(change, id, payload, custom), log);
    }
  });
}
