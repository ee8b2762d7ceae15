import { describe, expect, it } from 'vitest';
import { readJson, readMessage, readObjectNews } from '../../functions/envelope.ts';
import { readEvent } from '../../functions/event-forms.ts';
import { finalized, message } from './stage.ts';

describe('readMessage', () => {
  it('decodes what a message carries', () => {
    const event = message({ service: 'churn' }, { id: '42', attributes: { a: 'b' } });
    expect(readMessage(event)).toEqual({
      id: '42',
      publishedAt: Date.UTC(2026, 0, 1) + 500,
      attributes: new Map([['a', 'b']]),
      text: '{"service":"churn"}',
    });
  });

  it('has null for the text of a message with attributes only', () => {
    expect(readMessage(message(undefined)).text).toBeNull();
  });

  it.each([
    ['2026-01-01T00:00:00Z', 0],
    ['2026-01-01T00:00:00.123456789Z', 123],
    ['2026-01-01T01:00:00+01:00', 0],
  ])('reads the time %s', (publishTime, ms) => {
    expect(readMessage(message({}, { publishTime })).publishedAt).toBe(Date.UTC(2026, 0, 1) + ms);
  });

  it.each(['2026-13-01T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', 'Thu, 01 Jan 2026', '1'])(
    'takes %s for no time',
    (publishTime) => {
      expect(() => readMessage(message({}, { publishTime }))).toThrow(/publishTime/);
    },
  );

  it('keeps an attribute named __proto__ an attribute', () => {
    const attributes: unknown = JSON.parse('{"__proto__":"x"}');
    const event = message({}, { attributes: Object.assign(Object.create(null), { a: 'b' }) });
    Reflect.set(Object(Reflect.get(Object(event.data), 'message')), 'attributes', attributes);
    expect([...readMessage(event).attributes]).toEqual([['__proto__', 'x']]);
  });
});

it('readJson gives the object, and nothing else that JSON may be', () => {
  expect(readJson(readMessage(message({ a: 1 })))).toEqual({ a: 1 });
  expect(() => readJson(readMessage(message('[1]')))).toThrow(/expected an object/);
});

describe('readObjectNews', () => {
  it('reads a CloudEvent of Cloud Storage', () => {
    expect(readObjectNews(finalized('b', 'n'))).toEqual({ bucket: 'b', name: 'n' });
  });

  it.each([
    ['OBJECT_FINALIZE', { bucket: 'b', name: 'n' }],
    ['OBJECT_DELETE', null],
    ['OBJECT_ARCHIVE', null],
    ['OBJECT_METADATA_UPDATE', null],
  ])('reads a notification of %s', (eventType, expected) => {
    const attributes = { eventType, bucketId: 'b', objectId: 'n', objectGeneration: '1' };
    expect(readObjectNews(message(undefined, { attributes }))).toEqual(expected);
  });
});

describe('readEvent', () => {
  const whole = { specversion: '1.0', id: '1', type: 't', data: { a: 1 } };

  it.each<[string, unknown]>([
    ['a CloudEvent that was parsed', whole],
    ['the bytes of one', Buffer.from(JSON.stringify(whole))],
    ['one whose data are bytes', { ...whole, data: Buffer.from('{"a":1}') }],
  ])('takes %s', (_, received) => {
    expect(readEvent(received)).toEqual({ id: '1', type: 't', data: { a: 1 } });
  });

  it.each([undefined, null, 'text', 5, [], {}, new Uint8Array()])('refuses %j', (received) => {
    expect(() => readEvent(received)).toThrow(
      expect.objectContaining({ name: 'Problem', code: 'EVENT_UNREADABLE' }),
    );
  });
});
