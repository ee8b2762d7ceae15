/** What Google's clients of other languages put on the wire, one request each; the clients are in test/clients. */
import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { crc32cOf, md5Of } from '../../../emulator/storage/checksums.ts';
import { serveStorage } from './serve.ts';
import type { Served } from './serve.ts';

let served: Served;
const json = { 'content-type': 'application/json' };

beforeAll(async () => {
  served = await serveStorage();
  served.store.createBucket('models', {}, 'p1');
});
afterAll(() => served.close());

async function call(method: string, path: string, init: RequestInit = {}) {
  const response = await fetch(`${served.url}${path}`, { method, redirect: 'manual', ...init });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

describe('Go', () => {
  test('an empty parameter is as good as none', async () => {
    served.store.putObject('models', 'go/a', Buffer.from('x'));
    const query =
      'matchGlob=&pageToken=&prefix=go/&delimiter=&startOffset=&endOffset=&maxResults=&fields=&generation=';
    const { status, json: page } = await call('GET', `/storage/v1/b/models/o?${query}`);
    expect([status, page.items?.length]).toEqual([200, 1]);
    const got = await call(
      'GET',
      '/storage/v1/b/models/o/go%2Fa?generation=&ifGenerationMatch=&alt=&userProject=',
    );
    expect([got.status, got.json?.name]).toEqual([200, 'go/a']);
  });

  test('a resumable upload that takes no 308 gets it as a header', async () => {
    const start = await call('POST', '/upload/storage/v1/b/models/o?uploadType=resumable&name=go/chunks');
    const session = start.headers.get('location')?.replace(served.url, '') ?? '';
    const first = await call('PUT', session, {
      headers: { 'content-range': 'bytes 0-262143/*', 'x-guploader-no-308': 'yes' },
      body: Buffer.alloc(262_144),
    });
    expect([
      first.status,
      first.headers.get('x-http-status-code-override'),
      first.headers.get('range'),
    ]).toEqual([200, '308', 'bytes=0-262143']);
    const plain = await call('PUT', session, { headers: { 'content-range': 'bytes */*' } });
    expect([plain.status, plain.headers.get('x-http-status-code-override')]).toEqual([308, null]);
    const last = await call('PUT', session, {
      headers: { 'content-range': 'bytes 262144-262144/262145', 'x-guploader-no-308': 'yes' },
      body: 'x',
    });
    expect([last.status, last.headers.get('x-http-status-code-override'), last.json.size]).toEqual([
      200,
      null,
      '262145',
    ]);
  });
});

describe('Java', () => {
  const zipped = (body: unknown) => ({
    headers: { ...json, 'content-encoding': 'gzip' },
    body: gzipSync(JSON.stringify(body)),
  });

  test('a gzip body is unpacked', async () => {
    const made = await call('POST', '/storage/v1/b?project=p1', zipped({ name: 'java-bucket' }));
    expect([made.status, made.json?.name]).toEqual([200, 'java-bucket']);
  });

  test('a gzip upload is stored unpacked, in one request and in parts', async () => {
    const content = Buffer.from('hello '.repeat(1000));
    const whole = await call('POST', '/upload/storage/v1/b/models/o?uploadType=media&name=java/a', {
      headers: { 'content-encoding': 'gzip', 'x-goog-hash': `crc32c=${crc32cOf(content)}` },
      body: gzipSync(content),
    });
    expect([whole.status, whole.json.size]).toEqual([200, '6000']);
    const start = await call(
      'POST',
      '/upload/storage/v1/b/models/o?uploadType=resumable&name=java/b',
      zipped({}),
    );
    const session = start.headers.get('location')?.replace(served.url, '') ?? '';
    const parts = await call('PUT', session, {
      headers: { 'content-encoding': 'gzip', 'content-range': 'bytes 0-5999/6000' },
      body: gzipSync(content),
    });
    expect([parts.status, parts.json.md5Hash]).toEqual([200, md5Of(content)]);
  });

  test.each([
    ['what only says that it is gzip', Buffer.from('{"name":"java-bad"}'), 400],
    ['a body that unpacks to more than the limit', gzipSync(Buffer.alloc(12 * 1024 * 1024, ' ')), 400],
  ])('%s is refused', async (_, body, status) => {
    const made = await call('POST', '/storage/v1/b?project=p1', {
      headers: { ...json, 'content-encoding': 'gzip' },
      body,
    });
    expect(made.status).toBe(status);
    const upload = await call('POST', '/upload/storage/v1/b/models/o?uploadType=media&name=java/bad', {
      headers: { 'content-encoding': 'gzip' },
      body: body.subarray(0, 10),
    });
    expect(upload.status).toBe(400);
  });

  test('a PATCH comes as a POST with X-HTTP-Method-Override', async () => {
    const patched = await call('POST', '/storage/v1/b/models', {
      headers: { ...json, 'x-http-method-override': 'PATCH' },
      body: '{"labels":{"team":"a"}}',
    });
    expect([patched.status, patched.json.labels]).toEqual([200, { team: 'a' }]);
  });
});

describe('Python', () => {
  test('null means absent', async () => {
    for (const name of ['py/a', 'py/b']) served.store.putObject('models', name, Buffer.from(name));
    const composed = await call('POST', '/storage/v1/b/models/o/py%2Fboth/compose', {
      headers: json,
      body: JSON.stringify({
        sourceObjects: [
          { name: 'py/a', generation: null, objectPreconditions: null },
          { name: 'py/b', objectPreconditions: { ifGenerationMatch: null } },
        ],
        destination: { contentType: null, metadata: null },
        kind: null,
      }),
    });
    expect([composed.status, composed.json.size]).toEqual([200, '8']);
    const bucket = await call('POST', '/storage/v1/b?project=p1', {
      headers: json,
      body: '{"name":"python-bucket","location":null,"versioning":null,"labels":null}',
    });
    expect([bucket.status, bucket.json.location]).toEqual([200, 'US']);
    const notification = await call('POST', '/storage/v1/b/models/notificationConfigs', {
      headers: json,
      body: '{"topic":"//pubsub.googleapis.com/projects/p1/topics/t","payload_format":"NONE","event_types":null}',
    });
    expect(notification.status).toBe(200);
  });

  test('a patch still removes what is null', async () => {
    const patch = (body: string) => call('PATCH', '/storage/v1/b/models', { headers: json, body });
    await patch('{"labels":null}');
    await patch('{"labels":{"a":"1","b":"2"}}');
    expect((await patch('{"labels":{"a":null}}')).json.labels).toEqual({ b: '2' });
  });

  test('every checksum that a client claims is checked, wherever it claims it', async () => {
    const content = Buffer.from('content');
    const right = `crc32c=${crc32cOf(content)},md5=${md5Of(content)}`;
    const upload = async (metadata: object, headers: Record<string, string>) => {
      const start = await call('POST', '/upload/storage/v1/b/models/o?uploadType=resumable&name=py/sum', {
        headers: json,
        body: JSON.stringify(metadata),
      });
      const session = start.headers.get('location')?.replace(served.url, '') ?? '';
      return (await call('PUT', session, { headers, body: content })).status;
    };
    expect(
      await upload({ crc32c: crc32cOf(content), md5Hash: md5Of(content) }, { 'x-goog-hash': right }),
    ).toBe(200);
    expect(await upload({ crc32c: 'AAAAAA==' }, { 'x-goog-hash': right })).toBe(400);
    expect(await upload({ md5Hash: md5Of(Buffer.from('x')) }, { 'x-goog-hash': right })).toBe(400);
    expect(await upload({ crc32c: crc32cOf(content) }, { 'x-goog-hash': 'md5=AAAAAA==' })).toBe(400);
  });

  test('etags are preconditions, of objects and of buckets', async () => {
    served.store.putObject('models', 'py/etag', Buffer.from('x'));
    const path = '/storage/v1/b/models/o/py%2Fetag';
    const { etag } = (await call('GET', path)).json;
    const status = async (method: string, headers: Record<string, string>, where = path, body?: string) =>
      (
        await call(method, where, {
          headers: { ...json, ...headers },
          ...(body === undefined ? {} : { body }),
        })
      ).status;
    expect(await status('GET', { 'if-match': etag })).toBe(200);
    expect(await status('GET', { 'if-match': `"other", "${etag}"` }, `${path}?alt=media`)).toBe(200);
    expect(await status('GET', { 'if-match': 'other' })).toBe(412);
    expect(await status('GET', { 'if-none-match': etag })).toBe(304);
    expect(await status('GET', { 'if-none-match': etag }, `${path}?alt=media`)).toBe(304);
    expect(await status('GET', { 'if-none-match': '"other"' })).toBe(200);
    expect(await status('PATCH', { 'if-match': 'other' }, path, '{}')).toBe(412);
    expect(await status('DELETE', { 'if-none-match': '*' })).toBe(412);
    const bucket = '/storage/v1/b/models';
    const of = (await call('GET', bucket)).json;
    expect(await status('GET', { 'if-none-match': of.etag }, bucket)).toBe(304);
    expect(await status('PATCH', { 'if-match': 'other' }, bucket, '{}')).toBe(412);
    expect(await status('PATCH', {}, `${bucket}?ifMetagenerationMatch=99`, '{}')).toBe(412);
    expect(await status('GET', {}, `${bucket}?ifMetagenerationNotMatch=${of.metageneration}`)).toBe(304);
    expect(await status('DELETE', {}, `${bucket}?ifMetagenerationMatch=99`)).toBe(412);
    expect((await call('GET', bucket)).json.metageneration).toBe(of.metageneration);
  });

  test('a bucket in two regions of its own choice is a dual region, and keeps what it is given', async () => {
    const { json: bucket } = await call('POST', '/storage/v1/b?project=p1', {
      headers: json,
      body: JSON.stringify({
        name: 'dual-bucket',
        location: 'us',
        customPlacementConfig: { dataLocations: ['US-EAST1', 'US-WEST1'] },
        logging: { logBucket: 'logs' },
      }),
    });
    expect(bucket).toMatchObject({
      locationType: 'dual-region',
      customPlacementConfig: { dataLocations: ['US-EAST1', 'US-WEST1'] },
      logging: { logBucket: 'logs' },
    });
  });
});
