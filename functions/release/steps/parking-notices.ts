/**
 * The events of a park and a wake: each once it has taken effect, and none of a park that was taken back before. The
 * ledger has them until they are published. Pure.
 */
import type { Endpoint, Instant } from '../../world.ts';
import { record, type Action } from '../decisions.ts';
import type { Ledger, ParkingNotice } from '../ledger/ledger.ts';
import { isOurs, shareOf } from '../traffic/traffic.ts';
import { leftoverOf } from './leftovers.ts';
import { isParked } from './park.ts';

/** Those before the last ones are told no more, where a topic refuses for days. */
const NOTICES_MAX = 8;

/** The service is parked, and nothing of it is deployed but what cannot be undeployed. Null: not yet, or that is noted. */
export function emptied(ledger: Ledger, endpoint: Endpoint | undefined): Action | null {
  const { parked } = ledger;
  if (parked === undefined || parked.emptied === true || !isParked(ledger)) return null;
  const isLeft = (id: string) => leftoverOf(ledger, 'undeploy', id) !== null;
  const serves = endpoint?.deployedModels.some((model) => isOurs(model) && !isLeft(model.id)) === true;
  return serves ? null : record({ type: 'emptied', since: parked.since });
}

export function withEmptied(ledger: Ledger, since: Instant, now: Instant): Ledger {
  const { parked } = ledger;
  if (parked?.since !== since || !isParked(ledger)) return ledger;
  const { reason, requestedBy } = parked;
  const by = parked.by === 'schedule' ? 'schedule' : 'request';
  const asked = { by, reason, ...(requestedBy !== undefined && { requestedBy }) };
  const notice: ParkingNotice = { notice: 'Parked', at: now, ...asked };
  return withNotice({ ...ledger, parked: { ...parked, emptied: true } }, notice);
}

/** What went live serves, if anything did: of a service that was woken that is the end of it. */
export function withServing(ledger: Ledger, before: Ledger, now: Instant): Ledger {
  return ledger.live === before.live ? ledger : withAwake(ledger, now);
}

/**
 * The service was woken, and its live model serves without a release: it could not be undeployed, and got its traffic
 * back. Null: not yet, or that is noted.
 */
export function servesAgain({ live, woken }: Ledger, endpoint: Endpoint | undefined): Action | null {
  const serves = live !== null && shareOf(endpoint, live.deployedModel) > 0;
  return woken !== undefined && serves ? record({ type: 'awake' }) : null;
}

export function withAwake(ledger: Ledger, now: Instant): Ledger {
  const { woken, ...rest } = ledger;
  return woken === undefined ? ledger : withNotice(rest, { notice: 'Woken', at: now, ...woken });
}

function withNotice(ledger: Ledger, notice: ParkingNotice): Ledger {
  return { ...ledger, notices: [...(ledger.notices ?? []), notice].slice(-NOTICES_MAX) };
}

export function withNoticeTold(ledger: Ledger, { notice, at }: ParkingNotice): Ledger {
  const { notices = [], ...rest } = ledger;
  const left = notices.filter((other) => other.notice !== notice || other.at !== at);
  return left.length === 0 ? rest : { ...rest, notices: left };
}
