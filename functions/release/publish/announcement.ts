/** What is to be published, oldest first. A topic that refuses holds nothing else back. Pure. */
import type { Instant } from '../../world.ts';
import type { Action } from '../decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { isRefusedUntilLater } from '../refusals/lasting.ts';
import { untoldLeftovers } from '../steps/leftovers.ts';
import { untoldOutcomes } from '../steps/recreate.ts';

/** Null: nothing, or not yet. */
export function announcement(ledger: Ledger, now: Instant): Action | null {
  const outcomes = untoldOutcomes(ledger, now).toReversed();
  const leftovers = untoldLeftovers(ledger);
  const { notices = [] } = ledger;
  const isSilent = outcomes.length === 0 && leftovers.length === 0 && notices.length === 0;
  if (isSilent || isRefusedUntilLater(ledger, 'announce', now)) return null;
  return { do: 'announce', outcomes, leftovers, notices };
}
