/** A service that is parked, as `slipway status` shows it. Pure. */
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { duration, iso, printable } from '../../terminal/words.ts';

export interface Parked {
  readonly since: string;
  readonly reason: string;
  /** It has been asked to wake, and its live model is not there yet. */
  readonly isWaking: boolean;
  /** What lands waits until it wakes. */
  readonly artifactsWait: boolean;
}

export function parkedIn({ parked }: Ledger): Parked | null {
  if (parked === undefined) return null;
  const { since, reason, waking = false, artifactsWait = false } = parked;
  return { since: iso(since), reason: printable(reason), isWaking: waking, artifactsWait };
}

export function parkedText(service: string, parked: Parked, now: number): string {
  const { since, reason, isWaking, artifactsWait } = parked;
  const why = reason === '' ? '' : `: ${reason}`;
  const told = `for ${duration(now - Date.parse(since))}${why}`;
  if (isWaking) return `${told}; it is being woken`;
  const ends = artifactsWait ? 'a requested release' : 'a release';
  return `${told}; ${ends} or "slipway wake ${service}" wakes it`;
}
