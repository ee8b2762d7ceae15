/** When a running job is looked at: soon where nothing is known of it, and else when it may have ended. */
import { describe, expect, it } from 'vitest';
import { lookAfter, type Took } from '../../../../functions/batch/steps/pace.ts';

const MINUTE = 60_000;

/** The ages of all looks until one, in minutes. */
function looks(until: number, took: readonly Took[], rows = 1_000): number[] {
  const ages: number[] = [];
  for (let age = lookAfter(-1, took, rows); age <= until * MINUTE; age = lookAfter(age, took, rows))
    ages.push(Math.round((age / MINUTE) * 100) / 100);
  return ages;
}

function took(...minutes: number[]): Took[] {
  return minutes.map((m) => ({ rows: 1_000, ms: m * MINUTE }));
}

describe('looks at a running job', () => {
  it.each<[string, readonly Took[], number, number[]]>([
    ['of the first one: soon, then once between two sweeps', [], 1_000, [0.05, 0.3, 1.8, 16.8, 31.8]],
    ['now and then, and from the time that the last one took', took(30), 1_000, [1, 16, 30, 31.5, 33]],
    ['from the least time of several', took(33, 31, 30), 1_000, [1, 16, 30, 31.5, 33]],
    ['of one that takes seconds, when it may have ended', took(0.1), 1_000, [0.1, 0.12, 0.13, 0.15, 0.18]],
    ['of twice the rows, not earlier', took(30), 2_000, [1, 16, 30, 31.5, 33]],
    ['of half the rows, when half the time is over', took(30), 500, [1, 15, 15.75, 16.5, 17.25]],
    ['of a table, whose rows nobody knows', [{ rows: 0, ms: 30 * MINUTE }], 0, [1, 16, 30, 31.5, 33]],
  ])('are made %s', (_, before, rows, expected) => {
    expect(looks(60, before, rows).slice(0, 5)).toEqual(expected);
  });

  it('go by the jobs of about as many rows', () => {
    const before = [{ rows: 1_000_000, ms: 90 * MINUTE }, ...took(30)];
    expect(looks(35, before, 1_100)).toEqual([1, 16, 30, 31.5, 33, 34.5]);
    expect(looks(95, before, 900_000)).toEqual([1, 16, 31, 46, 61, 76, 81, 85.05, 89.1, 93.15]);
  });

  it('grow rarer with a job that takes longer than any before, and never stop', () => {
    const ages = looks(24 * 60, took(30));
    expect(ages.filter((age) => age > 30 && age <= 60)).toHaveLength(7);
    const pauses = ages.slice(1).map((age, i) => age - (ages[i] ?? 0));
    expect(Math.max(...pauses.slice(2))).toBeCloseTo(15);
    expect(pauses.at(-1)).toBeCloseTo(15);
  });

  it('are the same for every tick, however old the job is when it begins', () => {
    for (const before of [[], took(30)])
      for (const age of looks(600, before).slice(1, -1))
        expect(looks(900, before)).toContain(
          Math.round((lookAfter(age * MINUTE - 1, before, 1_000) / MINUTE) * 100) / 100,
        );
  });
});
