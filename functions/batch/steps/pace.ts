/**
 * When a running job is looked at, by its age in ms. A look that comes before the end tells nothing, and one that comes
 * after it makes people wait; how long a job takes is known from those before it. Setting up machines takes as long for
 * any number of rows, and answering them longer the more there are: a job of twice the rows takes as long at least, and
 * one of half the rows half as long. Pure.
 */
import type { BatchJob } from '../../batch-world.ts';
import type { BatchLedger, Run } from '../ledger.ts';

export type Took = NonNullable<BatchLedger['took']>[number];

/** Jobs that are remembered (ledger.ts). */
const TOOK_MAX = 5;
/** Jobs whose rows differ by a smaller factor take about as long. */
const SIMILAR = 1.5;

/** Looks while nothing is known of earlier jobs: what Vertex AI refuses, it refuses soon. */
const UNKNOWN_MS = [3_000, 18_000, 108_000];
/** The first look where it is known how long jobs take. */
const FIRST_MS = 60_000;
/** When it may end: this part of the least time it takes, and then growing by half of what it is late. */
const PART = 20;
const EXPECTED_PAUSE_MS_MIN = 1_000;
/** Sweeps are as far apart: before the job can have succeeded it may fail. */
const PAUSE_MS_MAX = 900_000;

/** The age of the first look at a job that was older than `age` before. The ages are the same for every tick. */
export function lookAfter(age: number, took: readonly Took[], rows: number): number {
  const least = leastOf(took, rows);
  if (least === null)
    return UNKNOWN_MS.find((at) => at > age) ?? stepAfter(age, UNKNOWN_MS.at(-1) ?? 0, PAUSE_MS_MAX);
  const first = Math.min(FIRST_MS, least);
  if (age < first) return first;
  if (age < least) return Math.min(least, stepAfter(age, first, PAUSE_MS_MAX));
  let at = least;
  while (at <= age) at += pauseAfter(at - least, least);
  return at;
}

function pauseAfter(late: number, least: number): number {
  return Math.min(PAUSE_MS_MAX, Math.ceil(Math.max(EXPECTED_PAUSE_MS_MIN, least / PART, late / 2)));
}

function stepAfter(age: number, from: number, pause: number): number {
  return from + (Math.floor((age - from) / pause) + 1) * pause;
}

/** The least time that it takes, in ms, if it is as those before it. Null: there are none. */
function leastOf(took: readonly Took[], rows: number): number | null {
  const known = took.map((job) => ({ ms: job.ms, ratio: Math.max(1, rows) / Math.max(1, job.rows) }));
  const [nearest] = known.toSorted((a, b) => distance(a.ratio) - distance(b.ratio));
  if (nearest === undefined) return null;
  const similar = known.filter(({ ratio }) => distance(ratio) <= Math.log(SIMILAR));
  const meant = similar.length > 0 ? similar : [nearest];
  return Math.ceil(Math.min(...meant.map(({ ms, ratio }) => ms * Math.min(1, ratio))));
}

function distance(ratio: number): number {
  return Math.abs(Math.log(ratio));
}

/** The ledger with what a job that has ended tells of the next ones. */
export function withJob(ledger: BatchLedger, { scan }: Run, job: BatchJob): BatchLedger {
  if (job.state !== 'SUCCEEDED' || job.endedAt === null) return ledger;
  const one = { rows: scan?.rows ?? 0, ms: Math.max(0, Math.round(job.endedAt - job.createdAt)) };
  return { ...ledger, took: [one, ...(ledger.took ?? [])].slice(0, TOOK_MAX) };
}
