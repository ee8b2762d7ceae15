/** Copies, buckets and their notifications, by HTTP. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { serveStorage } from './serve.ts';
import type { Served } from './serve.ts';

let served: Served;

beforeAll(async () => {
  served = await serveStorage();
  served.store.createBucket('models', {}, 'p1');
});

afterAll(() => served.close());

async function call(method: string, path: string, body?: unknown) {
  const response = await fetch(`${served.url}${path}`, {
    method,
    ...(body === undefined
      ? {}
      : { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
  });
  const text = await response.text();
  return {
    status: response.status,
    headers: response.headers,
    text,
    json: text.startsWith('{') ? JSON.parse(text) : undefined,
  };
}

function put(name: string, content: string) {
  return served.store.putObject('models', name, Buffer.from(content), {
    attributes: { contentType: 'text/plain' },
  });
}

describe('copies', () => {
  test('a rewrite takes the attributes along, unless it brings its own', async () => {
    const source = put('copy/a', 'hello');
    const path = '/storage/v1/b/models/o/copy%2Fa/rewriteTo/b/models/o/copy%2Fb';
    const { json } = await call('POST', path);
    expect(json).toMatchObject({
      kind: 'storage#rewriteResponse',
      done: true,
      objectSize: '5',
      totalBytesRewritten: '5',
      resource: { name: 'copy/b', contentType: 'text/plain', crc32c: source.crc32c, metageneration: '1' },
    });
    const own = await call('POST', path, { metadata: { a: 'b' } });
    expect(own.json.resource).toMatchObject({ metadata: { a: 'b' } });
    expect(own.json.resource).not.toHaveProperty('contentType');
  });

  test('have preconditions on both sides', async () => {
    const { generation } = put('copy/c', '1');
    put('copy/d', '2');
    const path = '/storage/v1/b/models/o/copy%2Fc/copyTo/b/models/o/copy%2Fd';
    expect((await call('POST', `${path}?ifGenerationMatch=0`)).status).toBe(412);
    expect((await call('POST', `${path}?ifSourceGenerationMatch=5`)).status).toBe(412);
    expect((await call('POST', `${path}?sourceGeneration=5`)).status).toBe(404);
    expect((await call('POST', `${path}?sourceGeneration=${generation}`)).json.size).toBe('1');
    expect((await call('POST', '/storage/v1/b/models/o/copy%2Fc/copyTo/b/nowhere/o/x')).status).toBe(404);
  });

  test('a move leaves nothing behind', async () => {
    put('copy/e', '1');
    const moved = await call('POST', '/storage/v1/b/models/o/copy%2Fe/moveTo/o/copy%2Ff');
    expect(moved.json.name).toBe('copy/f');
    expect((await call('GET', '/storage/v1/b/models/o/copy%2Fe')).status).toBe(404);
  });

  test('a move onto itself is refused', async () => {
    put('copy/g', '1');
    const { status } = await call('POST', '/storage/v1/b/models/o/copy%2Fg/moveTo/o/copy%2Fg');
    expect([status, served.store.getObject('models', 'copy/g').size]).toEqual([400, 1]);
  });

  test('a composite has its parts in order, a CRC32C and no MD5', async () => {
    const { generation } = put('part/a', 'hello ');
    put('part/b', 'world');
    const { json } = await call('POST', '/storage/v1/b/models/o/joined/compose', {
      sourceObjects: [{ name: 'part/a', generation: Number(generation) }, { name: 'part/b' }],
      destination: { contentType: 'text/x' },
    });
    expect(json).toMatchObject({ componentCount: 2, contentType: 'text/x', crc32c: 'yZRlqg==', size: '11' });
    expect(json).not.toHaveProperty('md5Hash');
    expect((await call('GET', '/storage/v1/b/models/o/joined?alt=media')).text).toBe('hello world');
  });

  test.each([
    [{}, 400],
    [{ sourceObjects: [] }, 400],
    [{ sourceObjects: Array.from({ length: 33 }, () => ({ name: 'part/a' })) }, 400],
    [{ sourceObjects: [{ name: 'part/none' }] }, 404],
    [{ sourceObjects: [{ name: 'part/a', objectPreconditions: { ifGenerationMatch: '5' } }] }, 412],
  ])('composing %j is refused', async (body, expected) => {
    put('part/a', 'hello ');
    expect((await call('POST', '/storage/v1/b/models/o/refused/compose', body)).status).toBe(expected);
    expect((await call('GET', '/storage/v1/b/models/o/refused')).status).toBe(404);
  });
});

describe('buckets', () => {
  test('are made once, listed by project, changed and deleted', async () => {
    const made = await call('POST', '/storage/v1/b?project=p2', {
      name: 'made',
      location: 'europe-west1',
      odd: 1,
    });
    expect(made.json).toMatchObject({ name: 'made', location: 'EUROPE-WEST1', locationType: 'region' });
    expect(made.json).not.toHaveProperty('odd');
    const again = await call('POST', '/storage/v1/b?project=p2', { name: 'made' });
    expect([again.status, again.json.error.errors[0].reason]).toEqual([409, 'conflict']);
    expect((await call('GET', '/storage/v1/b?project=p2')).json.items).toHaveLength(1);
    expect((await call('GET', '/storage/v1/b?project=p3')).json.items).toEqual([]);
    await call('PATCH', '/storage/v1/b/made', { labels: { a: '1', b: '2' }, versioning: { enabled: true } });
    const patched = await call('PATCH', '/storage/v1/b/made', { labels: { a: null } });
    expect(patched.json).toMatchObject({
      labels: { b: '2' },
      versioning: { enabled: true },
      metageneration: '3',
    });
    expect((await call('GET', '/storage/v1/b/made/storageLayout')).json).toMatchObject({ bucket: 'made' });
    expect((await call('DELETE', '/storage/v1/b/made')).status).toBe(204);
    expect((await call('GET', '/storage/v1/b/made')).json.error.message).toBe(
      'The specified bucket does not exist.',
    );
  });

  test('need a project, a name, and settings of the right types', async () => {
    expect((await call('POST', '/storage/v1/b', { name: 'made' })).json.error.message).toBe(
      'Required parameter: project',
    );
    expect((await call('POST', '/storage/v1/b?project=p', {})).status).toBe(400);
    expect((await call('POST', '/storage/v1/b?project=p', { name: 'a_wrong/name' })).status).toBe(400);
    expect((await call('POST', '/storage/v1/b?project=p', { name: 'made', versioning: true })).status).toBe(
      400,
    );
    expect((await call('GET', '/storage/v1/b/made')).status).toBe(404);
  });
});

test('notification configurations are kept by the bucket', async () => {
  const path = '/storage/v1/b/models/notificationConfigs';
  const config = {
    topic: '//pubsub.googleapis.com/projects/p1/topics/slipway-artifacts',
    payload_format: 'JSON_API_V1',
    event_types: ['OBJECT_FINALIZE'],
    object_name_prefix: 'churn/',
    custom_attributes: { a: 'b' },
  };
  const made = await call('POST', path, config);
  expect(made.json).toMatchObject({ kind: 'storage#notification', id: '1', ...config });
  expect(served.store.notifications('models')).toEqual([{ id: '1', ...config }]);
  expect((await call('GET', path)).json.items).toEqual([made.json]);
  expect((await call('GET', `${path}/1`)).json).toEqual(made.json);
  for (const wrong of [
    { topic: 'slipway-artifacts' },
    { payload_format: 'XML' },
    { event_types: ['OBJECT_READ'] },
  ]) {
    expect((await call('POST', path, { ...config, ...wrong })).status).toBe(400);
  }
  expect((await call('DELETE', `${path}/1`)).status).toBe(204);
  expect((await call('DELETE', `${path}/1`)).status).toBe(404);
  expect((await call('POST', path, config)).json.id).toBe('2');
});
