/** The features gate: what is found in the store for the golden rows' keys, beside what training saw. */
import { describe, expect, it } from 'vitest';
import { readFeatures, type Features } from '../../../../common/artifact/features.ts';
import type { FeatureReport } from '../../../../common/artifact/feature-report.ts';
import { jensenShannon, skewOf } from '../../../../functions/release/gates/feature-skew.ts';
import { judgeFeatures } from '../../../../functions/release/gates/features.ts';

const HOUR = 3_600_000;
const POLICY = { missing: 0.05, stale: 0.05, skew: 0.3, maxRows: 200 };
const NUMBERS = { rows: 1000, mean: 5, edges: [2, 4, 6, 8], shares: [0.2, 0.2, 0.2, 0.2, 0.2] };
const COUNTRIES = { rows: 1000, nullShare: 0.1, categories: { JP: 0.6, US: 0.3 } };

function mapping(): Features {
  const columns = [
    { from: 'customer.orders', type: 'number', default: 0, maxAge: '2h', training: NUMBERS },
    { from: 'request.amount', type: 'number' },
  ];
  const country = {
    name: 'country',
    from: 'customer.country',
    type: 'string',
    default: 'JP',
    training: COUNTRIES,
  };
  const read = readFeatures(JSON.stringify({ schema: 1, inputs: [{ name: 'x', columns }, country] }));
  if (read.features === null) throw new Error(read.problems.join('; '));
  return read.features;
}

type Cell = readonly [value: number | string | null, ageMs: number | null, from: string];

/** So many rows, each with what these give for it. */
function report(count: number, orders: (i: number) => Cell, country: (i: number) => Cell): FeatureReport {
  const rows = Array.from({ length: count }, (_, i) => {
    const cells = [orders(i), country(i)];
    return {
      values: cells.map(([value]) => value),
      agesMs: cells.map(([, age]) => age),
      from: cells.map(([, , from]) => from).join(''),
    };
  });
  return { features: ['customer.orders', 'customer.country'], rows };
}

const asTrained = (i: number): Cell => [(i % 5) * 2 + 1, HOUR, 's'];
const countries = (i: number): Cell => [i % 10 < 6 ? 'JP' : i % 10 < 9 ? 'US' : 'DE', null, 's'];
const judge = (...given: Parameters<typeof report>) => judgeFeatures(report(...given), mapping(), POLICY);

describe('features that are as in training', () => {
  it('pass, with what was found', () => {
    expect(judge(100, asTrained, countries)).toEqual({
      verdict: 'pass',
      reason:
        '100 keys, 2 features: at least 100 % found, p95 of age 1 h at most, customer.orders differs most from training, by Jensen–Shannon 0',
    });
  });

  it('pass with as many missing as in training, and some more', () => {
    expect(judge(100, asTrained, (i) => (i < 15 ? ['JP', null, 'd'] : countries(i))).verdict).toBe('pass');
  });

  it('are not compared by a few values', () => {
    expect(judge(20, () => [100, HOUR, 's'], countries)).toEqual({
      verdict: 'pass',
      reason: '20 keys, 2 features: at least 100 % found, p95 of age 1 h at most, not compared with training',
    });
  });
});

