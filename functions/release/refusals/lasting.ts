/**
 * Refusals that last: every call that Google refuses is counted here, in the ledger, whatever its status, until the
 * same call succeeds. What is asked for again waits longer each time, and a release ends once a refusal has lasted as
 * long as its kind is worth (`Patience`). Pure.
 */
import { isProblemCode, type ProblemCode } from '../../problems.ts';
import type { Instant } from '../../world.ts';
import { backOff } from './back-off.ts';
import type { Ledger, RefusalEntry } from '../ledger/ledger.ts';
import { withoutControls } from '../publish/outcome.ts';
import type { Asked, Patience, Refusal } from './refusal.ts';

/** How long the same refusal is waited out, in ms. A grant takes minutes to arrive, a service agent some more. */
export const WAITED_OUT: Record<Patience, number> = {
  none: 0,
  minutes: 600_000,
  provisioning: 1_200_000,
  deadline: Infinity,
};

/** A refusal may be a coincidence; where it is waited out, so many of them are none. */
export const FEWEST = 6;

/** Longest pause between two tries of a call that a release waits for, and of one that nothing waits for, in ms. */
const PAUSE_MAX = 60_000;
const REST_MAX = 21_600_000;

/** After a quarter of an hour it hardly passes within the next minute. */
const LONG_AFTER = 30;
const LONGER_PAUSE = 300_000;
/** Longer than any pause: the tick that asked was lost. */
const INTERRUPTED = LONGER_PAUSE + 60_000;

/** Less than the time between two sweeps, in ms. */
const REPAIR_REST = 300_000;

/** With nothing else to do a tick stays awake for so many refusals, some minutes. */
const AWAKE_FOR = 16;
/** Those of the pauses below that a tick would stay awake for. */
const RESTS_AWAKE = 3;

/**
 * The end of a release was refused so often that no function stays awake for it, after some hours: a sweep tries again.
 */
const PUT_OFF_AFTER = 60;
const ANNOUNCEMENT_REST = 1_800_000;

/** After so many refusals an announcement waits longer, in ms. */
const PATIENT_AFTER = 20;
const PATIENT_PAUSE = 600_000;

export function refusalOf(ledger: Ledger, asked: Asked): RefusalEntry | null {
  return ledger.refusals?.find((refusal) => refusal.asked === asked) ?? null;
}

/** The ledger with one more refusal of that call. */
export function withRefusal(
  ledger: Ledger,
  asked: Asked,
  { code, detail, patience, byOperation }: Refusal & { readonly byOperation?: true },
  now: Instant,
  random: () => number,
): Ledger {
  const found = refusalOf(ledger, asked);
  // After a while in which nobody asked it begins again.
  const isInterrupted = isAwaited(ledger) && now - (found?.at ?? now) > INTERRUPTED;
  const last = isInterrupted ? null : found;
  const count = (last?.count ?? 0) + 1;
  const refusal: RefusalEntry = {
    asked,
    code,
    detail: withoutControls(detail).slice(0, 600),
    patience,
    since: Math.min(last?.since ?? now, now),
    at: now,
    count,
    ...ofKind(last, patience, now),
    notBefore: now + pauseAfter(ledger, asked, count, random),
    ...(byOperation && { byOperation }),
  };
  return { ...ledger, refusals: [...others(ledger, asked), refusal] };
}

/** Another kind of refusal is worth its own time; absent: there was no other. */
function ofKind(
  last: RefusalEntry | null,
  patience: Patience,
  now: Instant,
): { ofKind?: { since: Instant; count: number } } {
  if (last === null) return {};
  if (last.patience !== patience) return { ofKind: { since: now, count: 1 } };
  if (last.ofKind === undefined) return {};
  return { ofKind: { since: Math.min(last.ofKind.since, now), count: last.ofKind.count + 1 } };
}

function pauseAfter(ledger: Ledger, asked: Asked, count: number, random: () => number): number {
  const isAnnouncement = asked === 'announce';
  if (isAnnouncement && count >= PUT_OFF_AFTER) return ANNOUNCEMENT_REST;
  if (isAnnouncement && count >= PATIENT_AFTER) return PATIENT_PAUSE;
  const isUrgent = isAnnouncement || isAwaited(ledger) || count < AWAKE_FOR;
  // Each sweep tries in vain rather than not at all: what has drifted is repaired as soon as it can be.
  if (!isUrgent && (asked === 'shift' || asked.startsWith('look '))) return REPAIR_REST;
  if (isUrgent && count > LONG_AFTER) return backOff(count, 2_000, LONGER_PAUSE, random);
  return isUrgent
    ? backOff(count, 2_000, PAUSE_MAX, random)
    : restBefore(count - AWAKE_FOR + RESTS_AWAKE + 1, random);
}

/** Whether the call is refused for so long that a sweep alone asks for it. */
export function isLeftToSweeps(ledger: Ledger, asked: Asked): boolean {
  return (refusalOf(ledger, asked)?.count ?? 0) >= AWAKE_FOR;
}

/**
 * When the next try is due that a tick stays awake for, with nothing else to do; null: there is none. What is refused
 * again and again is left to the sweep.
 */
