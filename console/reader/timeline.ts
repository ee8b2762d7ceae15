/**
 * The stages of a release, each with how long it took or usually takes: from its request to Live. What was reached when
 * is in the ledger; what is ahead takes as long as the last time, or as the policy says. Pure.
 */
import { inSeconds } from '../../cli/terminal/words.ts';
import type { Progress, Step as ProgressStep } from '../../cli/ledger-view/progress.ts';
import type { Service } from '../../functions/config/config.ts';
import { durationsOf } from '../../functions/release/view/estimate.ts';
import type { Ledger, Release } from '../../functions/release/ledger/ledger.ts';
import type { Outcome } from '../../functions/release/publish/outcome.ts';

export interface TimelineStage {
  readonly title: string;
  readonly state: 'done' | 'current' | 'ahead' | 'ended';
  /** How long it took, or has taken so far; null: not known, or it has not begun. */
  readonly seconds: number | null;
  /** Null: nothing is usual. */
  readonly usualSeconds: number | null;
  /** Of the current stage, in a few words. */
  readonly note: string | null;
}

interface Planned {
  readonly title: string;
  /** As in `reached` of the ledger: the stage that ends this one. Null: only the end does. */
  readonly until: string | null;
  readonly usualSeconds: number | null;
  readonly during: readonly (ProgressStep | 'wait')[];
}

/** Of the release in progress. */
export function timelineOf(
  service: Service,
  ledger: Ledger,
  release: Release,
  progress: Progress,
  now: number,
): TimelineStage[] {
  const stages = planned(service, ledger, release);
  const times = new Map(release.reached ?? []);
  const current = currentOf(stages, progress, times);
  let since: number | null = release.request.acceptedAt;
  return stages.map((stage, i): TimelineStage => {
    const { title, usualSeconds } = stage;
    const began = since;
    const ended = i === 0 ? release.startedAt : (times.get(stage.until ?? '') ?? null);
    if (i < current) {
      since = ended;
      const seconds = began === null || ended === null ? null : inSeconds(Math.max(0, ended - began));
      return { title, state: 'done', seconds, usualSeconds, note: null };
    }
    if (i > current) return { title, state: 'ahead', seconds: null, usualSeconds, note: null };
    const from = ledger.pending?.since ?? began;
    const seconds = from === null ? null : inSeconds(Math.max(0, now - from));
    return { title, state: 'current', seconds, usualSeconds, note: progress.stage };
  });
}

/** Of a release that has ended: as far as it came. */
export function pastTimeline(outcome: Outcome): TimelineStage[] {
  const { acceptedAt, startedAt, endedAt, reached = [], result } = outcome;
  const marks: [string, number][] = [
    ...(startedAt === undefined ? [] : [['wait', startedAt] as [string, number]]),
    ...reached,
  ];
  let since = acceptedAt;
  const done = marks.map(([until, at]): TimelineStage => {
    const seconds = inSeconds(Math.max(0, at - since));
    since = at;
    return { title: TITLES.get(until) ?? 'Shift', state: 'done', seconds, usualSeconds: null, note: null };
  });
  const title = result === 'Live' ? 'Last bake' : 'End';
  const seconds = inSeconds(Math.max(0, endedAt - since));
  return [...done, { title, state: 'ended', seconds, usualSeconds: null, note: result }];
}

const TITLES: ReadonlyMap<string, string> = new Map([
  ['wait', 'Wait'],
  ['verified', 'Verify'],
  ['uploaded', 'Upload'],
  ['deployed', 'Deploy'],
]);

function planned(service: Service, ledger: Ledger, { request, deployed }: Release): Planned[] {
  const usual = durationsOf(ledger);
  const isRollback = request.rollback !== undefined;
  const stages: Planned[] = [
    { title: 'Wait', until: null, usualSeconds: null, during: ['wait', 'retry'] },
    ...(isRollback
      ? []
      : [
          {
            title: 'Verify',
            until: 'verified',
            usualSeconds: null,
            during: ['verify', 'createEndpoint'] as const,
          },
          {
            title: 'Upload',
            until: 'uploaded',
            usualSeconds: inSeconds(usual.upload),
            during: ['upload'] as const,
          },
        ]),
    ...(isRollback && deployed
      ? []
      : [
          {
            title: 'Deploy',
            until: 'deployed',
            usualSeconds: inSeconds(usual.deploy),
            during: ['deploy'] as const,
          },
        ]),
  ];
  const { steps } = service.rollout;
  const taken = isRollback || ledger.live === null ? steps.slice(-1) : steps;
  const bakes = taken.map(({ traffic, bakeMs }, i): Planned => {
    const next = i + 1 < taken.length ? `step ${steps.length - taken.length + i + 2}` : null;
    return {
      title: `${traffic} %`,
      until: next,
      usualSeconds: isRollback ? 0 : inSeconds(bakeMs),
      during: ['shift', 'bake', 'judge'],
    };
  });
  return [...stages, ...bakes];
}

/** The stage that is current: of the steps of a rollout the one it is at. */
function currentOf(
  stages: readonly Planned[],
  progress: Progress,
  times: ReadonlyMap<string, number>,
): number {
  const { state, step, rollout } = progress;
  if (state !== 'running') return 0;
  const first = stages.findIndex(({ during }) => during.includes('bake'));
  if (step === 'shift' || step === 'bake' || step === 'judge' || step === 'goBack') {
    const steps = stages.length - first;
    const at = rollout === null ? 0 : Math.max(0, rollout.step - 1 - (rollout.steps - steps));
    return Math.min(stages.length - 1, first + at);
  }
  const found = stages.findIndex(({ during }, i) => i > 0 && step !== null && during.includes(step));
  if (found >= 0) return found;
  // Between two stages, or while something else is tidied up: after the last one that was reached.
  const reached = stages.findLastIndex(({ until }) => until !== null && times.has(until));
  return Math.min(stages.length - 1, Math.max(1, reached + 1));
}
