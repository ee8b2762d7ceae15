/**
 * What a release leaves behind: models that cannot be undeployed, versions that cannot be deleted, and operations that
 * nothing waits for. They are remembered, reported and tried again with growing pauses; none of them holds back the
 * next release, and none keeps a function awake. Pure.
 */
import type { Instant } from '../../world.ts';
import { restBefore } from '../refusals/lasting.ts';
import { ATTEMPTS_MAX } from '../ledger/parts.ts';
import {
  ABANDONED_MAX,
  LEFTOVERS_MAX,
  type Abandoned,
  type Ledger,
  type Leftover,
  type Pending,
} from '../ledger/ledger.ts';
import { withoutControls } from '../publish/outcome.ts';

/** After so many failures, some minutes, the team is told. */
const TOLD_AFTER = 4;

/** An operation that takes longer than this, in ms, or three times as long as the last, is not waited for. */
const OPERATION_MAX = 1_800_000;
const SECOND_TRY_MAX = 600_000;

/** What another operation holds up is tried again every few hours at the latest. */
const BUSY_RESTS = 5;

export type LeftoverKind = Leftover['kind'];

export function leftoverOf(ledger: Ledger, kind: LeftoverKind, subject: string): Leftover | null {
  return ledger.leftovers?.find((l) => l.kind === kind && l.subject === subject) ?? null;
}

/**
 * Whether the next try of it is still to come. With as many left behind as the ledger holds, one more waits for one of
 * them: it would push another out of the list, which would then be tried as if it had never been refused.
 */
export function isLeftAlone(ledger: Ledger, kind: LeftoverKind, subject: string, now: Instant): boolean {
  const known = leftoverOf(ledger, kind, subject);
  if (known !== null) return known.notBefore > now;
  return (ledger.leftovers?.length ?? 0) >= LEFTOVERS_MAX;
}

export function withLeftover(
  ledger: Ledger,
  kind: LeftoverKind,
  subject: string,
  detail: string,
  isBusy: boolean,
  now: Instant,
  random: () => number,
): Ledger {
  const before = leftoverOf(ledger, kind, subject);
  const failures = (before?.failures ?? 0) + 1;
  const leftover: Leftover = {
    kind,
    subject,
    since: before?.since ?? now,
    failures,
    notBefore: now + restBefore(isBusy ? Math.min(failures, BUSY_RESTS) : failures, random),
    detail: withoutControls(detail).slice(0, 400),
    ...(before?.announced === true && { announced: true }),
  };
  const all = [...otherLeftovers(ledger, kind, subject), leftover];
  return { ...ledger, leftovers: all.slice(-LEFTOVERS_MAX) };
}

/** The ledger once that is cleaned up. The same ledger if it was not left behind. */
export function withoutLeftover(ledger: Ledger, kind: LeftoverKind, subject: string): Ledger {
  if (leftoverOf(ledger, kind, subject) === null) return ledger;
  const { leftovers: _, ...rest } = ledger;
  const left = otherLeftovers(ledger, kind, subject);
  return left.length === 0 ? rest : { ...rest, leftovers: left };
}

function otherLeftovers(ledger: Ledger, kind: LeftoverKind, subject: string): Leftover[] {
  return (ledger.leftovers ?? []).filter((l) => l.kind !== kind || l.subject !== subject);
}

/** A model whose release ended without moving the traffic back: that is made good as soon as it can be. */
export function withUngiven(
  ledger: Ledger,
  deployedModel: string,
  splitBefore: Leftover['splitBefore'],
  detail: string,
  now: Instant,
): Ledger {
  const leftover: Leftover = {
    kind: 'giveBack',
    subject: deployedModel,
    since: now,
    failures: 1,
    notBefore: now,
    detail: withoutControls(detail).slice(0, 400),
    ...(splitBefore && { splitBefore }),
  };
  const all = [...otherLeftovers(ledger, 'giveBack', deployedModel), leftover];
  return { ...ledger, leftovers: all.slice(-LEFTOVERS_MAX) };
}

/** What is billed for nothing, at least: nothing bounds it while undeploying is refused. */
export interface LeftDeployed {
  readonly models: number;
  readonly replicas: number;
}

export function leftDeployedOf({ leftovers = [] }: Ledger, minReplicas: number): LeftDeployed {
  const models = leftovers.filter(({ kind }) => kind === 'undeploy').length;
  return { models, replicas: models * minReplicas };
}

/** Deployed models that the team pays for and does not know of yet. */
export function untoldLeftovers(ledger: Ledger): Leftover[] {
  return (ledger.leftovers ?? []).filter(
    (l) => l.kind === 'undeploy' && l.failures >= TOLD_AFTER && l.announced !== true,
  );
}

export function withAnnounced(ledger: Ledger, told: Leftover): Ledger {
  const mark = (l: Leftover): Leftover =>
    l.kind === told.kind && l.subject === told.subject ? { ...l, announced: true } : l;
  return ledger.leftovers === undefined ? ledger : { ...ledger, leftovers: ledger.leftovers.map(mark) };
}

/** Whether a clean-up takes so long that nothing should wait for it; one that failed before gets less time. */
export function isStuck(ledger: Ledger, pending: Pending, now: Instant): boolean {
  const { kind, subject, since } = pending;
  if (kind !== 'undeploy' && kind !== 'deleteVersion') return false;
  const hasFailed = leftoverOf(ledger, kind, subject) !== null;
  return now - since > (hasFailed ? SECOND_TRY_MAX : longest(ledger, kind));
}

function longest({ took }: Ledger, kind: Pending['kind']): number {
  const last = kind === 'createEndpoint' || kind === 'deleteVersion' ? undefined : took?.[kind];
  return Math.max(OPERATION_MAX, 3 * (last ?? 0));
}

/** Goes on without the operation. `isHopeless`: nothing waits for its end any more. */
export function withAbandoned(ledger: Ledger, isHopeless: boolean, now: Instant): Ledger {
  const { pending } = ledger;
  if (pending === null) return ledger;
  const { kind, subject, name, since } = pending;
  const until = isHopeless ? now : since + longest(ledger, kind);
  const entry: Abandoned = { kind, subject, name, since, until };
  const abandoned = [...(ledger.abandoned ?? []), entry].slice(-ABANDONED_MAX);
  return withoutAttempt({ ...ledger, pending: null, abandoned }, kind);
}

/** A deployed model's id is used once, also where nobody has seen how its deployment ended. */
function withoutAttempt(ledger: Ledger, kind: Pending['kind']): Ledger {
  const { release } = ledger;
  if (kind !== 'deploy' || release === null) return ledger;
  // The last one there is: it ends, for another reason, before it is used again.
  const attempt = Math.min(ATTEMPTS_MAX, release.attempt + 1);
  const request = { ...release.request, attempts: attempt };
  return { ...ledger, release: { ...release, attempt, deployed: false, request } };
}

export function withoutAbandoned(ledger: Ledger, ended: Abandoned): Ledger {
  const { abandoned = [], ...rest } = ledger;
  const left = abandoned.filter((a) => a.subject !== ended.subject || a.since !== ended.since);
  return left.length === 0 ? rest : { ...rest, abandoned: left };
}
