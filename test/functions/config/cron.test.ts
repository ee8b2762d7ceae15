import { describe, expect, it } from 'vitest';
import { parseCron, previousRun } from '../../../functions/config/cron.ts';

function previous(text: string, at: string): string | null {
  const cron = parseCron(text);
  if (typeof cron === 'string') throw new Error(cron);
  const run = previousRun(cron, Date.parse(at));
  return run === null ? null : new Date(run).toISOString().slice(0, 16);
}

describe('the last time that an expression names', () => {
  // 2026-11-27 is a Friday.
  it.each([
    ['0 3 * * *', '2026-11-27T03:00:00Z', '2026-11-27T03:00'],
    ['0 3 * * *', '2026-11-27T02:59:59Z', '2026-11-26T03:00'],
    ['*/15 * * * *', '2026-11-27T10:44:00Z', '2026-11-27T10:30'],
    ['5 8-18/2 * * *', '2026-11-27T11:00:00Z', '2026-11-27T10:05'],
    ['0 0 1 * *', '2026-11-27T00:00:00Z', '2026-11-01T00:00'],
    ['0 0 * * 7', '2026-11-27T00:00:00Z', '2026-11-22T00:00'],
    ['0 0 13 * 5', '2026-11-26T00:00:00Z', '2026-11-20T00:00'],
    ['0 0 */2 * 1', '2026-11-27T00:00:00Z', '2026-11-27T00:00'],
    ['0 0 29 2 *', '2026-11-27T00:00:00Z', '2024-02-29T00:00'],
    ['0,30 12 * * 1-5', '2026-11-29T00:00:00Z', '2026-11-27T12:30'],
  ])('%s at %s is %s', (text, at, expected) => {
    expect(previous(text, at)).toBe(expected);
  });
});

describe('an expression that is none', () => {
  it.each([
    ['0 3 * *', 'expected five fields'],
    ['60 3 * * *', 'expected the minute as a number from 0 to 59'],
    ['0 3 * 0 *', 'expected the month as a number from 1 to 12'],
    ['0 5-3 * * *', 'expected the hour'],
    ['*/0 * * * *', 'expected the minute'],
    ['a * * * *', 'expected the minute'],
    ['0 0 31 4 *', 'expected a day that exists'],
  ])('%s: %s', (text, expected) => {
    expect(parseCron(text)).toContain(expected);
  });
});
