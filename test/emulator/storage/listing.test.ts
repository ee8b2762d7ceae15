import { beforeEach, describe, expect, test } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { ListQuery } from '../../../emulator/storage/listing.ts';
import { Store } from '../../../emulator/storage/store.ts';

const names = ['a', 'b/', 'b/1', 'b/2', 'b/c/3', 'd', '\uffee', '😀'];
let store: Store;

beforeEach(() => {
  store = new Store({ clock: new VirtualClock() });
  store.createBucket('models');
  for (const name of names.toReversed()) store.putObject('models', name, Buffer.from(name));
});

function list(query: ListQuery): { objects: string[]; prefixes: readonly string[] } {
  const { objects, prefixes } = store.listObjects('models', query);
  return { objects: objects.map(({ name }) => name), prefixes };
}

test('names come in the order of their bytes, not of JavaScript', () => {
  expect(list({}).objects).toEqual(names);
  expect(names.toSorted()).not.toEqual(names);
});

test.each<[ListQuery, string[], string[]]>([
  [{ prefix: 'b/' }, ['b/', 'b/1', 'b/2', 'b/c/3'], []],
  [{ delimiter: '/' }, ['a', 'd', '\uffee', '😀'], ['b/']],
  [{ prefix: 'b/', delimiter: '/' }, ['b/', 'b/1', 'b/2'], ['b/c/']],
  [{ prefix: 'b', delimiter: '/' }, [], ['b/']],
  [{ startOffset: 'b/2', endOffset: 'd' }, ['b/2', 'b/c/3'], []],
  [{ prefix: 'none' }, [], []],
  [{ matchGlob: '' }, names, []],
  [{ matchGlob: '*' }, ['a', 'd', '\uffee', '😀'], []],
  [{ matchGlob: '?' }, ['a', 'd', '\uffee', '😀'], []],
  [{ matchGlob: 'b/*' }, ['b/', 'b/1', 'b/2'], []],
  [{ matchGlob: 'b/**' }, ['b/', 'b/1', 'b/2', 'b/c/3'], []],
  [{ matchGlob: '**/3' }, ['b/c/3'], []],
  [{ matchGlob: '{a,b/[1-2]}' }, ['a', 'b/1', 'b/2'], []],
  [{ prefix: 'b/', matchGlob: '*/[!1]' }, ['b/2'], []],
])('%j', (query, objects, prefixes) => {
  expect(list(query)).toEqual({ objects, prefixes });
});

describe('pages', () => {
  test.each<ListQuery>([{}, { delimiter: '/' }, { prefix: 'b/', delimiter: '/' }, { versions: true }])(
    'of any size add up to the whole listing of %j',
    (query) => {
      store.updateBucket('models', () => ({ versioning: { enabled: true } }));
      for (const name of ['b/1', 'd']) store.putObject('models', name, Buffer.from('newer'));
      const whole = store.listObjects('models', query);
      for (const maxResults of [1, 2, 3, 1000]) {
        const objects: unknown[] = [];
        const prefixes: string[] = [];
        let pageToken: string | undefined;
        do {
          const page = store.listObjects('models', { ...query, maxResults, pageToken });
          expect(page.objects.length + page.prefixes.length).toBeLessThanOrEqual(maxResults);
          objects.push(...page.objects);
          prefixes.push(...page.prefixes);
          pageToken = page.nextPageToken;
        } while (pageToken !== undefined);
        expect({ objects, prefixes }).toEqual({ objects: whole.objects, prefixes: whole.prefixes });
      }
    },
  );

  test('are not upset by deletions and new objects between them', () => {
    const { nextPageToken } = store.listObjects('models', { maxResults: 2 });
    store.deleteObject('models', 'b/');
    store.putObject('models', 'a0', Buffer.from('behind'));
    expect(list({ pageToken: nextPageToken }).objects).toEqual(names.slice(2));
  });

  test.each(['nonsense', '', Buffer.from('{"a":1}').toString('base64url')])(
    'the token %j is refused',
    (pageToken) => {
      expect(() => store.listObjects('models', { pageToken })).toThrow('Invalid page token');
    },
  );
});
