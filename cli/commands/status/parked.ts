/** A service that is parked, as `slipway status` shows it. Pure. */
import { hoursAt, type Hours } from '../../../functions/config/hours.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { byWhom, duration, iso, moment, printable, requester } from '../../terminal/words.ts';

export interface Parked {
  readonly since: string;
  readonly reason: string;
  /** What parked it. */
  readonly by: 'request' | 'schedule';
  /** Who asked for it, as the message states; null: it does not. */
  readonly requestedBy: string | null;
  /** It has been asked to wake, and its live model is not there yet. */
  readonly isWaking: boolean;
  /** What lands waits until it wakes. */
  readonly artifactsWait: boolean;
}

export function parkedIn({ parked }: Ledger): Parked | null {
  if (parked === undefined) return null;
  const { since, reason, waking = false, artifactsWait = false } = parked;
  const by = parked.by === 'schedule' ? 'schedule' : 'request';
  const requestedBy = requester(parked.requestedBy);
  return { since: iso(since), reason: printable(reason), by, requestedBy, isWaking: waking, artifactsWait };
}

/** The hours of a service that has some. */
export interface HoursNow {
  /** Whether they have it awake now. */
  readonly isAwake: boolean;
  /** Their next change; null: none within two weeks. */
  readonly until: string | null;
}

export function hoursNow(hours: Hours | null, now: number): HoursNow | null {
  if (hours === null) return null;
  const { isAwake, until } = hoursAt(hours, now);
  return { isAwake, until: until === null ? null : iso(until) };
}

export function hoursText({ isAwake, until }: HoursNow): string {
  const what = isAwake ? 'awake' : 'parked';
  return until === null ? what : `${what} until ${moment(Date.parse(until))}`;
}

export function parkedText(service: string, parked: Parked, now: number): string {
  const { since, reason, by, requestedBy, isWaking, artifactsWait } = parked;
  const words = by === 'schedule' ? 'outside its hours' : reason;
  const told = `for ${duration(now - Date.parse(since))}${byWhom(requestedBy, words)}`;
  if (isWaking) return `${told}; it is being woken`;
  const ends = artifactsWait ? 'a requested release' : 'a release';
  return `${told}; ${ends} or "slipway wake ${service}" wakes it`;
}
