import { describe, expect, it } from 'vitest';

import { parseFilter } from '../../../emulator/pubsub/filter.ts';

const event = new Map([
  ['eventType', 'OBJECT_FINALIZE'],
  ['bucketId', 'models'],
  ['odd key', 'a "quoted" value'],
]);

describe('filter', () => {
  it.each([
    ['', true],
    ['attributes:eventType', true],
    ['attributes:missing', false],
    ['attributes.eventType = "OBJECT_FINALIZE"', true],
    ['attributes.eventType="OBJECT_DELETE"', false],
    ['attributes.eventType != "OBJECT_DELETE"', true],
    ['attributes.missing != "x"', true],
    ['hasPrefix(attributes.bucketId, "mod")', true],
    ['hasPrefix(attributes.bucketId, "odd")', false],
    ['hasPrefix(attributes.missing, "")', false],
    ['NOT attributes:missing', true],
    ['-attributes:eventType', false],
    ['attributes:eventType AND attributes.bucketId = "models"', true],
    ['attributes:eventType AND attributes:missing', false],
    ['attributes:missing OR attributes:bucketId', true],
    ['attributes:eventType AND (attributes:missing OR NOT attributes:missing)', true],
    ['attributes:eventType AND NOT (attributes:bucketId OR attributes:missing)', false],
    ['attributes:"odd key"', true],
    ['attributes."odd key" = "a \\"quoted\\" value"', true],
    ['attributes.bucketId = "\\x6dod\\u0065ls"', true],
  ])('%s → %s', (filter, expected) => {
    expect(parseFilter(filter)(event)).toBe(expected);
  });

  it.each([
    'attributes.eventType =',
    'attributes.eventType = OBJECT_FINALIZE',
    'eventType = "x"',
    'attributes:a AND attributes:b OR attributes:c',
    'attributes:a attributes:b',
    '(attributes:a',
    'hasPrefix(attributes.a)',
    'attributes.a > "b"',
    `attributes.a = "${'x'.repeat(256)}"`,
  ])('refuses %s', (filter) => {
    expect(() => parseFilter(filter)).toThrow(/Invalid filter/);
  });
});