describe('features that are not', () => {
  it.each<[string, (i: number) => Cell, (i: number) => Cell, string]>([
    [
      'missing',
      (i) => (i < 40 ? [0, null, 'd'] : asTrained(i)),
      countries,
      '100 keys: customer.orders is missing for 40 % (0 % in training, at most 5 % more)',
    ],
    [
      'refused',
      asTrained,
      (i) => (i < 16 ? [null, null, 'n'] : countries(i)),
      '100 keys: customer.country is missing for 16 % (10 % in training, at most 5 % more)',
    ],
    [
      'too old',
      (i) => (i < 50 ? [(i % 5) * 2 + 1, 72 * HOUR, 'o'] : asTrained(i)),
      countries,
      '100 keys: customer.orders is older than its maxAge for 50 % (at most 5 %; p95 3 d)',
    ],
    [
      'too old, and refused for that',
      (i) => (i < 50 ? [null, 72 * HOUR, 'n'] : asTrained(i)),
      countries,
      '100 keys: customer.orders is older than its maxAge for 50 % (at most 5 %; p95 3 d)',
    ],
    [
      'of unknown age, where it has a limit',
      (i) => (i < 50 ? [(i % 5) * 2 + 1, null, 'o'] : asTrained(i)),
      countries,
      '100 keys: customer.orders is older than its maxAge for 50 % (at most 5 %; p95 1 h)',
    ],
    [
      'others than in training',
      (i) => [100 + i, HOUR, 's'],
      countries,
      '100 keys: customer.orders differs from training by Jensen–Shannon 0.61 (at most 0.3; mean 150 instead of 5)',
    ],
    [
      'texts that training did not see',
      asTrained,
      (i) => [i < 50 ? 'JPN' : 'JP', null, 's'],
      '100 keys: customer.country differs from training by L∞ 0.4 (at most 0.3; other values 50 % instead of 10 %)',
    ],
  ])('fail: %s', (_, orders, country, reason) => {
    expect(judge(100, orders, country)).toEqual({ verdict: 'fail', reason });
  });

  it('are named in one sentence each, and a report of nothing known passes', () => {
    const both = judge(
      100,
      () => [null, null, 'n'],
      () => [null, null, 'n'],
    );
    expect(both.reason).toContain('customer.orders is missing for 100 %');
    expect(both.reason).toContain('; customer.country is missing for 100 %');
    expect(judgeFeatures({ features: ['a.b'], rows: [] }, mapping(), POLICY).verdict).toBe('pass');
  });
});

describe('the distances', () => {
  it.each([
    [[0.5, 0.5], [0.5, 0.5], 0],
    [[1, 0], [0, 1], 1],
    [[1, 0], [0.5, 0.5], 0.3113],
  ])('Jensen–Shannon of %j and %j is %d', (a, b, distance) => {
    expect(jensenShannon(a, b)).toBeCloseTo(distance, 4);
    expect(jensenShannon(b, a)).toBeCloseTo(distance, 4);
  });

  it('many bins are joined where values are few, which chance alone would set apart', () => {
    const edges = Array.from({ length: 99 }, (_, i) => i + 1);
    const shares = Array.from({ length: 100 }, () => 0.01);
    const training = { rows: 1000, nullShare: 0, mean: null, std: null, distribution: { edges, shares } };
    const values = Array.from({ length: 30 }, (_, i) => i * 3.3 + 0.5);
    expect(skewOf(values, training).distance).toBeLessThan(0.02);
    expect(skewOf(values.map(Math.sqrt), training).distance).toBeGreaterThan(0.5);
  });

  it('a constant that is another one is another distribution, above and below', () => {
    const distribution = { edges: [4.999995, 5.000005], shares: [0, 1, 0] };
    const training = { rows: 1000, nullShare: 0, mean: 5, std: 0, distribution };
    const of = (value: number) => skewOf(Array<number>(30).fill(value), training).distance;
    expect([of(5), of(4), of(6)]).toEqual([0, 1, 1]);
  });

  it('a text is compared as far as a report has it', () => {
    const long = 'x'.repeat(150);
    const distribution = { categories: new Map([[long, 1]]) };
    const training = { rows: 10, nullShare: 0, mean: null, std: null, distribution };
    expect(skewOf([long.slice(0, 100)], training).distance).toBe(0);
  });

  it('a boolean counts by its name', () => {
    const training = {
      rows: 10,
      nullShare: 0,
      mean: null,
      std: null,
      distribution: { categories: new Map([['true', 1]]) },
    };
    expect(skewOf([true, false], training)).toEqual({
      measure: 'L∞',
      distance: 0.5,
      detail: '"true" 50 % instead of 100 %',
    });
  });
});
