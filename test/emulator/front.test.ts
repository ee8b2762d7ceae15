/** What a web page that the developer has open may not do, with all that a page can send. */
import { request } from 'node:http';

import grpc from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { isOwnHost } from '../../emulator/core/loopback.ts';
import { startEmulator } from '../../emulator/server.ts';
import type { Emulator } from '../../emulator/server.ts';

let emulator: Emulator;
beforeAll(async () => {
  emulator = await startEmulator({ hostNames: ['emulator.example'] });
  emulator.store.createBucket('models', {}, 'p1');
});
afterAll(() => emulator.close());

const parent = '/v1/projects/p1/locations/us-central1';
const json = { 'content-type': 'application/json' };

function send(method: string, path: string, headers: Record<string, string>, body?: string) {
  return new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    request(`${emulator.url}${path}`, { method, headers }, (answer) => {
      let text = '';
      answer.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      answer.on('end', () => resolve({ status: answer.statusCode, text }));
    })
      .on('error', reject)
      .end(body);
  });
}

/** A route of each service, and what changes nothing but answers. */
const routes = [
  ['GET', '/', undefined],
  ['GET', `${parent}/models`, undefined],
  ['POST', `${parent}/endpoints`, '{"displayName":"x"}'],
  ['PUT', '/v1/projects/p1/topics/news', '{}'],
  ['GET', '/storage/v1/b/models', undefined],
  ['POST', '/storage/v1/b?project=p1', '{"name":"made"}'],
  ['POST', '/upload/storage/v1/b/models/o?uploadType=media&name=x', 'x'],
  ['GET', '/models/x', undefined],
  ['POST', '/v2/entries:list', '{}'],
  ['GET', '/v3/projects/p1/timeSeries', undefined],
  ['POST', '/emulator/faults', '{"method":"*","kind":"error","status":"UNAVAILABLE"}'],
  ['PATCH', '/emulator/behaviour', '{"staleReadMs":1}'],
  ['POST', '/none/at/all', '{}'],
] as const;

describe.each([
  ['another host: DNS rebinding', { host: 'evil.example:9400' }],
  ['a host that only begins like this machine', { host: '127.0.0.1.evil.example' }],
  ['a page of another site', { origin: 'https://evil.example' }],
  ['a page of another port of this machine', { origin: 'http://localhost:3000' }],
  ['a page without an origin of its own', { origin: 'null' }],
  ['a link or an image of another site', { 'sec-fetch-site': 'cross-site' }],
])('%s', (_, headers) => {
  test.each(routes)('%s %s is refused', async (method, path, body) => {
    const { status, text } = await send(method, path, { ...json, ...headers }, body);
    expect([status, text]).toEqual([403, expect.stringMatching(/this machine|PERMISSION_DENIED/)]);
  });
});

test.each(['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', ''])(
  'a body of the type "%s", which a page sends without asking, changes nothing',
  async (type) => {
    const headers: Record<string, string> = type === '' ? {} : { 'content-type': type };
    for (const [method, path, body] of routes) {
      if (body === undefined || path.startsWith('/upload') || path.startsWith('/none')) continue;
      expect([path, (await send(method, path, headers, body)).status]).toEqual([path, 400]);
    }
    expect(emulator.faults.list()).toEqual([]);
    expect(emulator.store.listBuckets('p1')).toHaveLength(1);
    expect(emulator.broker.listTopics('p1')).toEqual([]);
  },
);

test.each([
  'localhost',
  'storage.localhost:9400',
  '127.0.0.1:1',
  '127.1.2.3',
  '[::1]:9400',
  'EMULATOR.example',
])('the host %s is served', async (host) => {
  expect((await send('GET', '/', { host })).text).toBe('Ok');
});

test('a page that the emulator itself would serve may ask', async () => {
  const { host } = new URL(emulator.url);
  expect((await send('GET', '/', { origin: emulator.url, host, 'sec-fetch-site': 'same-origin' })).text).toBe(
    'Ok',
  );
});

test.each([
  undefined,
  '',
  'localhost.evil.example',
  'evil.example#localhost',
  'evil@localhost',
  '1270.0.0.1',
  '0.0.0.0',
])('%s is no name of this machine', (host) => {
  expect(isOwnHost(host)).toBe(false);
});

test('gRPC by another authority is refused', async () => {
  const call = (authority: string) =>
    new Promise<number | undefined>((resolve) => {
      const address = new URL(emulator.url).host;
      const client = new grpc.Client(address, grpc.credentials.createInsecure(), {
        'grpc.default_authority': authority,
      });
      const raw = (bytes: Buffer) => bytes;
      const path = '/google.pubsub.v1.Publisher/ListTopics';
      client.makeUnaryRequest(
        path,
        raw,
        raw,
        Buffer.from([0x0a, 0x0b, ...Buffer.from('projects/p1')]),
        (error) => {
          client.close();
          resolve(error?.code);
        },
      );
    });
  expect(await call('localhost:9400')).toBeUndefined();
  expect(await call('evil.example')).toBe(grpc.status.PERMISSION_DENIED);
});
