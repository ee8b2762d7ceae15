/** What the pages write as the command line does. */
import { expect, it } from 'vitest';
import { dollars } from '../../cli/cost/prices.ts';

const pages: { dollars(amount: number): string } = await import(
  new URL('../../console/ui/format.js', import.meta.url).href
);

it.each([0, 0.0041, 0.0578, 0.1156, 0.9, 12.345, 99.999, 100, 1234.5])(
  '%d dollars are the same',
  (amount) => {
    expect(pages.dollars(amount)).toBe(dollars(amount));
  },
);
