/**
 * The bound of every operation: past it its release goes on, or ends, without it. What such an operation makes is
 * retired when it shows; meanwhile it is looked at now and then, and the next deployment waits for it within reason.
 */
import type { Service } from '../../config/config.ts';
import type { ProblemCode } from '../../problems.ts';
import type { Instant } from '../../world.ts';
import { record, type Action, type Observed } from '../decisions.ts';
import { isFenced } from '../traffic/fence.ts';
import { FEWEST, lastingRefusal, longRefusal, refusalOf } from '../refusals/lasting.ts';
import type { Abandoned, Ledger, Pending, RefusalEntry, Release } from '../ledger/ledger.ts';
import { isHeld, newest, newerRequest, startable } from '../ledger/queries.ts';
import { isStuck } from './leftovers.ts';
import type { Asked } from '../refusals/refusal.ts';
import { isDeployedBy, shareOf } from '../traffic/traffic.ts';

/** Pause between two looks at an abandoned operation, in ms. */
const PAUSE = 30_000;

/** How long its end is watched for once nothing waits for it, so that its model costs no more than it has to, in ms. */
const WATCHED = 3_600_000;

/** How long a version may take to show once its upload was asked for, in ms: a repeated upload makes a second one. */
const UPLOAD_SHOWS = 180_000;
const UPLOAD_PAUSE = 10_000;

/** How long people are shown an operation that never ended, in ms. */
const REMEMBERED = 86_400_000;

/** Whether the release has taken longer than it may. On hold it takes no time. */
export function isOverdue(service: Service, release: Release, now: Instant): boolean {
  return now > release.startedAt + service.rollout.deadlineMs;
}

/** With what the release has to go on without that call: its refusal has lasted, or lasts when the deadline is over. */
export function hopeless(
  service: Service,
  ledger: Ledger,
  release: Release,
  asked: Asked,
  now: Instant,
): { readonly code: ProblemCode; readonly detail: string } | null {
  const lasting = lastingRefusal(ledger, asked);
  if (lasting !== null || !isOverdue(service, release, now)) return lasting;
  const long = longRefusal(ledger, asked);
  return long === null ? null : { code: 'DEADLINE_EXCEEDED', detail: `${asked}: ${long.detail}` };
}

/** No release waits for these. */
const BESIDE_A_RELEASE: ReadonlySet<string> = new Set([
  'announce',
  'aliases',
  'configure',
  'deleteVersion',
  'mutate',
]);

/** What kept the release from ending before its deadline, in Google's words where there are some. */
export function whyOverdue(ledger: Ledger, release: Release): string {
  const refusals = ledger.refusals?.toSorted((a, b) => b.at - a.at).filter(isInTheWay) ?? [];
  const lasting = refusals.find(({ count }) => count >= FEWEST);
  const cause = release.lastCause?.detail;
  const words = lasting ?? (cause === undefined ? refusals[0] : undefined);
  if (words !== undefined) return `${words.asked}: ${words.detail}`;
  if (cause !== undefined) return cause;
  // A gate that held it for long and let it go in the end.
  const unsure = release.verdicts?.findLast(({ verdict }) => verdict !== 'pass');
  if (unsure !== undefined) return `${unsure.gate} in step ${unsure.step + 1}: ${unsure.reason}`;
  return 'no step failed; Vertex AI took too long';
}

function isInTheWay({ asked }: RefusalEntry): boolean {
  return !BESIDE_A_RELEASE.has(asked);
}

/** A stockout that lasts until the deadline is what a person has to hear of; else the deadline is. */
export function codeWhenOverdue({ refusals = [] }: Ledger, { lastCause }: Release): ProblemCode {
  const lasting = refusals.filter((refusal) => isInTheWay(refusal) && refusal.count >= FEWEST);
  const codes = [lastCause?.code, ...lasting.map(({ code }) => code)];
  return codes.includes('DEPLOY_CAPACITY') ? 'DEPLOY_CAPACITY' : 'DEADLINE_EXCEEDED';
}

/** The end of waiting for the operation, if its time has come or something more urgent waits; else null. */
export function abandon(
  service: Service,
  ledger: Ledger,
  pending: Pending,
  seen: Observed,
  now: Instant,
): Action | null {
  const { release } = ledger;
  const isCleanUpStuck = isStuck(ledger, pending, now);
  const isLate = release !== null && isTooLate(service, ledger, release, now);
  if (isCleanUpStuck || isLate) {
    if (isWorthALook(ledger, pending, seen)) return { do: 'look', at: 'operation' };
    if (hasJustEnded(ledger, seen)) return null;
  }
  if (isCleanUpStuck) return note(ledger, pending, seen, true, now);
  if (release === null) return isStandbyWanted(ledger) ? note(ledger, pending, seen, false, now) : null;
  // Ended by a person, or for the standby: at once, and what it has begun is cleaned up afterwards.
  if (!isLate && release.goingBack === undefined && !isStandbyWanted(ledger)) return null;
  if (pending.kind === 'deploy' && hopeless(service, ledger, release, 'look endpoints', now) === null) {
    // Before its reply was lost, or its end was seen, somebody may have given it traffic: that has to come back.
    if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
    const [endpoint] = seen.endpoints;
    if (shareOf(endpoint, pending.subject) > 0) return record({ type: 'deployed' });
    // Or may be about to: the fence makes that fail.
    const isThere = endpoint !== undefined && isDeployedBy(endpoint, release);
    if (isThere && !isFenced(endpoint, ledger) && hopeless(service, ledger, release, 'fence', now) === null)
      return { do: 'fence', endpoint };
  }
  return note(ledger, pending, seen, isLate, now);
}

