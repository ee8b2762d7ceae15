/** One and the same Pub/Sub message, or object event, in each form in which it may come. */
import { MESSAGE_PUBLISHED, OBJECT_FINALIZED } from '../../functions/envelope.ts';
import type { Sent } from './door.ts';

export const JSON_TYPE = { 'content-type': 'application/json' };

const TIME = '2026-01-01T00:00:00.5Z';

/** The headers of a CloudEvent in binary mode. */
export function ceHeaders(type: string): Record<string, string> {
  return { ...JSON_TYPE, 'ce-id': '1', 'ce-source': '//test', 'ce-specversion': '1.0', 'ce-type': type };
}

export function binary(type: string, data: unknown): Sent {
  return { headers: ceHeaders(type), body: JSON.stringify(data) };
}

export function structured(type: string, data: unknown): Sent {
  const event = { id: '1', source: '//test', specversion: '1.0', type, data };
  return { headers: { 'content-type': 'application/cloudevents+json' }, body: JSON.stringify(event) };
}

function push(message: object, path: string): Sent {
  const body = JSON.stringify({ subscription: 'projects/p/subscriptions/s', message });
  return { path, headers: JSON_TYPE, body };
}

function background(eventType: string, data: object): Sent {
  const resource = { service: 'test', name: 'test' };
  const context = { eventId: '1', timestamp: TIME, eventType, resource };
  return { headers: JSON_TYPE, body: JSON.stringify({ context, data }) };
}

/** `message`: the fields beside id and time, such as `data` in base64 and `attributes`. */
export function messageForms(message: object): Map<string, Sent> {
  const whole = { messageId: '1', publishTime: TIME, ...message };
  const data = { subscription: 'projects/p/subscriptions/s', message: whole };
  return new Map([
    ['binary CloudEvent', binary(MESSAGE_PUBLISHED, data)],
    ['structured CloudEvent', structured(MESSAGE_PUBLISHED, data)],
    ['push to /projects/P/topics/T', push(whole, '/projects/p/topics/t')],
    ['push to /', push(whole, '/')],
    ['background event', background('google.pubsub.topic.publish', message)],
  ]);
}

export function objectForms(object: object): Map<string, Sent> {
  return new Map([
    ['binary CloudEvent', binary(OBJECT_FINALIZED, object)],
    ['structured CloudEvent', structured(OBJECT_FINALIZED, object)],
    ['background event', background('google.storage.object.finalize', object)],
  ]);
}

export function base64(text: string | Buffer): string {
  return Buffer.from(text).toString('base64');
}
