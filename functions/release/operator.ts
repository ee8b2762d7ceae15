/**
 * What a person asks of a release by message, as changes of the ledger: to go back, to give up what is under way, to
 * have it get all the traffic at once. Each may come late and more than once.
 */
import { Problem } from '../errors.ts';
import type { Instant } from '../world.ts';
import { accept } from './accept.ts';
import { releaseId } from './ids.ts';
import { isRepair, outcomeOf, withOutcome, type Ledger, type Release, type Request } from './ledger.ts';
import { causeOf, type Cause } from './outcome.ts';

export interface Asked {
  /** Names the request: the message's id, or what its sender chose. */
  readonly id: string;
  /** When it was published. */
  readonly at: Instant;
  readonly reason: string;
}

/**
 * Gives up what is under way; with nothing under way, asks for the release before the live one. Throws a Problem
 * ROLLBACK_IMPOSSIBLE.
 */
export function withRollback(ledger: Ledger, asked: Asked, now: Instant): Ledger {
  if (isUnderWay(ledger) && ledger.release.request.rollback === undefined && isMeant(ledger.release, asked))
    return withAbort(ledger, asked);
  // The message that gave it up comes once more, or another one too late: the live model was not meant.
  if (hasEndedSince(ledger, asked)) return ledger;
  const { live, previous } = ledger;
  if (live === null || previous === undefined)
    throw new Problem('ROLLBACK_IMPOSSIBLE', 'nothing was live before');
  const { bucket, marker, generation } = previous.live.request;
  const request: Request = {
    ...previous.live.request,
    id: releaseId(ledger.service, bucket, marker, generation, asked.id),
    order: { at: asked.at, tie: asked.id.slice(0, 40) },
    askedBy: 'request',
    acceptedAt: now,
    attempts: 0,
    rollback: {
      from: live.request.id,
      deployedModel: previous.live.deployedModel,
      ...(asked.reason !== '' && { reason: asked.reason }),
    },
  };
  const { verdict, ledger: after } = accept(ledger, request, now);
  if (verdict === 'known') return ledger;
  // What was live then was another one.
  if (asked.at < live.since)
    throw new Problem('ROLLBACK_IMPOSSIBLE', `${live.request.id} went live after that`);
  const first = wayBackFrom(ledger, live.request.id);
  return first === undefined ? after : withoutSecond(ledger, first, request, now);
}

/** Throws a Problem NOTHING_UNDER_WAY. */
export function withAbort(ledger: Ledger, asked: Asked): Ledger {
  const release = underWay(ledger, asked);
  // What gives way to something newer would be tried again.
  if (release.goingBack !== undefined && release.goingBack.code !== 'SUPERSEDED') return ledger;
  const detail = asked.reason === '' ? 'no reason was given' : asked.reason;
  return { ...ledger, release: { ...release, goingBack: causeOf('ABORTED', detail) } };
}

/** Throws a Problem NOTHING_UNDER_WAY. */
export function withPromotion(ledger: Ledger, asked: Asked): Ledger {
  const release = underWay(ledger, asked);
  return release.promoted === true ? ledger : { ...ledger, release: { ...release, promoted: true } };
}

function underWay(ledger: Ledger, asked: Asked): Release {
  if (!isUnderWay(ledger)) throw new Problem('NOTHING_UNDER_WAY', 'nothing is being released');
  if (!isMeant(ledger.release, asked))
    throw new Problem('NOTHING_UNDER_WAY', `${ledger.release.request.id} began after that`);
  return ledger.release;
}

/** What was asked for before it began was about another one. */
function isMeant(release: Release, asked: Asked): boolean {
  return asked.at >= release.startedAt;
}

/** A repair brings back what is live already: there is nothing to give up. */
function isUnderWay(ledger: Ledger): ledger is Ledger & { release: Release } {
  return ledger.release !== null && !isRepair(ledger, ledger.release.request);
}

/** Whether something that was known of then has come to its end since, and not by going live. */
function hasEndedSince({ outcomes }: Ledger, { at }: Asked): boolean {
  return outcomes.some(
    ({ result, cause, acceptedAt, endedAt }) =>
      result !== 'Live' && cause?.code !== 'ROLLED_BACK' && acceptedAt <= at && at <= endedAt,
  );
}

/** The rollback from that release that waits or is under way. */
function wayBackFrom({ queue, release }: Ledger, from: string): Request | undefined {
  const underWay = release === null || release.goingBack !== undefined ? [] : [release.request];
  return [...underWay, ...queue].find(({ rollback }) => rollback?.from === from);
}

/** Whoever asks again because it takes its time must not make it begin anew. */
function withoutSecond(ledger: Ledger, first: Request, second: Request, now: Instant): Ledger {
  const cause: Cause = {
    code: 'SUPERSEDED',
    text: 'The same was asked for before.',
    detail: `${first.id} goes back already`,
  };
  return withOutcome(ledger, outcomeOf(second, now, { result: 'Superseded', cause }));
}
