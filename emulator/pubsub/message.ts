import { Type } from 'typebox';
import type { Static } from 'typebox';

import { invalid, tooLarge, tooSmall } from './refusals.ts';

/** A message as the broker keeps it. */
export interface Message {
  /** Set by the server, unique within the broker. */
  readonly id: string;
  /** Set by the server; milliseconds since the Unix epoch. */
  readonly publishTime: number;
  readonly data: Buffer;
  readonly attributes: ReadonlyMap<string, string>;
  /** '' when the message has none. */
  readonly orderingKey: string;
}

/** A message as a publisher in this process gives it. */
export interface NewMessage {
  readonly data?: Buffer | string;
  readonly attributes?: ReadonlyMap<string, string>;
  readonly orderingKey?: string;
}

/** A message of a publish request (google.pubsub.v1.PubsubMessage as JSON). */
export const MessageBody = Type.Object(
  {
    data: Type.Optional(Type.String()),
    attributes: Type.Optional(Type.Record(Type.String(), Type.String())),
    orderingKey: Type.Optional(Type.String()),
    // Output only: Google ignores what a publisher puts here.
    messageId: Type.Optional(Type.String()),
    publishTime: Type.Optional(Type.String()),
  },
  { additionalProperties: false },
);

/** https://cloud.google.com/pubsub/quotas#resource_limits */
const limits = {
  requestBytes: 10_000_000,
  messages: 1000,
  attributes: 100,
  keyBytes: 256,
  valueBytes: 1024,
  orderingKeyBytes: 1024,
};

/** The message at `index` of a request. Throws INVALID_ARGUMENT when its data is not base64, of either alphabet. */
export function messageOf(body: Static<typeof MessageBody>, index: number): NewMessage {
  const data = body.data ?? '';
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) {
    throw invalid(`Invalid value at 'messages[${index}].data' (TYPE_BYTES), Base64 decoding failed`);
  }
  return {
    data: Buffer.from(data, 'base64'),
    attributes: new Map(Object.entries(body.attributes ?? {})),
    orderingKey: body.orderingKey ?? '',
  };
}

/** Throws INVALID_ARGUMENT when Pub/Sub would refuse to publish `messages` in one request. */
export function checkMessages(messages: readonly Message[]): void {
  if (messages.length === 0) throw tooSmall('message_count', 0, 1);
  if (messages.length > limits.messages) throw tooLarge('message_count', messages.length, limits.messages);
  let requestBytes = 0;
  for (const message of messages) {
    checkMessage(message);
    requestBytes += messageBytes(message);
  }
  if (requestBytes > limits.requestBytes) throw tooLarge('request_size', requestBytes, limits.requestBytes);
  if (new Set(messages.map((message) => message.orderingKey)).size > 1) {
    throw invalid(
      'In a single publish request, all messages must have no ordering key or they must all have the same ordering key.',
    );
  }
}

function checkMessage({ data, attributes, orderingKey }: Message): void {
  if (data.length === 0 && attributes.size === 0) {
    throw invalid(
      'One or more messages in the publish request is empty. Each message must contain either non-empty data, or at least one attribute.',
    );
  }
  if (attributes.size > limits.attributes)
    throw tooLarge('num_attributes', attributes.size, limits.attributes);
  const keyBytes = Buffer.byteLength(orderingKey);
  if (keyBytes > limits.orderingKeyBytes) throw tooLarge('ordering_key', keyBytes, limits.orderingKeyBytes);
  for (const [key, value] of attributes) {
    if (key === '') throw invalid('Message attribute keys must be non-empty.');
    if (key.startsWith('goog')) {
      throw invalid(`The attribute key ${key} is reserved: keys must not start with "goog".`);
    }
    const bytes = Buffer.byteLength(key);
    if (bytes > limits.keyBytes) throw tooLarge('attribute_key_size', bytes, limits.keyBytes);
    const valueBytes = Buffer.byteLength(value);
    if (valueBytes > limits.valueBytes) throw tooLarge('attribute_value_size', valueBytes, limits.valueBytes);
  }
}

/** What the message counts for in flow control and in the limit of a request. */
export function messageBytes({ data, attributes, orderingKey }: Message): number {
  let bytes = data.length + Buffer.byteLength(orderingKey);
  for (const [key, value] of attributes) bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  return bytes;
}

/** google.pubsub.v1.PubsubMessage as JSON; like Google, without the fields that are empty. */
export function messageJson(message: Message): {
  data?: string;
  attributes?: Record<string, string>;
  messageId: string;
  publishTime: string;
  orderingKey?: string;
} {
  return {
    ...(message.data.length > 0 && { data: message.data.toString('base64') }),
    ...(message.attributes.size > 0 && { attributes: Object.fromEntries(message.attributes) }),
    messageId: message.id,
    publishTime: new Date(message.publishTime).toISOString(),
    ...(message.orderingKey !== '' && { orderingKey: message.orderingKey }),
  };
}