export function nextTry(ledger: Ledger, now: Instant): Instant | null {
  const isEndUntold = ledger.outcomes.some(({ announced }) => !announced);
  const due = (ledger.refusals ?? [])
    .filter(
      ({ asked, count, notBefore }) =>
        count < (asked === 'announce' && isEndUntold ? PUT_OFF_AFTER : AWAKE_FOR) && notBefore > now,
    )
    .map(({ notBefore }) => notBefore);
  return due.length === 0 ? null : Math.min(...due);
}

/** The ledger once that call has succeeded. The same ledger if it was not refused. */
export function withoutRefusal(ledger: Ledger, asked: Asked): Ledger {
  if (refusalOf(ledger, asked) === null) return ledger;
  return withRefusals(ledger, others(ledger, asked));
}

/** What was refused to a release is past when it ends; the outcome has the words. */
export function withoutRefusals(ledger: Ledger): Ledger {
  if (ledger.refusals === undefined) return ledger;
  return withRefusals(
    ledger,
    ledger.refusals.filter(({ asked }) => asked === 'announce'),
  );
}

function withRefusals(ledger: Ledger, refusals: RefusalEntry[]): Ledger {
  const { refusals: _, ...rest } = ledger;
  return refusals.length === 0 ? rest : { ...rest, refusals };
}

function others(ledger: Ledger, asked: Asked): RefusalEntry[] {
  return (ledger.refusals ?? []).filter((refusal) => refusal.asked !== asked);
}

/** The refusal of one of these calls that has lasted as long as it is worth, or null. */
export function lastingRefusal(
  ledger: Ledger,
  ...calls: readonly Asked[]
): { readonly code: ProblemCode; readonly detail: string } | null {
  for (const asked of calls) {
    const refusal = refusalOf(ledger, asked);
    if (refusal === null || !hasLasted(ledger, refusal)) continue;
    return { code: isProblemCode(refusal.code) ? refusal.code : 'DEADLINE_EXCEEDED', detail: refusal.detail };
  }
  return null;
}

/** What Vertex AI may refuse because another operation is at work on the endpoint. A read is none of these. */
const REFUSED_WHILE_BUSY: ReadonlySet<string> = new Set(['deploy', 'undeploy', 'mutate', 'shift', 'fence']);

function hasLasted(ledger: Ledger, refusal: RefusalEntry): boolean {
  const { asked, patience, at } = refusal;
  if (patience === 'none') return true;
  const { since, count } = inAll(ledger, refusal, countedOf(patience));
  const isBusy = ledger.abandoned?.some(({ until }) => until > at) ?? false;
  const isCrowded = isBusy && REFUSED_WHILE_BUSY.has(asked);
  return count >= FEWEST && !isCrowded && at - since >= WAITED_OUT[patience];
}

/** What that call has been refused with for ten minutes and more, whatever the reason, or null. */
export function longRefusal(ledger: Ledger, asked: Asked): RefusalEntry | null {
  const refusal = refusalOf(ledger, asked);
  if (refusal === null) return null;
  const { since, count } = inAll(ledger, refusal, (r) => r);
  return count >= FEWEST && refusal.at - since >= WAITED_OUT.minutes ? refusal : null;
}

type Counted = Pick<RefusalEntry, 'since' | 'count'>;

/** What counts of a refusal for those of one kind. */
function countedOf(patience: Patience): (refusal: RefusalEntry) => Counted | null {
  return (refusal) => (refusal.patience === patience ? (refusal.ofKind ?? refusal) : null);
}

/** Both are UpdateEndpoint, so that what refuses the one refuses the other. */
const SAME_CALL: ReadonlyMap<string, Asked> = new Map([
  ['shift', 'fence'],
  ['fence', 'shift'],
]);

/** Since when and how often, with what the same call was refused just before under its other name. */
function inAll(
  ledger: Ledger,
  refusal: RefusalEntry,
  counted: (refusal: RefusalEntry) => Counted | null,
): Counted {
  const own = counted(refusal) ?? refusal;
  const name = SAME_CALL.get(refusal.asked);
  const other = name === undefined ? null : refusalOf(ledger, name);
  const more = other === null || Math.abs(refusal.at - other.at) > INTERRUPTED ? null : counted(other);
  if (more === null) return own;
  return { since: Math.min(own.since, more.since), count: own.count + more.count };
}

/** Whether that call is not to be made yet. */
export function isRefusedUntilLater(ledger: Ledger, asked: Asked, now: Instant): boolean {
  return (refusalOf(ledger, asked)?.notBefore ?? 0) > now;
}

/** Whether the sweep alone asks again: it has been refused so often that no tick is kept alive for it. */
export function isPutOff(ledger: Ledger, asked: Asked): boolean {
  return (refusalOf(ledger, asked)?.count ?? 0) >= PUT_OFF_AFTER;
}

/** Whether the calls are made for a release, an operation, or a service that is down. */
export function isAwaited({ release, pending, outage, live, parked }: Ledger): boolean {
  const isDown = outage?.since !== undefined && live !== null && parked === undefined;
  return release !== null || pending !== null || isDown;
}

/** Pauses before what nothing waits for is tried again, in ms: soon a few times, then a handful of times a day. */
const RESTS = [10_000, 40_000, 160_000, 2_700_000, 10_800_000, REST_MAX] as const;

/** The pause after so many failures, with a jitter of a tenth. In ms. */
export function restBefore(failures: number, random: () => number): number {
  const pause = RESTS[Math.min(failures, RESTS.length) - 1] ?? REST_MAX;
  return Math.round(pause * (0.9 + 0.1 * random()));
}
