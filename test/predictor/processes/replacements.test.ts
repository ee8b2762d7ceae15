import { expect, test } from 'vitest';
import { Replacements } from '../../../predictor/processes/replacements.ts';

test('five in ten minutes are allowed, and no sixth before the first is that long ago', () => {
  const replacements = new Replacements();
  const allowed = [0, 1000, 2000, 3000, 4000].map((now) => replacements.allow(now));
  expect(allowed).toEqual([true, true, true, true, true]);
  expect(replacements.allow(5000)).toBe(false);
  expect(replacements.allow(599_999)).toBe(false);
  expect(replacements.allow(600_000)).toBe(true);
  expect(replacements.allow(600_001)).toBe(false);
  expect(replacements.count).toBe(6);
});
