/** Takes a request into the ledger, once. A pure function: whoever calls it writes the result by compare-and-swap. */
import type { Instant } from '../world.ts';
import { compareOrder, newest, outcomeOf, withOutcome, type Ledger, type Request } from './ledger.ts';
import { causeOf } from './outcome.ts';

/** More than this many artifacts waiting for one service: the oldest give way. */
const QUEUE_LIMIT = 16;

export interface Accepted {
  readonly ledger: Ledger;
  /** known: the same request is in the ledger already. older: what is live was wanted later than this. */
  readonly verdict: 'accepted' | 'known' | 'older';
}

export function accept(ledger: Ledger, request: Request, now: Instant): Accepted {
  if (isKnown(ledger, request.id)) return { ledger, verdict: 'known' };
  if (ledger.live !== null && compareOrder(request.order, ledger.live.request.order) <= 0) {
    return { ledger: supersede(ledger, request, now), verdict: 'older' };
  }
  let next: Ledger = { ...ledger, queue: [...ledger.queue, request] };
  while (next.queue.length > QUEUE_LIMIT) {
    const oldest = next.queue.reduce((a, b) => (compareOrder(a.order, b.order) <= 0 ? a : b));
    next = supersede({ ...next, queue: next.queue.filter((r) => r.id !== oldest.id) }, oldest, now);
  }
  return { ledger: next, verdict: 'accepted' };
}

/** Records that something wanted later is live, or waits, in place of `request`. */
export function supersede(ledger: Ledger, request: Request, now: Instant): Ledger {
  const by = newest(ledger.queue)?.id ?? ledger.live?.request.id ?? 'another release';
  const cause = causeOf('SUPERSEDED', `superseded by ${by}`);
  return withOutcome(ledger, outcomeOf(request, now, { result: 'Superseded', cause }));
}

function isKnown(ledger: Ledger, id: string): boolean {
  return (
    ledger.queue.some((request) => request.id === id) ||
    ledger.release?.request.id === id ||
    ledger.live?.request.id === id ||
    ledger.outcomes.some((outcome) => outcome.release === id)
  );
}
