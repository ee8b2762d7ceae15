import { expect, test } from 'vitest';

import { selectFields } from '../../../emulator/storage/fields.ts';

const page = {
  kind: 'storage#objects',
  nextPageToken: 't',
  items: [
    { name: 'a', size: '1', metadata: { owner: 'ada', team: 'x' } },
    { name: 'b', size: '2' },
  ],
};

test.each([
  ['kind', { kind: 'storage#objects' }],
  ['items/name,nextPageToken', { nextPageToken: 't', items: [{ name: 'a' }, { name: 'b' }] }],
  [
    'items/name,items/size',
    {
      items: [
        { name: 'a', size: '1' },
        { name: 'b', size: '2' },
      ],
    },
  ],
  ['items(name,metadata/owner)', { items: [{ name: 'a', metadata: { owner: 'ada' } }, { name: 'b' }] }],
  ['items,items/name', { items: page.items }],
  ['items/name,items', { items: page.items }],
  ['*', page],
  ['absent,__proto__/x', {}],
])('%s', (fields, expected) => {
  expect(selectFields(page, fields)).toEqual(expected);
});

test.each(['', 'items(', 'items)', 'a,,b', '/a', 'items(name', 'a/'])('%j is refused', (fields) => {
  expect(() => selectFields(page, fields)).toThrow('Invalid field selection');
});
