import { expect, it } from 'vitest';
import { isSafe, safeText } from '../../common/safe-text.ts';

it.each([
  ['a line break', 'a\nb', 'a?b'],
  ['a bell', 'a\u0007b', 'a?b'],
  ['a control of C1', 'a\u009bb', 'a?b'],
  ['a separator of lines', 'a\u2028b', 'a?b'],
  ['text that is turned', 'a\u202eb', 'a?b'],
])('%s is replaced', (_, text, safe) => {
  expect(isSafe(text)).toBe(false);
  expect(safeText(text, '?')).toBe(safe);
});

it('what is kept stays, and so do words of any language', () => {
  expect(safeText('a\tb\nc', ' ', '\t\n')).toBe('a\tb\nc');
  expect(isSafe('é 漢字 🙂 a\u00a0b')).toBe(true);
});
