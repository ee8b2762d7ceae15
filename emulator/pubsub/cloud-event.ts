/** Eventarc's events as HTTP requests, in CloudEvents' binary mode. */
import type { Delivery } from './consumer.ts';
import { wrapped } from './push.ts';
import type { PushRequest } from './push.ts';

export const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';

/** An object's change, from the notification that `delivery` carries. */
export function objectEvent(url: string, type: string, { message }: Delivery): PushRequest {
  const bucket = message.attributes.get('bucketId') ?? '';
  const object = message.attributes.get('objectId') ?? '';
  return {
    url,
    headers: headersOf({
      id: message.id,
      type,
      source: `//storage.googleapis.com/projects/_/buckets/${bucket}`,
      subject: `objects/${object}`,
      time: message.attributes.get('eventTime') ?? '',
      bucket,
    }),
    body: message.data,
  };
}

/** A message that was published on `topic`, with the wrapped message as the event's data. */
export function messageEvent(
  url: string,
  topic: string,
  subscription: string,
  delivery: Delivery,
): PushRequest {
  const { id, publishTime } = delivery.message;
  return {
    url,
    headers: headersOf({
      id,
      type: MESSAGE_PUBLISHED,
      source: `//pubsub.googleapis.com/${topic}`,
      time: new Date(publishTime).toISOString(),
    }),
    body: wrapped(subscription, delivery),
  };
}

function headersOf(attributes: Record<string, string>): Record<string, string> {
  const headers = Object.entries(attributes).map(([name, value]) => [`ce-${name}`, headerValue(value)]);
  return { ...Object.fromEntries(headers), 'ce-specversion': '1.0', 'content-type': 'application/json' };
}

/** What a header cannot hold is percent-encoded (CloudEvents HTTP binding 1.0.2, section 3.1.3.2). */
function headerValue(value: string): string {
  return value.replaceAll(/[^\u0021\u0023\u0024\u0026-\u007e]/gu, encodeURIComponent);
}
