import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gzipSync } from 'node:zlib';
import { MESSAGE_PUBLISHED, OBJECT_FINALIZED } from '../../../functions/envelope.ts';
import { openDoor, type Door, type Sent } from '../door.ts';
import { base64, binary, ceHeaders, JSON_TYPE, messageForms, structured } from '../forms.ts';
import { observe, observeAll, refusal, refusals, SECRET } from './observe.ts';

let door: Door;

beforeAll(async () => {
  door = await openDoor();
});

afterAll(() => door.close());

describe.each(['onArtifact', 'onRequest', 'onTick'] as const)('%s, a body that is no event', (to) => {
  const ce = ceHeaders(to === 'onArtifact' ? OBJECT_FINALIZED : MESSAGE_PUBLISHED);
  const good = JSON.stringify({
    message: { data: base64('{}'), messageId: '1', publishTime: '2026-01-01T00:00:00Z' },
  });

  it.each<[string, Sent, string?]>([
    ['none at all', {}],
    ['none, as a CloudEvent', { headers: ce }],
    ['an empty one', { headers: { ...ce, 'content-length': '0' } }],
    ['no JSON', { headers: JSON_TYPE, body: SECRET }],
    ['no JSON, as a CloudEvent', { headers: ce, body: SECRET }],
    ['cut JSON', { headers: ce, body: `{"message":{"data":"${SECRET}` }],
    ['cut JSON, as a structured CloudEvent', { ...structured('t', {}), body: `{"type":"${SECRET}` }],
    ['JSON null', { headers: JSON_TYPE, body: 'null' }],
    ['a JSON number', { headers: JSON_TYPE, body: '5' }],
    ['a JSON text', { headers: JSON_TYPE, body: `"${SECRET}"` }],
    ['a JSON array', { headers: JSON_TYPE, body: `["${SECRET}"]` }],
    ['an empty object', { headers: JSON_TYPE, body: '{}' }],
    ['1e400', { headers: ce, body: '1e400' }],
    ['plain text', { headers: { 'content-type': 'text/plain' }, body: SECRET }],
    [
      'plain text with a trace',
      { headers: { 'content-type': 'text/plain', traceparent: '00-1' }, body: SECRET },
    ],
    ['a form', { headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: `a=${SECRET}` }],
    ['multipart', { headers: { 'content-type': 'multipart/form-data; boundary=x' }, body: SECRET }],
    ['no content type', { body: SECRET }],
    [
      'an unknown charset',
      { headers: { ...ce, 'content-type': 'application/json; charset=x' }, body: SECRET },
    ],
    ['bytes that are no UTF-8', { headers: ce, body: Buffer.from([0x7b, 0xff, 0xfe, 0x7d]) }],
    ['UTF-16', { headers: ce, body: Buffer.from(good, 'utf16le') }],
    ['what claims to be gzip and is not', { headers: { ...ce, 'content-encoding': 'gzip' }, body: SECRET }],
    ['an unknown encoding', { headers: { ...ce, 'content-encoding': 'x' }, body: SECRET }],
    ['10,000 deep', { headers: ce, body: '['.repeat(10_000) + ']'.repeat(10_000) }],
    ['10,000 deep and cut', { headers: ce, body: '['.repeat(10_000) }],
    ['33 MB of JSON', { headers: ce, body: `"${'x'.repeat(33_000_000)}"` }, 'MESSAGE_TOO_LARGE'],
    ['33 MB of zeros', { headers: ce, body: Buffer.alloc(33_000_000) }, 'MESSAGE_TOO_LARGE'],
    ['a CloudEvent without an id', { headers: { ...ce, 'ce-id': '' }, body: good }],
    ['a CloudEvent without a type', { headers: { ...ce, 'ce-type': '' }, body: '{}' }],
    ['a CloudEvent of an older specification', { headers: { ...ce, 'ce-specversion': '0.3' }, body: good }],
    ['__proto__ in a header', { headers: { ...ce, 'ce-__proto__': 'x', 'ce-type': 'x' }, body: good }],
    ['__proto__ in the body', { headers: JSON_TYPE, body: '{"__proto__":{"type":"x","data":{}}}' }],
    ['an unknown type', binary('google.cloud.audit.log.v1.written', { a: SECRET })],
    [
      'a deleted object',
      binary('google.cloud.storage.object.v1.deleted', { bucket: 'models', name: SECRET }),
    ],
    ['an archived object', binary('google.cloud.storage.object.v1.archived', {})],
    ['changed metadata', binary('google.cloud.storage.object.v1.metadataUpdated', {})],
    [
      'a background event of another type',
      {
        headers: JSON_TYPE,
        body: '{"context":{"eventId":"1","timestamp":"x","eventType":"providers/x"},"data":{}}',
      },
    ],
  ])('%s', async (_, sent, code = 'EVENT_UNREADABLE') => {
    expect(await observe(door, to, sent)).toEqual(refusal(code));
  });

  it('a gzip bomb, which is not inflated', async () => {
    const bomb = gzipSync(Buffer.alloc(200_000_000));
    expect(await observe(door, to, { headers: { ...ce, 'content-encoding': 'gzip' }, body: bomb })).toEqual(
      refusal('EVENT_UNREADABLE'),
    );
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
    const forms = messageForms(message);
    expect(await observeAll(door, to, forms)).toEqual(refusals(forms, code));
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
    expect(await observe(door, to, binary(MESSAGE_PUBLISHED, { message, subscription: 's' }))).toEqual(
      refusal('EVENT_UNREADABLE'),
    );
  });
});
