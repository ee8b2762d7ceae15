/** Pub/Sub's pushes as the functions get them through their door. */
import type { Sent } from './door.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

/** The push of this body, which need not be one. */
export function pushed(body: unknown): Sent {
  return { headers: JSON_TYPE, body: JSON.stringify(body) };
}

/** The push of a message: `fields` are those beside id and time, such as `data` in base64 and `attributes`. */
export function pushOf(fields: object): Sent {
  const message = { messageId: '1', publishTime: '2026-01-01T00:00:00.5Z', ...fields };
  return pushed({ subscription: 'projects/p/subscriptions/s', message });
}

/** The push of a bucket's notification that an object was finalized. Attributes are texts; others need not be. */
export function notificationOf(object: { bucket?: unknown; name?: unknown; generation?: unknown }): Sent {
  const { bucket: bucketId, name: objectId, generation: objectGeneration } = object;
  return pushOf({ attributes: { eventType: 'OBJECT_FINALIZE', bucketId, objectId, objectGeneration } });
}

export function base64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64');
}
