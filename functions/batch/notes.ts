/** What is noted of a batch, as changes of its ledger. Pure. */
import type { BatchJob } from '../batch-world.ts';
import type { Instant, StoredObject } from '../world.ts';
import { causeOf } from '../release/publish/outcome.ts';
import type { Note } from './decisions.ts';
import type { BatchLedger, Run } from './ledger.ts';
import type { BatchOutcome } from './outcome.ts';
import { withJob } from './steps/pace.ts';
import { tallyOf } from './tally.ts';

/** Outcomes remembered, those not yet published beyond them. */
const OUTCOMES_KEPT = 100;

export function noted(ledger: BatchLedger, id: string, change: Note, now: Instant): BatchLedger {
  const run = ledger.runs.find((r) => r.id === id);
  if (run === undefined) return ledger;
  if (change.note === 'jobEnded')
    return withRun(withJob(ledger, run, change.job), withNote(run, change, now));
  if (change.note !== 'ended') return withRun(ledger, withNote(run, change, now));
  const outcomes = [outcomeOf(run, now), ...ledger.outcomes];
  return {
    ...ledger,
    runs: ledger.runs.filter((r) => r.id !== id),
    outcomes: outcomes.filter((o, i) => i < OUTCOMES_KEPT || !o.announced),
  };
}

export function withRun(ledger: BatchLedger, run: Run): BatchLedger {
  return { ...ledger, runs: ledger.runs.map((r) => (r.id === run.id ? run : r)) };
}

function withNote(found: Run, change: Exclude<Note, { note: 'ended' }>, now: Instant): Run {
  // What succeeds is refused no longer.
  const { refusal: _, ...run } = found;
  return { ...run, ...factsOf(run, change, now) };
}

/** The facts that a note adds. */
function factsOf(run: Run, change: Exclude<Note, { note: 'ended' }>, now: Instant): Partial<Run> {
  if (change.note === 'copied')
    return { input: { ...run.input, generation: change.generation }, copy: toObject(change.object) };
  if (change.note === 'scanned')
    return { ...(change.release && { release: change.release }), scan: change.scan };
  if (change.note === 'staged') return { staged: toObject(change.object) };
  if (change.note === 'burnt') return run.job === undefined ? {} : { job: { ...run.job, input: '' } };
  if (change.note === 'found') {
    const { name, createdAt } = change.job;
    return { job: { intendedAt: run.job?.intendedAt ?? now, name, createdAt } };
  }
  if (change.note === 'jobEnded')
    return { job: { intendedAt: now, ...run.job, name: change.job.name }, end: endOf(change.job) };
  if (change.note === 'counted') return { count: change.count };
  if (change.note === 'merged') return { merge: change.merge };
  if (change.note === 'published') return { published: change.as };
  if (change.note === 'marked') return { isMarked: true };
  if (change.note === 'tidied') return { isTidy: true };
  // The first verdict counts.
  if (run.verdict !== undefined) return {};
  if (change.note === 'jobLost')
    return { verdict: verdictOf('Failed', 'BATCH_JOB_FAILED', 'the job was deleted on Vertex AI', now) };
  return { verdict: verdictOf(change.result, change.code, change.detail, now) };
}

function endOf({
  state,
  output,
  error,
  successful,
  failed,
  replicaHours,
}: BatchJob): NonNullable<Run['end']> {
  const told = error && { status: error.status, message: error.message.slice(0, 1_200) };
  return { state, output, error: told, successful, failed, replicaHours };
}

function verdictOf(
  result: BatchOutcome['result'],
  code: Extract<Note, { note: 'judged' }>['code'],
  detail: string,
  at: Instant,
): NonNullable<Run['verdict']> {
  return { result, cause: code === null ? null : causeOf(code, detail), at };
}

function toObject({ bucket, name, generation, size }: StoredObject) {
  return { bucket, name, generation, size };
}

export function inputOf({ input }: Run): string {
  return input.generation === null ? input.uri : `${input.uri}#${input.generation}`;
}

function outcomeOf(run: Run, now: Instant): BatchOutcome {
  const { rows, succeeded, failed, missing } = tallyOf(run);
  const { result, cause } = run.verdict ?? { result: 'Failed' as const, cause: null };
  return {
    batch: run.id,
    result,
    cause,
    input: inputOf(run),
    askedBy: run.askedBy,
    release: run.job === undefined ? null : (run.release?.id ?? null),
    version: run.job === undefined ? null : (run.release?.version ?? null),
    job: run.job?.name ?? null,
    output: run.end?.output ?? null,
    ...(run.published !== undefined && { published: run.published }),
    rows,
    succeeded,
    failed: failed === null ? null : failed + (missing ?? 0),
    replicaHours: run.end?.replicaHours ?? null,
    acceptedAt: run.acceptedAt,
    endedAt: now,
    announced: false,
  };
}
