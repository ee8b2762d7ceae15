/**
 * What a person asks of a release by message, as changes of the ledger: to roll back, to abort the release in progress, to
 * have it get all the traffic at once. Each may come late and more than once.
 */
import { Problem } from '../../errors.ts';
import type { Instant } from '../../world.ts';
import { accept } from './accept.ts';
import { releaseId } from '../ids.ts';
import type { Ledger, Release, Request } from '../ledger/ledger.ts';
import { isFull, outcomeOf, withOutcome } from '../ledger/outcomes.ts';
import { isRepair } from '../ledger/queries.ts';
import { withoutHeldTime } from '../steps/hold.ts';
import { causeOf, type Cause, type Outcome } from '../publish/outcome.ts';

export interface Asked {
  /** Names the request: the message's id, or what its sender chose. */
  readonly id: string;
  /** When it was published. */
  readonly at: Instant;
  readonly reason: string;
  /** The e-mail address that the message states of its sender. */
  readonly requestedBy?: string | undefined;
}

/**
 * Ends the release in progress; without one, asks for the release before the live one. A second rollback, asked for
 * once the release in progress is being ended, is about the live one. Throws a Problem ROLLBACK_IMPOSSIBLE or
 * OUTCOMES_WAITING.
 */
export function withRollback(ledger: Ledger, asked: Asked, now: Instant): Ledger {
  if (
    isInProgress(ledger) &&
    ledger.release.request.rollback === undefined &&
    isMeant(ledger.release, asked)
  ) {
    const { release } = ledger;
    if (!isEnding(release)) return withAbort(ledger, asked, now);
    if (release.goingBackBy === asked.id) return ledger;
    if (asked.at <= (release.goingBackAt ?? Infinity))
      return withNothingMore(ledger, release.request.id, asked, now);
  }
  const ended = endedSince(ledger, asked);
  if (ended?.endedBy === asked.id) return ledger;
  if (ended !== undefined) return withNothingMore(ledger, ended.release, asked, now);
  const { live, previous } = ledger;
  if (live === null || previous === undefined)
    throw new Problem('ROLLBACK_IMPOSSIBLE', 'nothing was live before');
  const { requestedBy: _, ...before } = previous.live.request;
  const { bucket, marker, generation } = before;
  const request: Request = {
    ...before,
    ...requesterOf(asked),
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
  if (verdict === 'full') throw new Problem('OUTCOMES_WAITING', `${asked.id} comes later`);
  // What was live then was another one.
  if (asked.at < live.since)
    throw new Problem('ROLLBACK_IMPOSSIBLE', `${live.request.id} went live after that`);
  const first = wayBackFrom(ledger, live.request.id);
  return first === undefined ? after : withoutSecond(ledger, first, request, now);
}

/** Throws a Problem NOTHING_UNDER_WAY. */
export function withAbort(ledger: Ledger, asked: Asked, now: Instant): Ledger {
  const release = inProgress(ledger, asked);
  if (isEnding(release)) return ledger;
  const detail = asked.reason === '' ? 'no reason was given' : asked.reason;
  const ending = {
    goingBack: causeOf('ABORTED', detail),
    goingBackAt: now,
    goingBackBy: asked.id.slice(0, 64),
    ...(asked.requestedBy !== undefined && { goingBackRequestedBy: asked.requestedBy }),
  };
  return withoutHeldTime({ ...ledger, release: { ...release, ...ending } }, asked.at);
}

function requesterOf({ requestedBy }: Asked): { requestedBy?: string } {
  return requestedBy === undefined ? {} : { requestedBy };
}

/** Whether it will not be tried again: what gives way to something newer may be. */
function isEnding({ goingBack }: Release): boolean {
  return goingBack !== undefined && goingBack.code !== 'SUPERSEDED';
}

/** Throws a Problem NOTHING_UNDER_WAY. */
export function withPromotion(ledger: Ledger, asked: Asked): Ledger {
  const release = inProgress(ledger, asked);
  if (release.promoted === true) return ledger;
  const { requestedBy } = asked;
  const promotedBy = requestedBy === undefined ? {} : { promotedBy: requestedBy };
  const promoted: Ledger = { ...ledger, release: { ...release, promoted: true, ...promotedBy } };
  return withoutHeldTime(promoted, asked.at);
}

function inProgress(ledger: Ledger, asked: Asked): Release {
  if (!isInProgress(ledger)) throw new Problem('NOTHING_UNDER_WAY', 'nothing is being released');
  if (!isMeant(ledger.release, asked))
    throw new Problem('NOTHING_UNDER_WAY', `${ledger.release.request.id} began after that`);
  return ledger.release;
}

/** What was asked for before it began was about another one. */
function isMeant(release: Release, asked: Asked): boolean {
  return asked.at >= release.startedAt;
}

/** A repair brings back what is live already: there is nothing to give up. */
function isInProgress(ledger: Ledger): ledger is Ledger & { release: Release } {
  return ledger.release !== null && !isRepair(ledger, ledger.release.request);
}

/** The release that was in progress then, has ended since, and not by going live: what the message was about. */
function endedSince({ outcomes }: Ledger, { id, at }: Asked): Outcome | undefined {
  const { found, mine } = outcomes.reduce<{ found?: Outcome; mine?: Outcome }>((best, outcome) => {
    const { result, cause, startedAt, acceptedAt, endedAt, gaveUpAt, endedBy } = outcome;
    if (result === 'Live' || result === 'Superseded' || cause?.code === 'ROLLED_BACK') return best;
    if ((startedAt ?? acceptedAt) > at || at > endedAt) return best;
    if (endedBy === id) return { ...best, mine: outcome };
    return at > (gaveUpAt ?? endedAt) ? best : { ...best, found: outcome };
  }, {});
  return mine ?? found;
}

/** The message asks for what has been done: it has an outcome all the same. */
function withNothingMore(ledger: Ledger, about: string, asked: Asked, now: Instant): Ledger {
  const id = releaseId(ledger.service, '', '', '', asked.id);
  if (ledger.outcomes.some(({ release }) => release === id)) return ledger;
  if (isFull(ledger)) throw new Problem('OUTCOMES_WAITING', `${asked.id} comes later`);
  const cause: Cause = {
    code: 'SUPERSEDED',
    text: 'The release that was in progress has ended, or ends already.',
    detail: `the rollback was about ${about}`,
  };
  const outcome: Outcome = {
    release: id,
    result: 'Superseded',
    cause,
    artifact: '',
    version: null,
    deployedModel: null,
    askedBy: 'request',
    ...requesterOf(asked),
    acceptedAt: now,
    endedAt: now,
    announced: false,
  };
  return withOutcome(ledger, outcome);
}

/** The rollback from that release that waits or is in progress. */
function wayBackFrom({ queue, release }: Ledger, from: string): Request | undefined {
  const inProgress = release === null || release.goingBack !== undefined ? [] : [release.request];
  return [...inProgress, ...queue].find(({ rollback }) => rollback?.from === from);
}

/** A second request, made because the first takes its time, must not restart it. */
function withoutSecond(ledger: Ledger, first: Request, second: Request, now: Instant): Ledger {
  const cause: Cause = {
    code: 'SUPERSEDED',
    text: 'The same was asked for before.',
    detail: `${first.id} goes back already`,
  };
  return withOutcome(ledger, outcomeOf(second, now, { result: 'Superseded', cause }));
}
