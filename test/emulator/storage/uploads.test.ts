import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request } from 'node:http';

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { ObjectChange } from '../../../emulator/storage/changes.ts';
import { crc32cOf, md5Of } from '../../../emulator/storage/checksums.ts';
import { serveStorage } from './serve.ts';
import type { Served } from './serve.ts';

const KIB_256 = 256 * 1024;
const content = randomBytes(3 * KIB_256 + 1000);
const clock = new VirtualClock();
const changes: ObjectChange[] = [];
let served: Served;

beforeAll(async () => {
  served = await serveStorage({ clock });
  served.store.createBucket('models');
  served.store.onChange((change) => changes.push(change));
});

afterAll(() => served.close());

async function start(name: string, query = '', body: object = {}) {
  const path = `/upload/storage/v1/b/models/o?uploadType=resumable&name=${name}${query}`;
  const headers = { 'x-upload-content-type': 'application/x-onnx' };
  const response = await fetch(`${served.url}${path}`, {
    method: 'POST',
    headers,
    body: JSON.stringify(body),
  });
  return { status: response.status, location: response.headers.get('location') ?? '' };
}

async function put(location: string, contentRange: string, body: Uint8Array = Buffer.alloc(0), headers = {}) {
  const response = await fetch(location, {
    method: 'PUT',
    headers: { 'content-range': contentRange, ...headers },
    body: Buffer.from(body),
    redirect: 'manual',
  });
  const text = await response.text();
  return {
    status: response.status,
    range: response.headers.get('range'),
    json: text === '' ? undefined : JSON.parse(text),
  };
}

function stored(name: string): Buffer {
  return served.store.readObject('models', name).content;
}

describe('in one request', () => {
  test('media takes its type from the request and its name from the query', async () => {
    const response = await fetch(`${served.url}/upload/storage/v1/b/models/o?uploadType=media&name=media`, {
      method: 'POST',
      headers: {
        'content-type': 'text/x',
        'x-goog-hash': `crc32c=${crc32cOf(content)},md5=${md5Of(content)}`,
      },
      body: content,
    });
    expect(await response.json()).toMatchObject({
      name: 'media',
      contentType: 'text/x',
      crc32c: crc32cOf(content),
    });
    expect(stored('media').equals(content)).toBe(true);
  });

  test.each([
    ['uploadType=media', 'Required parameter: name'],
    ['name=a', 'Required parameter: uploadType'],
    ['uploadType=carrier-pigeon&name=a', 'Required parameter: uploadType'],
    ['uploadType=multipart&name=a', 'Malformed multipart body: expected a boundary in the content type.'],
  ])('%s is refused', async (query, message) => {
    const response = await fetch(`${served.url}/upload/storage/v1/b/models/o?${query}`, {
      method: 'POST',
      body: 'x',
    });
    expect([response.status, await response.json()]).toMatchObject([400, { error: { message } }]);
  });

  test.each([
    [{ 'x-goog-hash': 'crc32c=AAAAAA==' }, 'Provided CRC32C "AAAAAA=="'],
    [{ 'content-md5': 'AAAA' }, 'Provided MD5 hash "AAAA"'],
  ])('a content that does not add up to %j is refused', async (headers, message) => {
    const response = await fetch(`${served.url}/upload/storage/v1/b/models/o?uploadType=media&name=wrong`, {
      method: 'POST',
      headers,
      body: content,
    });
    expect([response.status, await response.text()]).toEqual([
      400,
      expect.stringContaining(JSON.stringify(message).slice(1, -1)),
    ]);
    expect(() => stored('wrong')).toThrow('No such object');
  });

  test('a missing bucket is not made', async () => {
    const response = await fetch(`${served.url}/upload/storage/v1/b/absent/o?uploadType=media&name=a`, {
      method: 'POST',
      body: 'x',
    });
    expect([response.status, await response.json()]).toMatchObject([
      404,
      { error: { message: 'The specified bucket does not exist.' } },
    ]);
  });
});

