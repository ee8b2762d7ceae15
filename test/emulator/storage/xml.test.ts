import { gunzipSync, gzipSync } from 'node:zlib';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { crc32cOf, md5Of } from '../../../emulator/storage/checksums.ts';
import { hexOf } from '../../../emulator/storage/object.ts';
import { serveStorage } from './serve.ts';
import type { Served } from './serve.ts';

let served: Served;
const content = Buffer.from('hello world');

beforeAll(async () => {
  served = await serveStorage();
  served.store.createBucket('models', { versioning: { enabled: true } });
});
afterAll(() => served.close());

const call = (method: string, path: string, init: RequestInit = {}) =>
  fetch(`${served.url}${path}`, { method, ...init });

describe('a download', () => {
  test('has the content and what tells it apart', async () => {
    const object = served.store.putObject('models', 'a b/ü%2F', content, {
      attributes: { contentType: 'text/plain', metadata: { team: 'a' } },
    });
    const path = '/models/a%20b/%C3%BC%252F';
    const got = await call('GET', path);
    expect(await got.text()).toBe('hello world');
    expect(Object.fromEntries(got.headers)).toMatchObject({
      'content-type': 'text/plain',
      'content-length': '11',
      etag: `"${hexOf(md5Of(content))}"`,
      'x-goog-generation': object.generation,
      'x-goog-metageneration': '1',
      'x-goog-hash': `crc32c=${crc32cOf(content)}, md5=${md5Of(content)}`,
      'x-goog-meta-team': 'a',
      'x-goog-stored-content-length': '11',
    });
    const head = await call('HEAD', path);
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '11', '']);
  });

  test('of a range, of an older generation, and with conditions', async () => {
    const first = served.store.putObject('models', 'v', Buffer.from('one'));
    const second = served.store.putObject('models', 'v', Buffer.from('two!'));
    const range = await call('GET', '/models/v', { headers: { range: 'bytes=1-2' } });
    expect([range.status, range.headers.get('content-range'), await range.text()]).toEqual([
      206,
      'bytes 1-2/4',
      'wo',
    ]);
    expect((await call('GET', '/models/v', { headers: { range: 'bytes=9-' } })).status).toBe(416);
    expect(await (await call('GET', `/models/v?generation=${first.generation}`)).text()).toBe('one');
    const status = async (headers: Record<string, string>) =>
      (await call('GET', '/models/v', { headers })).status;
    expect(await status({ 'x-goog-if-generation-match': second.generation })).toBe(200);
    expect(await status({ 'x-goog-if-generation-match': first.generation })).toBe(412);
    expect(await status({ 'x-goog-if-metageneration-match': '2' })).toBe(412);
    expect(await status({ 'if-none-match': `"${hexOf(md5Of(Buffer.from('two!')))}"` })).toBe(304);
  });

  test.each([
    ['/models/none', 404, '<Code>NoSuchKey</Code>'],
    ['/nobucket/none', 404, '<Code>NoSuchBucket</Code>'],
    ['/models', 400, '<Code>NotImplemented</Code>'],
    ['/models/?uploads', 400, '<Code>NotImplemented</Code>'],
    ['/models/v?uploadId=1', 400, '<Code>NotImplemented</Code>'],
  ])('%s: %d %s', async (path, status, words) => {
    const got = await call('GET', path);
    expect([got.status, await got.text()]).toEqual([status, expect.stringContaining(words)]);
    expect(got.headers.get('content-type')).toContain('application/xml');
  });

  test.each(['PUT', 'POST', 'DELETE'])(
    '%s is refused with an answer that no client repeats',
    async (method) => {
      const got = await call(method, '/models/v', { headers: { 'content-type': 'text/plain' }, body: 'x' });
      expect([got.status, await got.text()]).toEqual([400, expect.stringContaining('NotImplemented')]);
    },
  );

  test('what begins like another API is not a bucket', async () => {
    expect((await call('GET', '/storage/v1/none')).status).toBe(404);
    expect((await call('GET', '/v1/projects/p/nonsense')).status).toBe(404);
  });
});

