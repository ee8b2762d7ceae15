/** A change of an object as Pub/Sub tells it (https://cloud.google.com/storage/docs/pubsub-notifications). */
import type { ObjectChange } from '../storage/changes.ts';
import type { Broker, BrokerOptions } from './broker.ts';
import type { NewMessage } from './message.ts';

/** `eventType` of a notification, by the kind of change. */
export const notificationTypes = {
  finalize: 'OBJECT_FINALIZE',
  delete: 'OBJECT_DELETE',
  archive: 'OBJECT_ARCHIVE',
  metadataUpdate: 'OBJECT_METADATA_UPDATE',
} as const satisfies Record<ObjectChange['kind'], string>;

/** `config` is the id of the bucket's notification configuration; `custom` are its own attributes. */
export function objectMessage(
  change: ObjectChange,
  config: string,
  payload: 'JSON_API_V1' | 'NONE',
  custom: Readonly<Record<string, string>> = {},
): NewMessage {
  const { bucket, name, generation, time, resource } = change;
  const attributes = new Map([
    ...Object.entries(custom),
    ['notificationConfig', `projects/_/buckets/${bucket}/notificationConfigs/${config}`],
    ['eventType', notificationTypes[change.kind]],
    ['payloadFormat', payload],
    ['bucketId', bucket],
    ['objectId', name],
    ['objectGeneration', generation],
    ['eventTime', time],
  ]);
  if (change.overwroteGeneration !== undefined) {
    attributes.set('overwroteGeneration', change.overwroteGeneration);
  }
  if (change.overwrittenByGeneration !== undefined) {
    attributes.set('overwrittenByGeneration', change.overwrittenByGeneration);
  }
  return payload === 'NONE' ? { attributes } : { attributes, data: JSON.stringify(resource) };
}

/**
 * Publishes a change. A topic that is gone loses it, with a line in the log. Under disturbance it may come
 * twice with two message ids, as Google warns.
 */
export function announce(
  broker: Broker,
  topic: string,
  message: NewMessage,
  log: BrokerOptions['log'],
): void {
  try {
    for (let copies = broker.disturbance.copies(); copies > 0; copies -= 1) broker.publish(topic, [message]);
  } catch (error) {
    log.warn({ topic, object: message.attributes?.get('objectId'), err: error }, 'change not published');
  }
}
