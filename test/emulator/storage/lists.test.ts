/** Storage classes, and lists as clients page through them. */

import { afterAll, beforeAll, describe, expect, test } from 'vitest';

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

function inOrder(names: readonly unknown[]): string[] {
  return names.map(String).toSorted((a, b) => a.localeCompare(b));
}

describe('storage classes', () => {
  test('an object has that of its bucket; a rewrite to another one makes a generation and is told', async () => {
    served.store.createBucket('cold', { storageClass: 'COLDLINE' });
    const before = served.store.putObject('cold', 'a', Buffer.from('x'), {
      attributes: { contentType: 'text/plain' },
    });
    const told: string[] = [];
    const end = served.store.onChange(({ kind, generation }) => told.push(`${kind} ${generation}`));
    const { json: answer } = await call('POST', '/storage/v1/b/cold/o/a/rewriteTo/b/cold/o/a', {
      headers: json,
      body: '{"contentType":"text/plain","storageClass":"NEARLINE"}',
    });
    end();
    expect((await call('GET', `/storage/v1/b/cold/o/a`)).json).toMatchObject({
      storageClass: 'NEARLINE',
      contentType: 'text/plain',
      generation: answer.resource.generation,
    });
    expect(before.attributes.storageClass).toBe('COLDLINE');
    expect(told).toEqual([`finalize ${answer.resource.generation}`, `delete ${before.generation}`]);
  });
});

describe('lists', () => {
  beforeAll(() => {
    served.store.createBucket('listed');
    for (const name of ['a/', 'a/1', 'a/2/3', 'b', 'c/4'])
      served.store.putObject('listed', name, Buffer.from('x'));
  });
  const list = async (query: string) => {
    const { json: page } = await call('GET', `/storage/v1/b/listed/o?${query}`);
    return [page.items?.map((item: { name: string }) => item.name) ?? [], page.prefixes ?? []];
  };

  test.each([
    ['matchGlob=a/*', [['a/', 'a/1'], []]],
    ['matchGlob=**/[1-3]', [['a/1', 'a/2/3'], []]],
    ['matchGlob=*&delimiter=/', [['b'], []]],
    ['matchGlob={*,*/}&delimiter=/', [['b'], ['a/', 'c/']]],
    ['prefix=a/&delimiter=/&matchGlob=a/?', [['a/1'], []]],
    ['delimiter=/', [['b'], ['a/', 'c/']]],
    [
      'delimiter=/&includeTrailingDelimiter=true',
      [
        ['a/', 'b'],
        ['a/', 'c/'],
      ],
    ],
    ['startOffset=a/1&endOffset=b', [['a/1', 'a/2/3'], []]],
    ['softDeleted=true', [[], []]],
    ['fields=items(name),prefixes&delimiter=/', [['b'], ['a/', 'c/']]],
  ])('%s', async (query, expected) => {
    expect(await list(query)).toEqual(expected);
  });

  test.each(['matchGlob=a[', 'matchGlob=*&delimiter=.', 'filter=contexts.x:*'])(
    '%s is refused',
    async (query) => {
      expect((await call('GET', `/storage/v1/b/listed/o?${query}`)).status).toBe(400);
    },
  );

  test('pages of one entry add up, with a glob and with trailing delimiters', async () => {
    for (const query of ['matchGlob=**/[1-4]', 'delimiter=/&includeTrailingDelimiter=true']) {
      const seen: unknown[] = [];
      let token = '';
      do {
        const { json: page } = await call(
          'GET',
          `/storage/v1/b/listed/o?${query}&maxResults=1&pageToken=${token}`,
        );
        seen.push(...(page.prefixes ?? []), ...(page.items ?? []).map((item: { name: string }) => item.name));
        token = page.nextPageToken ?? '';
      } while (token !== '');
      const [items = [], prefixes = []] = await list(query);
      expect(inOrder(seen)).toEqual(inOrder([...items, ...prefixes]));
    }
  });
});
