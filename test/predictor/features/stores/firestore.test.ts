import { expect, test } from 'vitest';
import { documentIdOf } from '../../../../predictor/features/stores/firestore.ts';

test.each([
  [['c-1'], 'c-1'],
  [[7, true], '7,true'],
  [['日'], '%E6%97%A5'],
  [['x'.repeat(400), 'y'.repeat(400)], `${'x'.repeat(400)},${'y'.repeat(400)}`],
])('%j is the document %s', (key, id) => {
  expect(documentIdOf(key)).toBe(id);
});

// The emulator takes longer IDs; Firestore would refuse the whole multi-get.
test.each([
  [['']],
  [['\ud800']],
  [['/'.repeat(400), '/'.repeat(400)]],
  [['日'.repeat(167)]],
  [Array.from({ length: 8 }, () => 'x'.repeat(400))],
])('%j is no document: the ID would be none, or of more than 1,500 bytes', (key) => {
  expect(documentIdOf(key)).toBeNull();
});
