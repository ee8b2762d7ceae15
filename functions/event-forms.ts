/**
 * One event in any of the forms in which it may come:
 *
 * - a CloudEvent in binary mode, as Eventarc sends it: attributes in headers, data in the body;
 * - a CloudEvent in structured mode: one JSON object
 *   (https://github.com/cloudevents/spec/blob/main/cloudevents/bindings/http-protocol-binding.md);
 * - a Pub/Sub push without a wrapper (https://cloud.google.com/pubsub/docs/push#receive_push);
 * - a background event, as functions of the first generation get it.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { MESSAGE_PUBLISHED, OBJECT_FINALIZED, type Event } from './envelope.ts';
import { Problem } from './errors.ts';

/** A Pub/Sub message that is a request, and any object's metadata, are far smaller. */
const EVENT_MAX_BYTES = 1_048_576;

const cloudEvent = Compile(Type.Object({ type: Type.String(), specversion: Type.Optional(Type.String()) }));
const push = Compile(Type.Object({ message: Type.Unknown(), subscription: Type.String() }));
const background = Compile(
  Type.Object({
    context: Type.Object({ eventId: Type.String(), timestamp: Type.String(), eventType: Type.String() }),
    data: Type.Object({}),
  }),
);

/** Throws a Problem EVENT_UNREADABLE or MESSAGE_TOO_LARGE. */
export function readEvent(received: unknown): Event {
  const whole = parsed(received);
  if (cloudEvent.Check(whole)) {
    if (whole.specversion !== undefined && whole.specversion !== '1.0')
      throw unreadable('expected specversion 1.0');
    const event: Event = whole;
    return { id: event.id, type: event.type, data: parsed(event.data) };
  }
  if (push.Check(whole)) return { type: MESSAGE_PUBLISHED, data: whole };
  if (background.Check(whole)) return fromBackground(whole.context, whole.data);
  throw unreadable('expected a CloudEvent or a Pub/Sub push');
}

function fromBackground(
  context: { eventId: string; timestamp: string; eventType: string },
  data: object,
): Event {
  const { eventId: id, timestamp, eventType } = context;
  if (eventType === 'google.storage.object.finalize') return { id, type: OBJECT_FINALIZED, data };
  if (eventType === 'google.pubsub.topic.publish') {
    return {
      id,
      type: MESSAGE_PUBLISHED,
      data: { message: { messageId: id, publishTime: timestamp, ...data } },
    };
  }
  throw unreadable('expected the news of an object or a message');
}

/** What the bytes say; what has been parsed already is handed on. */
function parsed(received: unknown): unknown {
  if (!(received instanceof Uint8Array)) return received;
  if (received.byteLength > EVENT_MAX_BYTES) {
    throw new Problem(
      'MESSAGE_TOO_LARGE',
      `expected at most ${EVENT_MAX_BYTES} bytes, got ${received.byteLength}`,
    );
  }
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(received));
  } catch (cause) {
    throw unreadable('expected JSON', { cause });
  }
}

function unreadable(detail: string, options?: ErrorOptions): Problem {
  return new Problem('EVENT_UNREADABLE', detail, options);
}
