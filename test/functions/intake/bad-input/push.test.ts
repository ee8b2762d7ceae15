import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { openDoor, type Door, type Sent } from '../../support/door.ts';
import { base64, JSON_TYPE, pushed, pushOf } from '../../support/pushes.ts';
import { observe, refusal, SECRET } from './observe.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe.each(['onArtifact', 'onRequest', 'onTick'] as const)('%s, a body that is no push', (to) => {
  const message = { data: base64('{}'), messageId: '1', publishTime: '2026-01-01T00:00:00Z' };
  const good = JSON.stringify({ message, subscription: 's' });
  const ce = { 'ce-id': '1', 'ce-source': '//test', 'ce-specversion': '1.0' };

  it.each<[string, Sent, string?]>([
    ['none at all', {}],
    ['none, as JSON', { headers: JSON_TYPE }],
    ['an empty one', { headers: { ...JSON_TYPE, 'content-length': '0' } }],
    ['no JSON', { headers: JSON_TYPE, body: SECRET }],
    ['cut JSON', { headers: JSON_TYPE, body: `{"message":{"data":"${SECRET}` }],
    ['JSON null', pushed(null)],
    ['a JSON number', pushed(5)],
    ['a JSON text', pushed(SECRET)],
    ['a JSON array', pushed([SECRET])],
    ['an empty object', pushed({})],
    ['1e400', { headers: JSON_TYPE, body: '1e400' }],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: SECRET }],
    [
      'plain text with a trace',
      { headers: { 'content-type': 'text/plain', traceparent: '00-1' }, body: SECRET },
    ],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `a=${SECRET}` }],
    ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: SECRET }],
    ['no content type', { body: SECRET }],
    ['an unknown charset', { headers: { 'content-type': 'application/json; charset=x' }, body: SECRET }],
    ['bytes that are no UTF-8', { headers: JSON_TYPE, body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }],
    ['UTF-16', { headers: JSON_TYPE, body: Buffer.from(good, 'utf16le') }],
    [
      'what claims to be gzip and is not',
      { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: SECRET },
    ],
    ['an unknown encoding', { headers: { ...JSON_TYPE, 'content-encoding': 'x' }, body: SECRET }],
    ['10,000 deep', { headers: JSON_TYPE, body: '['.repeat(10_000) + ']'.repeat(10_000) }],
    ['10,000 deep and cut', { headers: JSON_TYPE, body: '['.repeat(10_000) }],
    ['33 MB of JSON', { headers: JSON_TYPE, body: `"${'x'.repeat(33_000_000)}"` }, 'MESSAGE_TOO_LARGE'],
    ['33 MB of zeros', { headers: JSON_TYPE, body: Buffer.alloc(33_000_000) }, 'MESSAGE_TOO_LARGE'],
    [
      '__proto__ in the body',
      { headers: JSON_TYPE, body: '{"__proto__":{"message":{},"subscription":"s"}}' },
    ],
    ['a message without its push', pushed(message)],
    ['a push without its subscription', pushed({ message })],
    ['a push of two messages', pushed({ messages: [message], subscription: 's' })],
    [
      "Eventarc's event of an object",
      {
        headers: { ...JSON_TYPE, ...ce, 'ce-type': 'google.cloud.storage.object.v1.finalized' },
        body: JSON.stringify({ bucket: 'models', name: SECRET }),
      },
    ],
    [
      'a structured CloudEvent',
      {
        headers: { 'content-type': 'application/cloudevents+json' },
        body: JSON.stringify({ id: '1', specversion: '1.0', type: SECRET, data: { message } }),
      },
    ],
    [
      'a background event',
      pushed({
        context: { eventId: '1', timestamp: message.publishTime, eventType: 'google.pubsub.topic.publish' },
        data: { data: message.data },
      }),
    ],
  ])('%s', async (_, sent, code = 'EVENT_UNREADABLE') => {
    expect(await observe(door, to, sent)).toEqual(refusal(code));
  });

  it('a gzip bomb, which is not inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    const sent = { headers: { ...JSON_TYPE, 'content-encoding': 'gzip' }, body: bomb };
    expect(await observe(door, to, sent)).toEqual(refusal('EVENT_UNREADABLE'));
  });
});

describe.each(['onArtifact', 'onRequest', 'onTick'] as const)('%s, a Pub/Sub message', (to) => {
  const time = '2026-01-01T00:00:00Z';
  const nothing = to === 'onArtifact' ? 'EVENT_UNREADABLE' : 'MESSAGE_NOT_JSON';

  it.each<[string, object, string?]>([
    ['without data and attributes', {}, nothing],
    ['with attributes only', { attributes: { service: 'churn' } }, nothing],
    ['with empty data', { data: '' }, nothing],
    ['whose data is null', { data: null }],
    ['whose data is a number', { data: 5 }],
    ['whose data is an array', { data: [SECRET] }],
    ['whose data is an object', { data: { service: 'churn' } }],
    ['whose data is not base64', { data: `{"service":"${SECRET}"}` }],
    ['whose data is base64 of bytes that are no UTF-8', { data: base64(Buffer.from([0xff, 0xfe, 0x00])) }],
    ['of 70 KB', { data: base64('x'.repeat(70_000)) }, 'MESSAGE_TOO_LARGE'],
    ['of 10 MB', { data: base64('x'.repeat(10_000_000)) }, 'MESSAGE_TOO_LARGE'],
    ['whose attributes are an array', { attributes: ['a'] }],
    ['whose attributes are text', { attributes: 'a' }],
    ['with an attribute that is a number', { attributes: { a: 1 } }],
  ])('%s', async (_, message, code = 'EVENT_UNREADABLE') => {
    expect(await observe(door, to, pushOf(message))).toEqual(refusal(code));
  });

  it.each<[string, unknown]>([
    ['missing', undefined],
    ['null', null],
    ['text', SECRET],
    ['an array', []],
    ['without an id', { data: 'e30=', publishTime: time }],
    ['with a number for an id', { data: 'e30=', messageId: 1, publishTime: time }],
    ['with an id of 10 KB', { data: 'e30=', messageId: 'x'.repeat(10_000), publishTime: time }],
    ['without a time', { data: 'e30=', messageId: '1' }],
    ['with a time that is none', { data: 'e30=', messageId: '1', publishTime: 'yesterday, about 5' }],
    ['with a time that a lenient reader would take', { data: 'e30=', messageId: '1', publishTime: '1' }],
  ])('that is %s', async (_, message) => {
    expect(await observe(door, to, pushed({ message, subscription: 's' }))).toEqual(
      refusal('EVENT_UNREADABLE'),
    );
  });
});
