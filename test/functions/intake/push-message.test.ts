import { describe, expect, it } from 'vitest';
import { readJson, readObjectNews, readPush } from '../../../functions/intake/push-message.ts';
import { message } from '../../support/test-app.ts';

describe('readPush', () => {
  it('decodes what a message carries', () => {
    const push = message({ service: 'churn' }, { id: '42', attributes: { a: 'b' } });
    expect(readPush(push)).toEqual({
      id: '42',
      publishedAt: Date.UTC(2026, 0, 1) + 500,
      attributes: new Map([['a', 'b']]),
      text: '{"service":"churn"}',
    });
  });

  it('has null for the text of a message with attributes only', () => {
    expect(readPush(message(undefined)).text).toBeNull();
  });

  it.each([
    ['2026-01-01T00:00:00Z', 0],
    ['2026-01-01T00:00:00.123456789Z', 123],
    ['2026-01-01T01:00:00+01:00', 0],
  ])('reads the time %s', (publishTime, ms) => {
    expect(readPush(message({}, { publishTime })).publishedAt).toBe(Date.UTC(2026, 0, 1) + ms);
  });

  it.each(['2026-13-01T00:00:00Z', '2026-01-01', '2026-01-01T00:00:00', 'Thu, 01 Jan 2026', '1'])(
    'takes %s for no time',
    (publishTime) => {
      expect(() => readPush(message({}, { publishTime }))).toThrow(/publishTime/);
    },
  );

  it('keeps an attribute named __proto__ an attribute', () => {
    const push = message({}, { attributes: JSON.parse('{"__proto__":"x"}') });
    expect([...readPush(push).attributes]).toEqual([['__proto__', 'x']]);
  });
});

it('readJson gives the object, and nothing else that JSON may be', () => {
  expect(readJson(readPush(message({ a: 1 })))).toEqual({ a: 1 });
  expect(() => readJson(readPush(message('[1]')))).toThrow(/expected an object/);
});

describe('readObjectNews', () => {
  it.each([
    ['OBJECT_FINALIZE', { bucket: 'b', name: 'n' }],
    ['OBJECT_DELETE', null],
    ['OBJECT_ARCHIVE', null],
    ['OBJECT_METADATA_UPDATE', null],
  ])('reads a notification of %s', (eventType, expected) => {
    const attributes = { eventType, bucketId: 'b', objectId: 'n', objectGeneration: '1' };
    expect(readObjectNews(readPush(message(undefined, { attributes })))).toEqual(expected);
  });
});

it.each(['', 'text', '5', 'null', '[]', '{}', '{"message":{},"subscription":"s"}'])('refuses %j', (body) => {
  expect(() => readPush(Buffer.from(body))).toThrow(
    expect.objectContaining({ name: 'Problem', code: 'EVENT_UNREADABLE' }),
  );
});