/** At an operation, or for what it was to bring about. */
const LOOKS_AT_OPERATIONS = ['look operation', 'look deployments', 'look versions', 'look model'] as const;

function isTooLate(service: Service, ledger: Ledger, release: Release, now: Instant): boolean {
  if (isHeld(ledger)) return false;
  const isUnseen = lastingRefusal(ledger, ...LOOKS_AT_OPERATIONS) !== null;
  return isUnseen || isOverdue(service, release, now);
}

/** The outcome names how far the operation has come: that takes a last look, which may fail. */
function isWorthALook(ledger: Ledger, { name }: Pending, { operation }: Observed): boolean {
  return name !== null && operation === undefined && refusalOf(ledger, 'look operation') === null;
}

/** What that look finds at its end is no hanging operation, unless nobody can tell what it has brought about. */
function hasJustEnded(ledger: Ledger, { operation }: Observed): boolean {
  if (operation?.done !== true) return false;
  const looks = ['look endpoints', 'look versions', 'look model'] as const;
  return looks.every((look) => refusalOf(ledger, look) === null);
}

function note(
  ledger: Ledger,
  { kind, name, since }: Pending,
  seen: Observed,
  isHopeless: boolean,
  now: Instant,
): Action {
  const minutes = Math.round((now - since) / 60_000);
  const stage = seen.operation?.stage ?? null;
  const what =
    name === null ? `Vertex AI has not said what became of the call ${kind}` : `${kind} has not ended`;
  // Asked for before, it was refused in words that tell more.
  const refusal = refusalOf(ledger, kind);
  const words = refusal === null ? '' : `; the last time: ${refusal.detail}`;
  const detail = `${what} after ${minutes} minutes${stage === null ? '' : ` (${stage})`}${words}`;
  return record({ type: 'operationAbandoned', isHopeless, detail });
}

/** Whether a rollback that needs no operation is what comes next: it waits for none. */
function isStandbyWanted(ledger: Ledger): boolean {
  const { previous, release } = ledger;
  const wanted = release === null ? newest(startable(ledger)) : newerRequest(ledger, release.request);
  if (wanted?.rollback === undefined || previous === undefined || previous.retired) return false;
  return previous.live.deployedModel === wanted.rollback.deployedModel;
}

/** Whether an operation that nothing waits for is still to deploy, or to undeploy, that model. */
export function isExpected(ledger: Ledger, deployedModel: string, now: Instant): boolean {
  return onEndpoint(ledger, now - WATCHED).some(({ subject }) => subject === deployedModel);
}

/** Operations on the endpoint that others wait for at that time. */
function onEndpoint(ledger: Ledger, at: Instant): Abandoned[] {
  const isOnEndpoint = ({ kind }: Abandoned) => kind === 'deploy' || kind === 'undeploy';
  return (ledger.abandoned ?? []).filter((a) => isOnEndpoint(a) && a.until > at);
}

/** Watches for the end of an operation that nothing waits for. Null: there is none to watch. */
export function watchAbandoned(ledger: Ledger, seen: Observed, now: Instant): Action | null {
  return followFirst(ledger, seen, now, now - WATCHED);
}

/** Waits for an operation that a deployment on the same endpoint should wait for. Null: there is none, or no more. */
export function followAbandoned(ledger: Ledger, seen: Observed, now: Instant): Action | null {
  return followFirst(ledger, seen, now, now);
}

/** Waits for the version that the release's own upload, given up a moment ago, may still make. Null: for none. */
export function awaitUpload(ledger: Ledger, release: string, now: Instant): Action | null {
  const begun = ledger.abandoned?.findLast(({ kind, subject }) => kind === 'upload' && subject === release);
  if (begun === undefined || now - begun.since >= UPLOAD_SHOWS) return null;
  return { do: 'wait', ms: UPLOAD_PAUSE, why: 'trace of upload' };
}

/** Looks at the first of them, and waits for its end if it is to be waited for at that time. */
function followFirst(ledger: Ledger, seen: Observed, now: Instant, at: Instant): Action | null {
  const [first] = onEndpoint(ledger, now - WATCHED);
  if (first === undefined) return null;
  const { name } = first;
  // Its reply was lost: whether it began at all shows on the endpoint, or never.
  if (name === null) return forget(first);
  if (seen.abandoned === undefined || seen.abandoned.of.since !== first.since)
    return { do: 'look', at: 'abandoned', operation: { ...first, name } };
  const { operation } = seen.abandoned;
  if (operation === null || operation.done) return forget(first);
  return first.until > at ? { do: 'wait', ms: PAUSE, why: first.kind } : null;
}

/** Of an operation that has not ended in a day nothing is to be expected any more. Null: there is none. */
export function forgetOldest(ledger: Ledger, now: Instant): Action | null {
  const old = ledger.abandoned?.find(({ until }) => now > until + REMEMBERED);
  return old === undefined ? null : forget(old);
}

function forget(operation: Abandoned): Action {
  return record({ type: 'abandonedOperationEnded', operation });
}
