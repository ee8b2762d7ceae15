import { gzipSync } from 'node:zlib';

import { afterAll, beforeAll, expect, test } from 'vitest';

import { serveStorage } from './serve.ts';
import type { Served } from './serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serveStorage();
  served.store.createBucket('models');
  served.store.putObject('models', 'digits', Buffer.from('0123456789'), {
    attributes: { contentType: 'text/plain', cacheControl: 'no-store', contentDisposition: 'attachment' },
  });
  served.store.putObject('models', 'empty', Buffer.alloc(0));
});

afterAll(() => served.close());

function get(name: string, headers: Record<string, string> = {}) {
  return fetch(`${served.url}/download/storage/v1/b/models/o/${name}?alt=media`, { headers });
}

test('a download carries what tells the content apart', async () => {
  const response = await get('digits');
  const { generation } = served.store.getObject('models', 'digits');
  expect(await response.text()).toBe('0123456789');
  expect(Object.fromEntries(response.headers)).toMatchObject({
    'content-type': 'text/plain',
    'content-length': '10',
    'content-disposition': 'attachment',
    'cache-control': 'no-store',
    'x-goog-generation': generation,
    'x-goog-metageneration': '1',
    'x-goog-hash': 'crc32c=KAwGng==, md5=eB5eJF1ptWaXm4bijSPyxw==',
    'x-goog-stored-content-encoding': 'identity',
    'x-goog-stored-content-length': '10',
  });
});

test.each([
  ['bytes=0-3', '0123', 'bytes 0-3/10'],
  ['bytes=4-4', '4', 'bytes 4-4/10'],
  ['bytes=7-', '789', 'bytes 7-9/10'],
  ['bytes=7-99', '789', 'bytes 7-9/10'],
  ['bytes=-3', '789', 'bytes 7-9/10'],
  ['bytes=-99', '0123456789', 'bytes 0-9/10'],
])('the range %s', async (range, content, contentRange) => {
  const response = await get('digits', { range });
  expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
    206,
    content,
    contentRange,
  ]);
});

test.each(['bytes=10-', 'bytes=10-20', 'bytes=-0'])('the range %s holds nothing', async (range) => {
  const response = await get('digits', { range });
  expect([response.status, await response.text(), response.headers.get('content-range')]).toEqual([
    416,
    'Request range not satisfiable',
    'bytes */10',
  ]);
});

test('an empty object has no ranges', async () => {
  expect((await get('empty', { range: 'bytes=0-' })).status).toBe(416);
  expect(await (await get('empty')).text()).toBe('');
});

test.each(['bytes=3-1', 'bytes=a-b', 'lines=1-2', 'bytes=0-1,3-4', 'bytes=-'])(
  'the range %s is ignored',
  async (range) => {
    const response = await get('digits', { range });
    expect([response.status, await response.text()]).toEqual([200, '0123456789']);
  },
);

test('what was stored as gzip is unpacked for those who do not take gzip', async () => {
  const packed = gzipSync('hello');
  served.store.putObject('models', 'packed', packed, { attributes: { contentEncoding: 'gzip' } });
  const plain = await get('packed', { 'accept-encoding': 'identity' });
  expect([await plain.text(), plain.headers.get('content-encoding')]).toEqual(['hello', null]);
  const gzip = await get('packed', { 'accept-encoding': 'gzip' });
  expect([await gzip.text(), gzip.headers.get('content-encoding')]).toEqual(['hello', 'gzip']);
});

test('a download that cannot be is refused in plain words', async () => {
  const response = await get('absent');
  expect([response.status, await response.text()]).toEqual([404, 'No such object: models/absent']);
});
