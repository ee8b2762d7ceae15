/** All that the ledger knows of one release. Pure. */
import { artifactName, progressOf, type Progress } from '../../cli/ledger-view/progress.ts';
import { verdictViews, type VerdictView } from '../../cli/ledger-view/verdicts.ts';
import { iso } from '../../cli/terminal/words.ts';
import { Problem } from '../../functions/errors.ts';
import type { Evidence } from '../../functions/release/ledger/shown.ts';
import { policyOf, type Policy } from './detail.ts';
import type { Known, Reader } from './reader.ts';
import { doingOf } from './row.ts';
import { pastTimeline, timelineOf, type TimelineStage } from './timeline.ts';

export interface ReleaseDetail {
  readonly progress: Progress;
  readonly doing: string | null;
  readonly timeline: readonly TimelineStage[] | null;
  readonly verdicts: readonly VerdictView[];
  readonly evidence: Evidence | null;
  readonly policy: Policy;
  readonly isLive: boolean;
  /** The release that was live before or after it, by the history. */
  readonly times: readonly { readonly what: string; readonly at: string }[];
  readonly endedBy: string | null;
  readonly name: string | null;
  readonly at: string;
}

/** Null: the ledger has nothing of that name. */
export function releaseOf(reader: Reader, known: Known, id: string, now: number): ReleaseDetail | null {
  const { service, ledger, seen } = known;
  if (ledger === null || ledger instanceof Problem) return null;
  const isCurrent = ledger.release?.request.id === id;
  const progress = progressOf(service, ledger, id, isCurrent ? (seen?.operation ?? null) : null, now);
  if (progress.state === 'unseen') return null;
  const outcome = ledger.outcomes.find(({ release }) => release === id);
  const current = isCurrent ? ledger.release : null;
  const verdicts = verdictViews(current?.verdicts ?? outcome?.verdicts);
  const ended = outcome === undefined ? null : pastTimeline(outcome);
  return {
    progress,
    doing: progress.state === 'running' ? doingOf(progress) : null,
    timeline: current === null ? ended : timelineOf(service, ledger, current, progress, now),
    verdicts,
    evidence: (current ?? outcome)?.evidence ?? null,
    policy: policyOf(service),
    isLive: ledger.live?.request.id === id,
    times: timesOf(known, id),
    endedBy: outcome?.endedBy ?? null,
    name: progress.name ?? (outcome === undefined ? null : artifactName(service, outcome.artifact)),
    at: iso(now),
  };
}

function timesOf({ ledger }: Known, id: string): ReleaseDetail['times'] {
  if (ledger === null || ledger instanceof Problem) return [];
  const { release, live, queue, outcomes } = ledger;
  const outcome = outcomes.find((one) => one.release === id);
  const current = release?.request.id === id ? release : null;
  const request = [release?.request, live?.request, ...queue].find((one) => one?.id === id);
  const moments: [string, number | undefined][] = [
    ['wanted', request?.order.at],
    ['accepted', request?.acceptedAt ?? outcome?.acceptedAt],
    ['started', current?.startedAt ?? outcome?.startedAt],
    ...(current?.reached ?? outcome?.reached ?? []),
    ['end decided', current?.goingBackAt ?? outcome?.gaveUpAt],
    ['ended', outcome?.endedAt],
  ];
  return moments.flatMap(([what, at]) => (at === undefined ? [] : [{ what, at: iso(at) }]));
}
