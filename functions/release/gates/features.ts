/**
 * The features gate: what the candidate's own server finds in the store for the keys of its golden rows is there, is not
 * too old, and is distributed as in training.
 */
import { sourceOf, type Column, type Features } from '../../../common/artifact/features.ts';
import type { FeatureReport } from '../../../common/artifact/feature-report.ts';
import type { Gates } from '../../config/rollout.ts';
import type { Judgement } from './judgement.ts';
import { rounded, skewOf, type Skew } from './feature-skew.ts';

type Policy = NonNullable<Gates['features']>;

/** Fewer values than these say little about a distribution: only what is missing or too old is judged. */
const LEAST_FOR_SKEW = 30;
const SHOWN = 3;

/** One stored feature of the model, and what was found of it. */
interface Finding {
  readonly source: string;
  readonly column: Column;
  /** Without missing ones. */
  readonly values: readonly (number | string | boolean)[];
  /** Of the rows, from 0 to 1. */
  readonly missing: number;
  readonly stale: number;
  /** 95th percentile in ms; null: no value has an age. */
  readonly ageMs: number | null;
  readonly skew: Skew | null;
}

export function judgeFeatures(report: FeatureReport, mapping: Features, policy: Policy): Judgement {
  const findings = findingsOf(report, mapping);
  const faults = findings.flatMap((finding) => faultsOf(finding, policy));
  const rows = report.rows.length;
  if (faults.length > 0) {
    const more = faults.length > SHOWN ? `; and ${faults.length - SHOWN} more` : '';
    return { verdict: 'fail', reason: `${rows} keys: ${faults.slice(0, SHOWN).join('; ')}${more}` };
  }
  return { verdict: 'pass', reason: `${rows} keys, ${findings.length} features: ${summary(findings)}` };
}

function findingsOf(report: FeatureReport, { inputs }: Features): Finding[] {
  const columns = new Map<string, Column>();
  for (const column of inputs.flatMap((input) => input.columns))
    if (column.view !== null) columns.set(sourceOf(column), column);
  return report.features.flatMap((source, i) => {
    const column = columns.get(source);
    return column === undefined ? [] : [findingOf(source, column, report, i)];
  });
}

function findingOf(source: string, column: Column, { rows }: FeatureReport, at: number): Finding {
  const from = (row: FeatureReport['rows'][number]) => row.from[at];
  const share = (origins: string) =>
    rows.filter((row) => origins.includes(from(row) ?? 'n')).length / Math.max(1, rows.length);
  // What stands for a missing value is no value of the store.
  const values = rows.flatMap((row) => ('so'.includes(from(row) ?? 'n') ? (row.values[at] ?? []) : []));
  const ages = rows.flatMap((row) => row.agesMs[at] ?? []).toSorted((a, b) => a - b);
  const isStale = (age: number) => column.maxAgeMs !== null && age > column.maxAgeMs;
  // A value of unknown age is too old as well, which its origin alone says.
  const isOld = (row: FeatureReport['rows'][number]) =>
    'oa'.includes(from(row) ?? 'n') || isStale(row.agesMs[at] ?? 0);
  const stale = rows.filter(isOld).length / Math.max(1, rows.length);
  const { training } = column;
  return {
    source,
    column,
    values,
    // A value that is refused since it is too old has an age, and is not missing.
    missing: Math.max(0, share('dn') - refusedAsStale(rows, at, isStale)),
    stale,
    ageMs: ages[Math.max(0, Math.ceil(ages.length * 0.95) - 1)] ?? null,
    skew: training !== null && values.length >= LEAST_FOR_SKEW ? skewOf(values, training) : null,
  };
}

function refusedAsStale(rows: FeatureReport['rows'], at: number, isStale: (age: number) => boolean): number {
  const refused = rows.filter((row) => row.from[at] === 'n' && isStale(row.agesMs[at] ?? 0));
  return refused.length / Math.max(1, rows.length);
}

function faultsOf({ source, column, missing, stale, ageMs, skew }: Finding, policy: Policy): string[] {
  const expected = column.training?.nullShare ?? 0;
  const faults: string[] = [];
  if (missing > expected + policy.missing)
    faults.push(
      `${source} is missing for ${percent(missing)} (${percent(expected)} in training, at most ${percent(policy.missing)} more)`,
    );
  if (stale > policy.stale)
    faults.push(
      `${source} is older than its maxAge for ${percent(stale)} (at most ${percent(policy.stale)}; p95 ${duration(ageMs)})`,
    );
  if (skew !== null && skew.distance > policy.skew)
    faults.push(
      `${source} differs from training by ${skew.measure} ${rounded(skew.distance)} (at most ${policy.skew}; ${skew.detail})`,
    );
  return faults;
}

function summary(findings: readonly Finding[]): string {
  const least = Math.min(1, ...findings.map(({ missing }) => 1 - missing));
  const oldest = findings.reduce<number | null>(
    (most, { ageMs }) => (ageMs === null ? most : Math.max(most ?? 0, ageMs)),
    null,
  );
  const skewed = findings
    .filter(({ skew }) => skew !== null)
    .toSorted((a, b) => (b.skew?.distance ?? 0) - (a.skew?.distance ?? 0));
  const [worst] = skewed;
  return [
    `at least ${percent(least)} found`,
    ...(oldest === null ? [] : [`p95 of age ${duration(oldest)} at most`]),
    worst?.skew
      ? `${worst.source} differs most from training, by ${worst.skew.measure} ${rounded(worst.skew.distance)}`
      : 'not compared with training',
  ].join(', ');
}

function percent(share: number): string {
  return `${rounded(share * 100)} %`;
}

function duration(ms: number | null): string {
  if (ms === null) return 'unknown';
  const [size, unit] = [
    [86_400_000, 'd'],
    [3_600_000, 'h'],
    [60_000, 'min'],
    [1000, 's'],
  ].find(([least]) => ms >= Number(least)) ?? [1, 'ms'];
  return `${rounded(ms / Number(size))} ${unit}`;
}
