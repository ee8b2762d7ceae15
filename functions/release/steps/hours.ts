/**
 * The hours of a service: each of their ends counts as a request to park or to wake at that time. A later request of a
 * person or a release wins until the next end, by the rule that orders all requests. Pure.
 */
import type { Service } from '../../config/config.ts';
import { hoursAt } from '../../config/hours.ts';
import type { Instant } from '../../world.ts';
import { record, type Action } from '../decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isParked } from './park.ts';

/** Null: nothing has changed since the last one. */
export function boundary({ parking }: Service, ledger: Ledger, now: Instant): Action | null {
  const { hours, artifactsWait } = parking;
  const { parked, parkedAt = 0 } = ledger;
  const { isAwake, since } = hours === null ? { isAwake: true, since: null } : hoursAt(hours, now);
  if (since !== null && since > parkedAt)
    return record({ type: 'boundaryPassed', at: since, isAwake, artifactsWait });
  // The hours that have parked it are others by now.
  const isOutdated = isAwake && parked?.by === 'schedule' && isParked(ledger);
  return isOutdated && now > parkedAt
    ? record({ type: 'boundaryPassed', at: now, isAwake, artifactsWait })
    : null;
}
