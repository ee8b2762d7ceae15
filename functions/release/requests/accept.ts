/** Takes a request into the ledger, once. A pure function: its caller writes the result by compare-and-swap. */
import type { Instant } from '../../world.ts';
import { isSameArtifact, remembered, withArtifact } from './identity.ts';
import type { Ledger, Request } from '../ledger/ledger.ts';
import { isFull, outcomeOf, withOutcome } from '../ledger/outcomes.ts';
import { compareOrder, newest } from '../ledger/queries.ts';
import { causeOf } from '../publish/outcome.ts';

/** More than this many artifacts waiting for one service: the oldest give way. */
const QUEUE_LIMIT = 16;

export interface Accepted {
  readonly ledger: Ledger;
  /**
   * known: the same request is in the ledger already, or the artifact waits, as another generation of its object. same:
   * the artifact was released as another generation. older: what is live was wanted later than this. full: so much waits to be announced that this has to be
   * asked again.
   */
  readonly verdict: 'accepted' | 'known' | 'same' | 'older' | 'full';
}

/** `landedAt`: when its marker was created, where that is not its order. */
export function accept(
  ledger: Ledger,
  asked: Request,
  now: Instant,
  landedAt: Instant = asked.order.at,
): Accepted {
  if (isKnown(ledger, asked)) return { ledger, verdict: 'known' };
  if (asked.askedBy !== 'request') {
    if (isWaiting(ledger, asked)) return { ledger, verdict: 'known' };
    if (isReleasedBefore(ledger, asked)) return { ledger, verdict: 'same' };
  }
  if (isFull(ledger, asked.rollback !== undefined)) return { ledger, verdict: 'full' };
  const request = inOrder(ledger, asked);
  const found = withArtifact(ledger, asked, landedAt);
  if (found.live !== null && compareOrder(request.order, found.live.request.order) <= 0) {
    return { ledger: supersede(found, request, now), verdict: 'older' };
  }
  let next: Ledger = { ...found, queue: [...found.queue, request] };
  while (next.queue.length > QUEUE_LIMIT) {
    const oldest = next.queue.reduce((a, b) => (compareOrder(a.order, b.order) <= 0 ? a : b));
    next = supersede({ ...next, queue: next.queue.filter((r) => r.id !== oldest.id) }, oldest, now);
  }
  return { ledger: next, verdict: 'accepted' };
}

/** An artifact that lands once more keeps its order: its object's creation says nothing of when it was trained. */
function inOrder(ledger: Ledger, request: Request): Request {
  const known = request.askedBy === 'request' ? null : remembered(ledger, request);
  return known === null ? request : { ...request, order: { ...request.order, at: known.at } };
}

/** Records that something wanted later is live, or waits, in place of `request`. */
export function supersede(ledger: Ledger, request: Request, now: Instant): Ledger {
  const by = newest(ledger.queue)?.id ?? ledger.live?.request.id ?? 'another release';
  const cause = causeOf('SUPERSEDED', `superseded by ${by}`);
  return withOutcome(ledger, outcomeOf(request, now, { result: 'Superseded', cause }));
}

function isKnown(ledger: Ledger, request: Request): boolean {
  const { queue, release, live, outcomes } = ledger;
  const { id } = request;
  if (queue.some((r) => r.id === id) || release?.request.id === id || live?.request.id === id) return true;
  return outcomes.some((outcome) => outcome.release === id);
}

/** Whether the artifact waits, or is being released: the tick for that may have been lost. */
function isWaiting({ queue, release }: Ledger, request: Request): boolean {
  const open = release === null ? queue : [...queue, release.request];
  return open.some((other) => isSame(other, request));
}

function isSame(other: Request, request: Request): boolean {
  return other.checksum !== undefined && isSameArtifact(other, request);
}

/** Whether the artifact is live, or has been released. One that failed may land again for another try. */
function isReleasedBefore(ledger: Ledger, request: Request): boolean {
  if (ledger.live !== null && isSame(ledger.live.request, request)) return true;
  return remembered(ledger, request)?.hasFailed === false;
}
