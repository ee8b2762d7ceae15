/** The batches of a service: those that wait or run, then how the last ones ended, the last one first. */
import type { Service } from '../../../functions/config/config.ts';
import { BATCHES, type BatchLedger, type Run } from '../../../functions/batch/ledger.ts';
import { inputOf } from '../../../functions/batch/notes.ts';
import type { BatchOutcome } from '../../../functions/batch/outcome.ts';
import type { Session } from '../../session.ts';
import { causeLines } from '../../terminal/progress-text.ts';
import type { Theme } from '../../terminal/screen.ts';
import { duration, inSeconds, iso, moment, printable } from '../../terminal/words.ts';

/** An entry of `slipway batches --json`, documented in docs/cli.md. */
export interface BatchReport {
  readonly batch: string;
  readonly input: string;
  readonly askedBy: string;
  /** How it ended; until then `waiting`, `reading`, `running`, `delivering` or `ending`. */
  readonly state: string;
  readonly cause: BatchOutcome['cause'];
  /** What Google refuses at the moment; null: nothing. */
  readonly refusal: string | null;
  readonly release: string | null;
  readonly version: string | null;
  readonly job: string | null;
  readonly output: string | null;
  readonly rows: number | null;
  readonly succeeded: number | null;
  readonly failed: number | null;
  readonly replicaHours: number | null;
  readonly acceptedAt: string;
  readonly endedAt: string | null;
  readonly elapsedSeconds: number;
}

/** Null: nothing has been asked of it yet. Throws a Problem or a CallError. */
export async function batchLedgerOf({ world }: Session, service: Service): Promise<BatchLedger | null> {
  const read = () => world.ledgers.read(BATCHES.nameOf(service.name));
  // A read asks for the generation first and then for its text: a write in between makes it find nothing.
  const found = (await read()) ?? (await read());
  return found === null ? null : BATCHES.parse(found.text, service.name);
}

export function batchReports(ledger: BatchLedger | null, now: number): BatchReport[] {
  if (ledger === null) return [];
  return [...ledger.runs.map((run) => ofRun(run, now)), ...ledger.outcomes.map(ofOutcome)];
}

function ofRun(run: Run, now: number): BatchReport {
  return {
    batch: run.id,
    input: inputOf(run),
    askedBy: run.askedBy,
    state: stateOf(run),
    cause: run.verdict?.cause ?? null,
    refusal: run.refusal?.detail ?? null,
    release: run.release?.id ?? null,
    version: run.release?.version ?? null,
    job: run.job?.name ?? null,
    output: run.end?.output ?? null,
    rows: run.scan?.rows ?? null,
    succeeded: run.count?.succeeded ?? null,
    failed: run.count?.failed ?? null,
    replicaHours: run.end?.replicaHours ?? null,
    acceptedAt: iso(run.acceptedAt),
    endedAt: null,
    elapsedSeconds: inSeconds(now - run.acceptedAt),
  };
}

function stateOf({ verdict, end, job, release }: Run): string {
  if (verdict !== undefined) return 'ending';
  if (end !== undefined) return 'delivering';
  if (job !== undefined) return 'running';
  return release === undefined ? 'waiting' : 'reading';
}

function ofOutcome(outcome: BatchOutcome): BatchReport {
  const { announced: _, isStale: _stale, result, acceptedAt, endedAt, ...told } = outcome;
  return {
    ...told,
    state: result,
    refusal: null,
    acceptedAt: iso(acceptedAt),
    endedAt: iso(endedAt),
    elapsedSeconds: inSeconds(endedAt - acceptedAt),
  };
}

export function batchesText(service: Service, reports: readonly BatchReport[], theme: Theme): string[] {
  if (reports.length === 0) return [`${service.name}: no batch yet`];
  return reports.flatMap((report) => batchText(report, theme));
}

export function batchText(report: BatchReport, theme: Theme): string[] {
  const { batch, input, state, cause, output, refusal } = report;
  const { paint } = theme;
  const isGood = state === 'Succeeded';
  const colour = isGood ? 'green' : report.endedAt === null ? 'cyan' : 'red';
  const at = moment(Date.parse(report.acceptedAt));
  const counts = countsOf(report);
  const took = `${report.endedAt === null ? 'for' : 'after'} ${duration(1_000 * report.elapsedSeconds)}`;
  return [
    `${at}  ${batch}  ${paint(colour, state)} ${took}${counts}  ${printable(input)}`,
    ...(output === null ? [] : [`  ${printable(output)}`]),
    ...(refusal === null ? [] : [`  ${printable(refusal)}`]),
    ...causeLines(cause, 2, theme),
  ];
}

function countsOf({ rows, succeeded, failed, version, replicaHours }: BatchReport): string {
  const parts = [
    ...(version === null ? [] : [`version ${version}`]),
    ...(succeeded === null ? [] : [`${succeeded} of ${rows ?? '?'} rows`]),
    ...(failed === null || failed === 0 ? [] : [`${failed} failed`]),
    ...(replicaHours === null ? [] : [`${replicaHours.toFixed(2)} replica-hours`]),
  ];
  return parts.length === 0 ? '' : `, ${parts.join(', ')}`;
}