describe('resumable', () => {
  test('whole, without a range', async () => {
    const { location } = await start('whole', '', { metadata: { a: 'b' } });
    const response = await fetch(location, { method: 'PUT', body: content });
    expect([response.status, await response.json()]).toMatchObject([
      200,
      { name: 'whole', contentType: 'application/x-onnx', metadata: { a: 'b' } },
    ]);
    expect(stored('whole').equals(content)).toBe(true);
  });

  test('in chunks, each acknowledged, announced once at the end', async () => {
    changes.length = 0;
    const { location } = await start('chunks');
    const total = content.length;
    const first = await put(location, `bytes 0-${KIB_256 - 1}/*`, content.subarray(0, KIB_256));
    expect(first).toEqual({ status: 308, range: `bytes=0-${KIB_256 - 1}`, json: undefined });
    const second = await put(
      location,
      `bytes ${KIB_256}-${2 * KIB_256 - 1}/${total}`,
      content.subarray(KIB_256, 2 * KIB_256),
    );
    expect([second.status, second.range]).toEqual([308, `bytes=0-${2 * KIB_256 - 1}`]);
    expect(changes).toEqual([]);
    const last = await put(
      location,
      `bytes ${2 * KIB_256}-${total - 1}/${total}`,
      content.subarray(2 * KIB_256),
    );
    expect([last.status, last.json.size]).toEqual([200, String(total)]);
    expect(stored('chunks').equals(content)).toBe(true);
    expect(changes.map(({ kind, name }) => [kind, name])).toEqual([['finalize', 'chunks']]);
    // The answer may have been lost: asking again gives it once more, and writes nothing.
    expect(await put(location, 'bytes */*')).toEqual(last);
    expect(await put(location, `bytes 0-*/*`, content)).toEqual(last);
    expect(changes).toHaveLength(1);
  });

  test('short of the end, whole multiples of 256 KiB are kept, and what came before may come again', async () => {
    const { location } = await start('granules');
    expect(await put(location, 'bytes */*')).toEqual({ status: 308, range: null, json: undefined });
    expect((await put(location, 'bytes 0-99/*', content.subarray(0, 100))).range).toBeNull();
    const odd = KIB_256 + 5;
    const kept = `bytes=0-${KIB_256 - 1}`;
    expect((await put(location, `bytes 0-${odd - 1}/*`, content.subarray(0, odd))).range).toBe(kept);
    expect((await put(location, `bytes */${content.length}`)).range).toBe(kept);
    // A gap is not filled: the client is told where to go on.
    expect((await put(location, `bytes ${odd}-*/*`, content.subarray(odd))).range).toBe(kept);
    const rest = await put(location, `bytes 100-*/*`, content.subarray(100));
    expect([rest.status, stored('granules').equals(content)]).toEqual([200, true]);
  });

  test('what had arrived when a connection broke off is kept', async () => {
    const { location } = await start('broken');
    const broken = request(location, {
      method: 'PUT',
      headers: { 'content-range': 'bytes 0-*/*', 'transfer-encoding': 'chunked' },
    });
    broken.on('error', () => undefined);
    broken.write(content.subarray(0, 2 * KIB_256 + 10));
    await once(broken, 'drain');
    broken.destroy();
    await expect
      .poll(async () => (await put(location, 'bytes */*')).range)
      .toMatch(/^bytes=0-(262143|524287)$/);
    const { range } = await put(location, 'bytes */*');
    const offset = Number(range?.split('-')[1]) + 1;
    const rest = await put(location, `bytes ${offset}-*/${content.length}`, content.subarray(offset));
    expect([rest.status, stored('broken').equals(content)]).toEqual([200, true]);
  });

  test('an empty object', async () => {
    const { location } = await start('empty');
    expect((await put(location, 'bytes */0')).json.size).toBe('0');
  });

  test('preconditions hold when the session starts and again when the object is written', async () => {
    const before = served.store.putObject('models', 'pre', Buffer.from('1'));
    expect((await start('pre', '&ifGenerationMatch=0')).status).toBe(412);
    const { status, location } = await start('pre', `&ifGenerationMatch=${before.generation}`);
    expect(status).toBe(200);
    const overtaking = served.store.putObject('models', 'pre', Buffer.from('2'));
    const late = await put(location, 'bytes 0-*/*', content);
    expect([late.status, late.json.error.errors[0].reason]).toEqual([412, 'conditionNotMet']);
    expect(served.store.getObject('models', 'pre').generation).toBe(overtaking.generation);
  });

  test.each([
    ['in the session', { crc32c: 'AAAAAA==' }, {}],
    ['in the session', { md5Hash: 'AAAA' }, {}],
    ['with the last bytes', {}, { 'x-goog-hash': 'crc32c=AAAAAA==' }],
  ])('wrong checksums given %s are refused', async (_when, resource, headers) => {
    const { location } = await start('wrong', '', resource);
    const { status, json } = await put(location, 'bytes 0-*/*', content, headers);
    expect([status, json.error.message]).toEqual([400, expect.stringContaining("doesn't match calculated")]);
    expect(() => stored('wrong')).toThrow('No such object');
  });

  test('a write that comes too soon after another can be finished later', async () => {
    served.store.limitWrites = true;
    served.store.putObject('models', 'busy', Buffer.from('1'));
    const { location } = await start('busy');
    const { status, json } = await put(location, 'bytes 0-*/*', content);
    expect([status, json.error.errors[0]]).toMatchObject([
      429,
      { domain: 'usageLimits', reason: 'rateLimitExceeded' },
    ]);
    await clock.advance(1000);
    expect((await put(location, `bytes */${content.length}`)).status).toBe(200);
    served.store.limitWrites = false;
    expect(stored('busy').equals(content)).toBe(true);
  });

  test.each(['bytes 0-99', 'bytes 5-3/10', 'bytes 0-10/10', 'bytes a-b/c', 'chunks 0-1/2'])(
    'the range %s is refused',
    async (contentRange) => {
      const { location } = await start('range');
      expect((await put(location, contentRange, content)).status).toBe(400);
    },
  );

  test('a body that is not as long as its range says is refused and not kept', async () => {
    const { location } = await start('length');
    const { status, json } = await put(location, `bytes 0-${KIB_256}/*`, content.subarray(0, KIB_256));
    expect([status, json.error.message]).toEqual([
      400,
      expect.stringContaining(`There were ${KIB_256} byte(s)`),
    ]);
    expect((await put(location, 'bytes */*')).range).toBeNull();
  });

  test('a cancelled session is over', async () => {
    const { location } = await start('cancelled');
    await put(location, `bytes 0-${KIB_256 - 1}/*`, content.subarray(0, KIB_256));
    expect((await fetch(location, { method: 'DELETE' })).status).toBe(499);
    expect((await put(location, 'bytes */*')).status).toBe(499);
    expect((await put(location, 'bytes 0-*/*', content)).status).toBe(499);
    expect(() => stored('cancelled')).toThrow('No such object');
  });

  test('a session lives for a week', async () => {
    const { location } = await start('week');
    await clock.advance(7 * 24 * 3600 * 1000);
    expect((await put(location, 'bytes */*')).status).toBe(308);
    await clock.advance(1);
    expect((await put(location, 'bytes 0-*/*', content)).status).toBe(404);
    expect((await put(`${served.url}/upload/storage/v1/b/models/o?upload_id=x`, 'bytes */*')).status).toBe(
      404,
    );
  });
});
