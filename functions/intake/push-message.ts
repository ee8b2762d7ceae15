/**
 * The one form in which messages come: a Pub/Sub push (https://cloud.google.com/pubsub/docs/push#receive_push), which
 * carries a request, a tick, or the notification of a bucket.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '../errors.ts';
import type { Instant } from '../world.ts';

export interface Message {
  readonly id: string;
  readonly publishedAt: Instant;
  readonly attributes: ReadonlyMap<string, string>;
  /** The decoded text; null when the message has none. */
  readonly text: string | null;
}

/** A message that is a request, and any object's metadata, are far smaller. */
const PUSH_BYTES_MAX = 1_048_576;

/** No request comes near it; what is larger is not decoded at all. */
const MESSAGE_CHARS_MAX = 65_536;

/** What Pub/Sub writes. Date.parse alone would find a time in almost any text. */
const RFC_3339 =
  '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,9})?(Z|[+-][0-9]{2}:[0-9]{2})$';

const pushBody = Compile(
  Type.Object({
    subscription: Type.String(),
    message: Type.Object({
      data: Type.Optional(Type.String()),
      attributes: Type.Optional(Type.Union([Type.Record(Type.String(), Type.String()), Type.Null()])),
      messageId: Type.String({ minLength: 1, maxLength: 256 }),
      publishTime: Type.String({ pattern: RFC_3339 }),
    }),
  }),
);

/** The message in the body of a push. Throws a Problem EVENT_UNREADABLE or MESSAGE_TOO_LARGE. */
export function readPush(body: Uint8Array): Message {
  const received = parsed(body);
  if (!pushBody.Check(received)) {
    const [first] = pushBody.Errors(received);
    const place = (first?.instancePath ?? '').slice(1).replaceAll('/', '.');
    throw unreadable(`expected a Pub/Sub push, ${place || 'the body'}: ${first?.message ?? 'wrong form'}`);
  }
  const { message } = received;
  const publishedAt = Date.parse(message.publishTime);
  if (Number.isNaN(publishedAt)) throw unreadable('message.publishTime: expected a time');
  const data = message.data ?? '';
  if (data.length > MESSAGE_CHARS_MAX) {
    throw new Problem(
      'MESSAGE_TOO_LARGE',
      `expected at most ${MESSAGE_CHARS_MAX} characters, got ${data.length}`,
    );
  }
  return {
    id: message.messageId,
    publishedAt,
    attributes: new Map(Object.entries(message.attributes ?? {})),
    text: data === '' ? null : decode(data),
  };
}

function parsed(body: Uint8Array): unknown {
  if (body.byteLength > PUSH_BYTES_MAX) {
    throw new Problem(
      'MESSAGE_TOO_LARGE',
      `expected at most ${PUSH_BYTES_MAX} bytes, got ${body.byteLength}`,
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (cause) {
    throw unreadable('expected JSON', { cause });
  }
}

function decode(data: string): string {
  if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(data)) throw unreadable('message.data: expected base64');
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(data, 'base64'));
  } catch (cause) {
    throw unreadable('message.data: expected UTF-8', { cause });
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

export interface FinalizedObject {
  readonly bucket: string;
  readonly name: string;
}

/**
 * The object that was finalized, from the notification of a bucket, or null for event ignored: not a finalized object: a deletion,
 * changed metadata (https://cloud.google.com/storage/docs/pubsub-notifications#attributes). Throws a Problem.
 */
export function readObjectNews({ attributes }: Message): FinalizedObject | null {
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
