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

const CONDITION_NOT_MET = 'At least one of the pre-conditions you specified did not hold.';

describe('paths', () => {
  test.each(['/storage/v1', '/download/storage/v1', ''])('objects are read below "%s"', async (prefix) => {
    put('paths/a', 'hello');
    const { status, json } = await call('GET', `${prefix}/b/models/o/paths%2Fa`);
    expect([status, json.name]).toEqual([200, 'paths/a']);
    expect((await call('GET', `${prefix}/b/models/o/paths%2Fa?alt=media`)).text).toBe('hello');
  });

  test.each(['/upload/storage/v1', '/resumable/upload/storage/v1', '/storage/v1/upload/storage/v1'])(
    'objects are written below %s',
    async (prefix) => {
      const answer = await call('POST', `${prefix}/b/models/o?uploadType=media&name=paths%2Fb`, { a: 1 });
      expect([answer.status, answer.json.size]).toEqual([200, '7']);
    },
  );

  test.each(['/storage/v1/b/models/o/a/b', '/storage/v1/b/models/nonsense', '/storage/v1/nonsense'])(
    '%s is not there',
    async (path) => {
      const { status, json } = await call('GET', path);
      expect([status, json.error.errors]).toEqual([
        404,
        [{ domain: 'global', message: 'Not Found', reason: 'notFound' }],
      ]);
    },
  );

  test.each([
    '../../etc/passwd',
    'a%2Fb',
    '__proto__',
    'constructor',
    'å/∑ 😀',
    'x/rewriteTo/b/y/o/z',
    'a?b#c',
    ' ',
  ])('the name %j is data', async (name) => {
    const query = `uploadType=media&name=${encodeURIComponent(name)}`;
    await call('POST', `/upload/storage/v1/b/models/o?${query}`, { for: name });
    const path = `/storage/v1/b/models/o/${encodeURIComponent(name)}`;
    const { json } = await call('GET', path);
    expect(json.name).toBe(name);
    expect((await call('GET', new URL(json.mediaLink).href.slice(served.url.length))).json).toEqual({
      for: name,
    });
    expect((await call('DELETE', path)).status).toBe(204);
    expect((await call('GET', path)).status).toBe(404);
  });

  test.each([
    ['longer than 1024 bytes', 'å'.repeat(513)],
    ['a dot', '.'],
    ['two dots', '..'],
    ['with a line break', 'a\nb'],
  ])('a name is refused when it is %s', async (_what, name) => {
    const query = `uploadType=media&name=${encodeURIComponent(name)}`;
    const { status, json } = await call('POST', `/upload/storage/v1/b/models/o?${query}`, {});
    expect([status, json.error.errors[0].reason]).toEqual([400, 'invalid']);
  });
});

