/**
 * Rollback, abort and promote: what an operator asks of a release by a message on the requests topic. What it will
 * be about is read from the ledger first, as the functions will read it (functions/release/requests/operator.ts).
 */
import type { Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import { releaseId } from '../../functions/release/ids.ts';
import type { Ledger, Request } from '../../functions/release/ledger/ledger.ts';
import type { Progress } from '../ledger-view/progress.ts';
import type { Theme } from '../terminal/screen.ts';
import { ledgerOf, type Session } from '../session.ts';
import { nameOf } from '../terminal/words.ts';
import { publishRequest, type Prepared } from './release.ts';

export type Steering = 'rollback' | 'abort' | 'promote';

/** The shape of `slipway rollback --json`, `abort` and `promote`, documented in docs/cli.md. */
export interface Steered {
  readonly service: string;
  readonly action: Steering;
  readonly reason: string | null;
  readonly requestId: string;
  /** The release in progress that is aborted or promoted, or else the one that the rollback will be. */
  readonly release: string;
  readonly name: string;
  /** The release that goes; null: the release in progress gets all the traffic. */
  readonly from: string | null;
  /** Whether what will serve is still deployed: then it does in seconds. */
  readonly isDeployed: boolean;
}

/** Rejects as `steer` does. */
export async function prepareSteering(
  session: Session,
  service: Service,
  action: Steering,
  { reason, requestId }: { readonly reason: string | undefined; readonly requestId: string },
): Promise<Prepared<Steered>> {
  const subject = subjectOf(service, await ledgerOf(session, service), action, requestId);
  const { name } = service;
  const message = { schema: 1, service: name, action, requestId, ...(reason !== undefined && { reason }) };
  return { message, asked: { service: name, action, reason: reason ?? null, requestId, ...subject } };
}

/**
 * Resolves when the message is accepted, seconds before it is acted on. Rejects with a CallError, or with a Problem
 * where there is nothing to roll back to, or nothing in progress: then nothing is asked.
 */
export async function steer(
  session: Session,
  service: Service,
  action: Steering,
  options: { readonly reason: string | undefined; readonly requestId: string },
): Promise<Steered> {
  const { message, asked } = await prepareSteering(session, service, action, options);
  await publishRequest(session, service, message);
  return asked;
}

function subjectOf(
  service: Service,
  ledger: Ledger | null,
  action: Steering,
  requestId: string,
): Pick<Steered, 'release' | 'name' | 'from' | 'isDeployed'> {
  const inProgress = ledger === null ? null : inProgressOf(ledger);
  const named = (request: Request) => nameOf(service.artifacts, request);
  if (inProgress !== null && (action !== 'rollback' || inProgress.rollback === undefined)) {
    const from = action === 'promote' ? null : inProgress.id;
    return { release: inProgress.id, name: named(inProgress), from, isDeployed: true };
  }
  if (action !== 'rollback')
    throw new Problem('NOTHING_UNDER_WAY', `nothing of ${service.name} is being released`);
  if (!ledger?.live || ledger.previous === undefined)
    throw new Problem('ROLLBACK_IMPOSSIBLE', `nothing of ${service.name} was live before`);
  const { request } = ledger.previous.live;
  return {
    release: releaseId(service.name, request.bucket, request.marker, request.generation, requestId),
    name: named(request),
    from: ledger.live.request.id,
    isDeployed: !ledger.previous.retired,
  };
}

/** A repair brings back what is live already: there is nothing to give up. */
function inProgressOf({ release, live }: Ledger): Request | null {
  return release === null || release.request.id === live?.request.id ? null : release.request;
}

/** Whether the release ended as `slipway rollback` was to end it. */
export function isRolledBack({ release, from }: Steered, { result, cause }: Progress): boolean {
  return release === from ? cause?.code === 'ABORTED' && result !== 'Live' : result === 'Live';
}

export function steeredText(steered: Steered, { paint }: Theme): string[] {
  const { service, action, release, name, from, requestId, isDeployed } = steered;
  const which = `${paint('bold', name)} of ${paint('bold', service)}`;
  const ids = `release ${paint('cyan', release)}, request ${requestId}`;
  if (action === 'promote') return [`promotion requested: ${which} receives all the traffic`, ids];
  if (release === from) return [`abort requested for ${which}; the live model keeps serving`, ids];
  const how = isDeployed ? 'which is still deployed' : 'which must be deployed again';
  return [`rollback requested from ${from} to ${which}, ${how}`, ids];
}
