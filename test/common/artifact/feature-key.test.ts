/** Keys as one text: no two of them are the same, and each may be a document's ID. */
import { expect, it } from 'vitest';
import { keyText } from '../../../common/artifact/feature-key.ts';

it.each([
  [['c-1'], 'c-1'],
  [[7], '7'],
  [[true], 'true'],
  [['a', 'b'], 'a,b'],
  [['a,b'], 'a%2Cb'],
  [['a/b'], 'a%2Fb'],
  [['.'], '%2E'],
  [['..'], '%2E%2E'],
  [['__x__'], '%5F_x__'],
  [['日'], '%E6%97%A5'],
])('%j is %s', (values, text) => {
  expect(keyText(values)).toBe(text);
});
