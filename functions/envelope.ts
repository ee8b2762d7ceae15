/**
 * What an event carries, whichever way it came: a Pub/Sub message in a CloudEvent, or a Cloud Storage CloudEvent.
 * Shapes: https://github.com/googleapis/google-cloudevents (messagePublished, StorageObjectData).
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from './errors.ts';
import type { Instant } from './world.ts';

/** A CloudEvent as the Functions Framework hands it over; none of it is to be trusted. */
export interface Event {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly data?: unknown;
}

export interface Message {
  readonly id: string;
  readonly publishedAt: Instant;
  readonly attributes: ReadonlyMap<string, string>;
  /** The decoded text; null when the message has none. */
  readonly text: string | null;
}

export const MESSAGE_PUBLISHED = 'google.cloud.pubsub.topic.v1.messagePublished';
export const OBJECT_FINALIZED = 'google.cloud.storage.object.v1.finalized';

/** No request comes near it; what is larger is not decoded at all. */
const MESSAGE_MAX_CHARS = 65_536;

/** What Pub/Sub writes. Date.parse alone would find a time in almost any text. */
const RFC_3339 =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$';

const published = Compile(
  Type.Object({
    message: Type.Object({
      data: Type.Optional(Type.String()),
      attributes: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
      messageId: Type.String({ minLength: 1, maxLength: 256 }),
      publishTime: Type.String({ pattern: RFC_3339 }),
    }),
  }),
);

/** Throws a Problem EVENT_UNREADABLE or MESSAGE_TOO_LARGE. */
export function readMessage(event: Event): Message {
  if (event.type !== MESSAGE_PUBLISHED) throw unreadable(`expected ${MESSAGE_PUBLISHED}`);
  if (!published.Check(event.data)) {
    const [first] = published.Errors(event.data);
    throw unreadable(
      `data${(first?.instancePath ?? '').replaceAll('/', '.')}: ${first?.message ?? 'wrong form'}`,
    );
  }
  const { message } = event.data;
  const publishedAt = Date.parse(message.publishTime);
  if (Number.isNaN(publishedAt)) throw unreadable('data.message.publishTime: expected a time');
  const data = message.data ?? '';
  if (data.length > MESSAGE_MAX_CHARS) {
    throw new Problem(
      'MESSAGE_TOO_LARGE',
      `expected at most ${MESSAGE_MAX_CHARS} characters, got ${data.length}`,
    );
  }
  return {
    id: message.messageId,
    publishedAt,
    attributes: new Map(Object.entries(message.attributes ?? {})),
    text: data === '' ? null : decode(data),
  };
}

function decode(data: string): string {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) throw unreadable('data.message.data: expected base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'));
  } catch (cause) {
    throw unreadable('data.message.data: expected UTF-8', { cause });
  }
}

/** The JSON object a message carries. Throws a Problem MESSAGE_NOT_JSON. */
export function readJson(message: Message): object {
  if (message.text === null) throw new Problem('MESSAGE_NOT_JSON', 'the message has no data');
  let value: unknown;
  try {
    value = JSON.parse(message.text);
  } catch (cause) {
    throw new Problem('MESSAGE_NOT_JSON', 'expected JSON', { cause });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new Problem('MESSAGE_NOT_JSON', 'expected an object');
  }
  return value;
}

const objectData = Compile(
  Type.Object({
    bucket: Type.String({ minLength: 1, maxLength: 222 }),
    name: Type.String({ minLength: 1, maxLength: 1024 }),
    generation: Type.Optional(Type.String({ pattern: '^[1-9][0-9]{0,18}$' })),
  }),
);

export interface ObjectNews {
  readonly bucket: string;
  readonly name: string;
}

/**
 * The object that was finalized, from a Cloud Storage CloudEvent or from a bucket notification in a Pub/Sub
 * message. Null: news of another kind (a deletion, changed metadata). Throws a Problem.
 */
export function readObjectNews(event: Event): ObjectNews | null {
  if (event.type === OBJECT_FINALIZED) {
    if (!objectData.Check(event.data)) throw unreadable('data: expected a Cloud Storage object');
    return { bucket: event.data.bucket, name: event.data.name };
  }
  const { attributes } = readMessage(event);
  const kind = attributes.get('eventType');
  if (kind === undefined) throw unreadable('expected the attribute eventType of a bucket notification');
  if (kind !== 'OBJECT_FINALIZE') return null;
  const news = {
    bucket: attributes.get('bucketId'),
    name: attributes.get('objectId'),
    generation: attributes.get('objectGeneration'),
  };
  if (!objectData.Check(news))
    throw unreadable('expected the attributes bucketId, objectId and objectGeneration');
  return { bucket: news.bucket, name: news.name };
}

function unreadable(detail: string, options?: ErrorOptions): Problem {
  return new Problem('EVENT_UNREADABLE', detail, options);
}
