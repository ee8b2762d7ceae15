/** A service in a line of the table: what `slipway status` says of it, without what only its own page shows. Pure. */
import { costText } from '../../cli/commands/status/cost.ts';
import { isUnwell, type Deployed, type ServiceStatus } from '../../cli/commands/status/report.ts';
import type { Progress } from '../../cli/ledger-view/progress.ts';
import { stepText } from '../../cli/terminal/progress-text.ts';

/** What the table sorts and filters by: the first one that applies. */
export type RowState = 'attention' | 'progress' | 'held' | 'parked' | 'steady' | 'empty';

export interface ServiceRow {
  readonly service: string;
  readonly state: RowState;
  readonly live: { readonly name: string; readonly version: string | null; readonly since: string } | null;
  /** Null: the endpoint has not been read yet. */
  readonly traffic: readonly Share[] | null;
  readonly release: RowRelease | null;
  /** How the last release ended. */
  readonly last: RowOutcome | null;
  readonly gates: readonly { readonly gate: string; readonly verdict: string }[];
  readonly drift: number;
  readonly standbyUntil: string | null;
  readonly onHold: boolean;
  /** Nothing of the service is deployed, as it was asked for; or it is being woken. */
  readonly parked: { readonly since: string; readonly isWaking: boolean } | null;
  /** Since when nothing serves because a rollout recreates; null: it does not. */
  readonly outageSince: string | null;
  readonly waiting: number;
  /** A sentence on why the service wants attention. */
  readonly problem: string | null;
  /** Null: nothing was released yet. */
  readonly cost: RowCost | null;
  /** The live model has answered no request for so long; null: it is asked, or that is not known. */
  readonly idleHours: number | null;
  /** When the ledger was read; what has elapsed is counted from here. */
  readonly at: string;
}

export type Share = Pick<Deployed, 'percent' | 'role' | 'name'>;

export interface RowCost {
  /** In US dollars, of what is deployed; null: the table of prices does not tell. */
  readonly perHour: number | null;
  /** As `slipway status` says it. */
  readonly words: string;
}

export interface RowRelease {
  readonly release: string;
  readonly name: string | null;
  readonly state: 'waiting' | 'running';
  /** In words, such as `baking at 25 % (step 2 of 4)`, without what changes by the second. */
  readonly doing: string;
  readonly elapsedSeconds: number;
  readonly usualSeconds: number | null;
}

export interface RowOutcome {
  readonly release: string;
  readonly name: string | null;
  readonly result: string;
  readonly code: string | null;
}

/** `isSeen`: the endpoint has been read. */
export function rowOf(
  status: ServiceStatus,
  last: RowOutcome | null,
  isSeen: boolean,
  at: string,
): ServiceRow {
  const { live, standby, release, drift, waiting, hold, parked, outage, cost, idle } = status;
  const current = release !== null && isAhead(release) ? release : null;
  return {
    service: status.service,
    state: stateOf(status, current, last),
    live: live && { name: live.name, version: live.version, since: live.since },
    traffic: isSeen ? sharesOf(status.deployed) : null,
    release: current && {
      release: current.release,
      name: current.name,
      state: current.state,
      doing: doingOf(current),
      elapsedSeconds: current.elapsedSeconds,
      usualSeconds: current.usualSeconds,
    },
    last,
    gates: (release?.verdicts ?? []).map(({ gate, verdict }) => ({ gate, verdict })),
    drift: drift.length,
    standbyUntil: standby?.isDeployed === true ? standby.until : null,
    onHold: hold !== null,
    parked: parked && { since: parked.since, isWaking: parked.isWaking },
    outageSince: outage?.since ?? null,
    waiting: waiting.length,
    cost: cost && { perHour: cost.perHour, words: costText(cost, parked !== null) },
    idleHours: idle?.hours ?? null,
    problem: problemOf(status),
    at,
  };
}

/** In words without what changes by the second: a page counts itself. */
export function doingOf(release: Progress): string {
  const { state, rollout } = release;
  if (state === 'waiting') return 'waiting';
  const still = rollout === null ? null : { ...rollout, bakeLeftSeconds: null };
  return stepText({ ...release, operation: null, rollout: still });
}

function isAhead(release: Progress): release is Progress & { state: 'waiting' | 'running' } {
  return release.state === 'waiting' || release.state === 'running';
}

export function sharesOf(deployed: readonly Deployed[]): Share[] {
  return deployed
    .filter(({ percent }) => percent > 0)
    .map(({ percent, role, name }) => ({ percent, role, name }));
}

function stateOf(status: ServiceStatus, current: Progress | null, last: RowOutcome | null): RowState {
  if (isUnwell(status) || status.refused.length > 0) return 'attention';
  const waits = current === null || current.state === 'waiting';
  if (status.hold !== null && waits) return 'held';
  if (current !== null || status.parked?.isWaking === true) return 'progress';
  if (status.parked !== null) return 'parked';
  if (last !== null && (last.result === 'Failed' || last.result === 'RolledBack')) return 'attention';
  return status.live === null ? 'empty' : 'steady';
}

function problemOf({ problem, drift, refused, left }: ServiceStatus): string | null {
  const [refusal] = refused;
  return (
    problem ??
    drift[0]?.text ??
    (refusal === undefined ? null : `Google refuses ${refusal.call}: ${refusal.words}`) ??
    left[0]?.words ??
    null
  );
}