describe('what is stored as gzip', () => {
  const packed = gzipSync(content);
  test.each(['/zipped', '/storage/v1/b/zipped/o'])('below %s', async (path) => {
    if (!served.store.listBuckets('').some(({ record }) => record.name === 'zipped'))
      served.store.createBucket('zipped');
    const put = (name: string, bytes: Buffer, cacheControl?: string) =>
      served.store.putObject('zipped', name, bytes, {
        attributes: { contentEncoding: 'gzip', ...(cacheControl === undefined ? {} : { cacheControl }) },
      });
    put('a', packed);
    put('kept', packed, 'no-transform');
    put('fake', content);
    const media = path.includes('/o') ? '?alt=media' : '';
    const raw = async (name: string, accept: string, more: Record<string, string> = {}) => {
      const { request } = await import('node:http');
      return new Promise<{ encoding: string | undefined; status: number | undefined; body: Buffer }>(
        (resolve, reject) => {
          request(
            `${served.url}${path}/${name}${media}`,
            { headers: { 'accept-encoding': accept, ...more } },
            (answer) => {
              const chunks: Buffer[] = [];
              answer.on('data', (chunk: Buffer) => chunks.push(chunk));
              answer.on('end', () =>
                resolve({
                  encoding: answer.headers['content-encoding'],
                  status: answer.statusCode,
                  body: Buffer.concat(chunks),
                }),
              );
            },
          )
            .on('error', reject)
            .end();
        },
      );
    };
    expect(await raw('a', 'identity')).toEqual({ encoding: undefined, status: 200, body: content });
    expect(await raw('a', 'identity', { range: 'bytes=0-3' })).toMatchObject({ status: 200, body: content });
    expect(await raw('a', 'gzip;q=0')).toMatchObject({ encoding: undefined });
    const whole = await raw('a', 'deflate, gzip;q=0.5');
    expect([whole.encoding, gunzipSync(whole.body)]).toEqual(['gzip', content]);
    expect(await raw('a', 'gzip', { range: 'bytes=0-1' })).toMatchObject({
      status: 206,
      body: packed.subarray(0, 2),
    });
    expect(await raw('kept', 'identity')).toMatchObject({ encoding: 'gzip', body: packed });
    expect(await raw('fake', 'identity')).toMatchObject({ encoding: 'gzip', body: content });
  });
});

describe('an upload in parts', () => {
  const start = async (name: string) => {
    const begun = await call('POST', `/models/${name}?uploads`, {
      headers: { 'content-type': 'text/plain', 'x-goog-meta-team': 'a' },
    });
    return /<UploadId>(.+)<\/UploadId>/.exec(await begun.text())?.[1] ?? '';
  };
  const complete = (name: string, id: string, etags: (string | null)[]) => {
    const parts = etags.map(
      (etag, index) => `<Part><PartNumber>${index + 1}</PartNumber><ETag>${etag}</ETag></Part>`,
    );
    return call('POST', `/models/${name}?uploadId=${id}`, {
      headers: { 'content-type': 'application/xml' },
      body: `<CompleteMultipartUpload>${parts.join('')}</CompleteMultipartUpload>`,
    });
  };
  const first = Buffer.alloc(5 * 1024 * 1024, 'x');

  test('comes to one object of one generation, told once', async () => {
    const told: string[] = [];
    const end = served.store.onChange(({ kind, name }) => told.push(`${kind} ${name}`));
    const id = await start('parts');
    const put = (number: number, body: Buffer) =>
      call('PUT', `/models/parts?partNumber=${number}&uploadId=${id}`, {
        headers: { 'x-goog-hash': `crc32c=${crc32cOf(body)}` },
        body,
      });
    const second = await put(2, content);
    const one = await put(1, first);
    expect(told).toEqual([]);
    const done = await complete('parts', id, [one.headers.get('etag'), second.headers.get('etag')]);
    end();
    expect(done.status).toBe(200);
    expect(told).toEqual(['finalize parts']);
    const read = served.store.readObject('models', 'parts');
    expect(read.content.equals(Buffer.concat([first, content]))).toBe(true);
    expect(read.object).not.toHaveProperty('md5Hash');
    expect(read.object.attributes).toMatchObject({ contentType: 'text/plain', metadata: { team: 'a' } });
    expect((await complete('parts', id, [])).status).toBe(404);
  });

  test('is refused with wrong checksums, wrong parts, small parts, and after it was aborted', async () => {
    const id = await start('bad');
    const put = (number: string, body: Buffer, headers = {}) =>
      call('PUT', `/models/bad?partNumber=${number}&uploadId=${id}`, { headers, body });
    expect((await put('1', content, { 'x-goog-hash': 'crc32c=AAAAAA==' })).status).toBe(400);
    expect((await put('0', content)).status).toBe(400);
    const small = (await put('1', content)).headers.get('etag');
    const other = (await put('2', content)).headers.get('etag');
    expect((await complete('bad', id, ['"other"'])).status).toBe(400);
    expect((await complete('bad', id, [small, other])).status).toBe(400);
    expect((await call('DELETE', `/models/bad?uploadId=${id}`)).status).toBe(204);
    expect((await put('1', content)).status).toBe(404);
  });
});
