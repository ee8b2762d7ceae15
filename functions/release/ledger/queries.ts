/** What a ledger says: what is wanted last, what has been overtaken, whether there is work. Pure. */
import { isPutOff } from '../refusals/lasting.ts';
import type { Ledger, Order, Request } from './ledger.ts';

/** Negative if `a` was wanted earlier than `b`, 0 if they are one and the same. */
export function compareOrder(a: Order, b: Order): number {
  if (a.at !== b.at) return a.at - b.at;
  // Generations are int64 written in decimal: the longer one is the larger one.
  if (a.tie.length !== b.tie.length) return a.tie.length - b.tie.length;
  if (a.tie === b.tie) return 0;
  return a.tie < b.tie ? -1 : 1;
}

/** The request of the queue that was wanted last, or null. */
export function newest(queue: readonly Request[]): Request | null {
  let best: Request | null = null;
  for (const request of queue) {
    if (best === null || compareOrder(request.order, best.order) > 0) best = request;
  }
  return best;
}

/** What waits and was wanted later than the request, or null. */
export function newerRequest(ledger: Ledger, request: Request): Request | null {
  // What waits for the end of a hold overtakes nothing that somebody has asked for meanwhile.
  if (ledger.hold !== undefined) return null;
  const next = newest(startable(ledger));
  return next !== null && compareOrder(next.order, request.order) > 0 ? next : null;
}

/** Whether it brings back what is live already. */
export function isRepair({ live }: Ledger, request: Request): boolean {
  return live?.request.id === request.id;
}

/** The live model's id, unless undeploying it has been decided. */
export function keptLive({ live }: Ledger): string | null {
  return live === null || live.retired === true ? null : live.deployedModel;
}

/** What waits and may be started: on hold rollbacks alone, also before what landed later. */
export function startable({ queue, hold, parked }: Ledger): Request[] {
  if (hold !== undefined) return queue.filter(({ rollback }) => rollback !== undefined);
  if (parked?.artifactsWait !== true || parked.waking === true) return queue;
  const { waitsSince = parked.since } = parked;
  return queue.filter(({ askedBy, order }) => askedBy === 'request' || order.at <= waitsSince);
}

/**
 * True while something accepted has not come to its end, and nobody holds it up. What a topic goes on refusing is left to
 * the sweep.
 */
export function hasWork(ledger: Ledger): boolean {
  if (ledger.pending !== null) return true;
  if (ledger.outcomes.some((outcome) => !outcome.announced) && !isPutOff(ledger, 'announce')) return true;
  if (ledger.hold !== undefined) return isCommanded(ledger) || (isDown(ledger) && ledger.release !== null);
  return startable(ledger).length > 0 || ledger.release !== null;
}

/** Whether the service is left as it is: a hold keeps up neither what a person asks for nor what ends an outage. */
export function isHeld(ledger: Ledger): boolean {
  return ledger.hold !== undefined && !isCommanded(ledger) && !isDown(ledger);
}

/** Whether a model is to serve and none does, because a rollout recreates. */
export function isDown({ outage, live }: Ledger): boolean {
  return outage?.since !== undefined && live !== null;
}

/** Whether there is something that a person has asked for, which a hold does not keep up. */
export function isCommanded(ledger: Ledger): boolean {
  const { release } = ledger;
  if (release === null) return ledger.queue.some(({ rollback }) => rollback !== undefined);
  return (
    release.goingBack !== undefined || release.promoted === true || release.request.rollback !== undefined
  );
}