describe('preconditions', () => {
  test('a write that expects another generation is refused in Google’s words', async () => {
    const { generation } = put('pre/a', '1');
    const upload = '/upload/storage/v1/b/models/o?uploadType=media&name=pre%2Fa';
    const refusal = {
      error: {
        code: 412,
        message: CONDITION_NOT_MET,
        errors: [
          {
            message: CONDITION_NOT_MET,
            domain: 'global',
            reason: 'conditionNotMet',
            locationType: 'header',
            location: 'If-Match',
          },
        ],
      },
    };
    for (const condition of [
      'ifGenerationMatch=0',
      'ifGenerationMatch=5',
      `ifGenerationNotMatch=${generation}`,
      'ifMetagenerationMatch=2',
      'ifMetagenerationNotMatch=1',
    ]) {
      const answer = await call('POST', `${upload}&${condition}`, {});
      expect([condition, answer.status, answer.json]).toEqual([condition, 412, refusal]);
    }
    expect(served.store.getObject('models', 'pre/a').generation).toBe(generation);
    const won = await call('POST', `${upload}&ifGenerationMatch=${generation}&ifMetagenerationMatch=1`, {});
    expect(won.status).toBe(200);
  });

  test('a read that would bring nothing new is a 304 without a body', async () => {
    const { generation } = put('pre/b', '1');
    const path = '/storage/v1/b/models/o/pre%2Fb';
    const same = await call('GET', `${path}?ifGenerationNotMatch=${generation}`);
    expect([same.status, same.text]).toEqual([304, '']);
    expect((await call('GET', `${path}?alt=media&ifMetagenerationNotMatch=1`)).status).toBe(304);
    expect((await call('GET', `${path}?ifGenerationMatch=5`)).status).toBe(412);
    expect((await call('GET', `${path}?ifGenerationNotMatch=5`)).status).toBe(200);
  });

  test('hold for patches and deletions', async () => {
    put('pre/c', '1');
    const path = '/storage/v1/b/models/o/pre%2Fc';
    expect((await call('PATCH', `${path}?ifMetagenerationMatch=2`, { contentType: 'a/b' })).status).toBe(412);
    expect((await call('DELETE', `${path}?ifGenerationMatch=5`)).status).toBe(412);
    expect(served.store.getObject('models', 'pre/c').metageneration).toBe(1);
  });

  test('only one of two writers that saw the same generation wins', async () => {
    const { generation } = put('pre/d', '0');
    const path = `/upload/storage/v1/b/models/o?uploadType=media&name=pre%2Fd&ifGenerationMatch=${generation}`;
    const answers = await Promise.all(['1', '2', '3'].map((content) => call('POST', path, content)));
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(2);
  });

  test('that are no numbers are refused', async () => {
    put('pre/e', '1');
    const { status, json } = await call('GET', '/storage/v1/b/models/o/pre%2Fe?ifGenerationMatch=abc');
    expect([status, json.error.errors[0]]).toEqual([
      400,
      {
        message: "Invalid long value: 'abc'.",
        domain: 'global',
        reason: 'invalidParameter',
        locationType: 'parameter',
        location: 'ifGenerationMatch',
      },
    ]);
  });
});

describe('attributes', () => {
  test('a patch merges, an update replaces', async () => {
    const path = '/storage/v1/b/models/o/attributes';
    put('attributes', '1');
    await call('PATCH', path, { cacheControl: 'no-store', metadata: { a: '1', b: '2' } });
    const patched = await call('PATCH', path, {
      cacheControl: null,
      metadata: { a: null, c: '3' },
      size: '99',
    });
    expect(patched.json).toMatchObject({
      contentType: 'text/plain',
      metadata: { b: '2', c: '3' },
      metageneration: '3',
      size: '1',
    });
    expect(patched.json).not.toHaveProperty('cacheControl');
    expect((await call('PATCH', path, { metadata: null })).json).not.toHaveProperty('metadata');
    const updated = await call('PUT', path, { metadata: { only: 'this' } });
    expect(updated.json).toMatchObject({ metadata: { only: 'this' }, metageneration: '5' });
    expect(updated.json).not.toHaveProperty('contentType');
  });

  test.each([
    [{ contentType: 7 }, 'Invalid value for: contentType'],
    [{ metadata: { a: 1 } }, 'Invalid value for: metadata'],
    [['not an object'], 'Parse Error'],
  ])('%j is refused', async (body, message) => {
    put('attributes', '1');
    const { status, json } = await call('PATCH', '/storage/v1/b/models/o/attributes', body);
    expect([status, json.error.message]).toEqual([400, expect.stringContaining(message)]);
    expect(served.store.getObject('models', 'attributes').metageneration).toBe(1);
  });
});

test('only the fields that were asked for are told, and a selector that cannot be read changes nothing', async () => {
  put('fields', '1');
  const path = '/storage/v1/b/models/o/fields?fields=';
  expect((await call('GET', `${path}name,size`)).json).toEqual({ name: 'fields', size: '1' });
  expect((await call('GET', '/storage/v1/b/models/o/absent?fields=name')).json.error.code).toBe(404);
  expect((await call('PATCH', `${path}name(`, { contentType: 'a/b' })).status).toBe(400);
  expect(served.store.getObject('models', 'fields').metageneration).toBe(1);
});
