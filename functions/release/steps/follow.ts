/**
 * The current operation. An operation has succeeded only if it is done, has no error, and its resource has been
 * seen; a call whose reply was lost is looked for before it is repeated.
 */
import { isOfRegistry } from '../../../common/artifact/uri.ts';
import { isTransient } from '../../errors.ts';
import type { Instant, Operation } from '../../world.ts';
import { isFenced } from '../traffic/fence.ts';
import { LABELS } from '../ids.ts';
import { refusalOf } from '../refusals/lasting.ts';
import type { Ledger, Pending } from '../ledger/ledger.ts';
import { explainRefusal, isBusy } from '../refusals/refusals.ts';
import { record, type Action, type Observed } from '../decisions.ts';
import { SOONEST_MS, TYPICAL_MS } from '../view/estimate.ts';

type Kind = Pending['kind'];

/** Longest pause between two looks at an operation that may be done any moment, in ms. */
const PAUSE_MAX: Record<Kind, number> = {
  createEndpoint: 4_000,
  upload: 15_000,
  deploy: 23_000,
  undeploy: 60_000,
  deleteVersion: 60_000,
};

/** Shortest one once it has run for some seconds, in ms. Nothing waits for the end of a clean-up. */
const SHORTEST_PAUSE: Record<Kind, number> = {
  createEndpoint: 1_000,
  upload: 5_000,
  deploy: 5_000,
  undeploy: 60_000,
  deleteVersion: 60_000,
};

/** Looks at a deployment before it is as old as the last one was at its end. */
const LOOKS_BEFORE_DUE = 2;

/** From the intent to the end of what takes no time at all: the write of the one and the call, in ms. */
const INTENT_MS = 1_500;

/** By so much later than a fifth more than the last one, in ms, it takes as long as it takes. */
const OVERDUE_MS = 5_000;

/** What has not ended by then may hang: it is looked at less often. In ms. */
const LATE = 1_200_000;
const LATE_PAUSE_MAX = 60_000;

/** Longest pause between two looks for what a call may have begun, and for what it is refused for. In ms. */
const TRACE_PAUSE = 10_000;
const LATE_TRACE_FIRST = 10_000;
const LATE_TRACE_PAUSE = 60_000;

/**
 * How long after its intent, in ms, an operation has just begun, and is not looked at yet. The intent is written first,
 * which takes a second.
 */
const JUST_BEGUN_MS = 2_000;

/**
 * How long, in ms, a thing may stay unseen before its call counts as lost. An upload has no id of our choosing, so
 * a repeated one makes a second version: it is given the most time.
 */
const VISIBILITY_TIMEOUT_MS: Record<Kind, number> = {
  createEndpoint: 20_000,
  upload: 180_000,
  deploy: 30_000,
  undeploy: 0,
  deleteVersion: 0,
};

export function follow(pending: Pending, ledger: Ledger, seen: Observed, now: Instant): Action {
  if (pending.name === null) return seek(pending, ledger, seen, now);
  if (seen.operation === undefined) {
    return now - pending.since < JUST_BEGUN_MS
      ? waitFor(pending, ledger, now)
      : { do: 'look', at: 'operation' };
  }
  if (seen.operation === null) return record({ type: 'replyLost' });
  if (!seen.operation.done) return waitFor(pending, ledger, now);
  if (seen.operation.error !== null) return unsuccessful(pending, seen.operation.error);
  return seek(pending, ledger, seen, now);
}

/** Pauses grow with the time that has passed, so that a short operation is met at once. */
function waitFor({ kind, since }: Pending, ledger: Ledger, now: Instant): Action {
  // Clocks differ: what began in the future is no reason to look every second until then.
  const elapsed = Math.abs(now - since);
  const took = kind === 'createEndpoint' || kind === 'deleteVersion' ? undefined : ledger.took?.[kind];
  const most = elapsed > LATE ? LATE_PAUSE_MAX : PAUSE_MAX[kind];
  return { do: 'wait', ms: Math.max(1_000, Math.round(until(kind, took, elapsed, most))), why: kind };
}

function until(kind: Kind, took: number | undefined, elapsed: number, most: number): number {
  if (took !== undefined && elapsed < 1.2 * took + OVERDUE_MS) return untilDue(kind, took, elapsed, most);
  const isEarly = took === undefined && elapsed < 0.9 * SOONEST_MS[kind];
  // The first second is that of its intent.
  return Math.min(
    3 * (elapsed - 1_000),
    isEarly ? 0.9 * SOONEST_MS[kind] - elapsed : untilLikely(kind, elapsed, most),
  );
}

/** How long nobody knows: looks lie closer together once it has run for as long as it typically does. */
function untilLikely(kind: Kind, elapsed: number, most: number): number {
  if (elapsed > LATE) return most;
  const share = elapsed < 0.8 * TYPICAL_MS[kind] ? 8 : 40;
  return Math.min(most, Math.max(SHORTEST_PAUSE[kind], elapsed / share));
}

/**
 * What took ten minutes the last time will hardly be done in nine: until then there is but one look, for what fails at
 * once. Then looks are a thirtieth of it apart, and one of them falls on the moment at which the last one was done.
 */
function untilDue(kind: Kind, took: number, elapsed: number, most: number): number {
  const apart = Math.max(1_000, Math.min(most, took / 30));
  const due = took + INTENT_MS - elapsed;
  const looksBefore = Math.min(kind === 'deploy' ? LOOKS_BEFORE_DUE : 0, Math.floor(due / apart - 0.5));
  const ms = due - looksBefore * apart;
  return kind === 'undeploy' ? ms : Math.min(20 * elapsed, ms);
}

/** Looks for what the operation was to bring about. */
function seek(pending: Pending, ledger: Ledger, seen: Observed, now: Instant): Action {
  if (pending.kind === 'undeploy' || pending.kind === 'deleteVersion') return settled(seen);
  if (pending.kind === 'deploy') return findDeployment(pending, ledger, seen, now);
  const look = pending.kind === 'upload' ? madeAt(ledger) : 'endpoints';
  if (seen[look] === undefined) return { do: 'look', at: look };
  if (isThere(pending, ledger, seen)) return settled(seen);
  if (pending.name !== null) return record({ type: 'replyLost' });
  return waitForVisibility(pending, ledger, seen.at ?? now) ?? settled(seen);
}

/**
 * A model may show on its endpoint while it is still being deployed, and after its deployment has failed: only an
 * operation that succeeded proves it. Where none can be found the attempt is given up and its id with it, and so
 * it is where the model was there and is gone: what is known of an id's first deployment must not prove a second.
 */
function findDeployment(pending: Pending, ledger: Ledger, seen: Observed, now: Instant): Action {
  const { name, subject } = pending;
  // The endpoint is looked at last: what succeeded before that has to show, or is gone.
  if (name === null && seen.deployments === undefined) return { do: 'look', at: 'deployments' };
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const endpoint = seen.endpoints.find((e) => e.deployedModels.some((model) => model.id === subject));
  if (name !== null) return record(endpoint ? { type: 'deployed', ...tookOf(seen) } : { type: 'replyLost' });

  const deployments = seen.deployments ?? [];
  const ours = deployments.find((d) => d.deployedModel === subject && d.error === null);
  // Who has given it traffic had the proof.
  const isProven = ours !== undefined || (endpoint?.traffic.get(subject) ?? 0) > 0;
  if (endpoint !== undefined && isProven) return record({ type: 'deployed' });
  // A running one may be ours or another's, which only its end will tell.
  if (deployments.some((deployment) => !deployment.done)) return waitFor(pending, ledger, now);
  const wait = waitForVisibility(pending, ledger, seen.at ?? now);
  if (wait !== null) return wait;
  if (endpoint === undefined && ours === undefined) return settled(seen);
  if (endpoint === undefined && pending.doubted !== true) return record({ type: 'recheckOnce' });
  if (endpoint !== undefined && !isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  const detail = endpoint
    ? `nothing tells how the deployment of ${subject} ended`
    : `${subject} was deployed and is gone`;
  return record({ type: 'attemptFailed', code: 'DEPLOY_FAILED', detail, again: true });
}

/** Something may have begun although its reply was lost. Null: it would have shown by now. */
function waitForVisibility(pending: Pending, ledger: Ledger, now: Instant): Action | null {
  const unseenFor = now - pending.since;
  if (unseenFor >= VISIBILITY_TIMEOUT_MS[pending.kind]) return null;
  // What was asked for before, and is still not there, will hardly come within seconds.
  const isLate = refusalOf(ledger, pending.kind) !== null;
  const [first, longest] = isLate ? [LATE_TRACE_FIRST, LATE_TRACE_PAUSE] : [1_000, TRACE_PAUSE];
  return {
    do: 'wait',
    ms: Math.min(longest, Math.max(first, Math.abs(unseenFor))),
    why: `trace of ${pending.kind}`,
  };
}

/** Where an upload shows. For a model of the registry nothing is uploaded: it is copied. */
function madeAt({ release }: Ledger): 'model' | 'versions' {
  return release !== null && isOfRegistry(release.request) ? 'model' : 'versions';
}

function isThere(pending: Pending, ledger: Ledger, seen: Observed): boolean {
  if (pending.kind === 'upload') {
    if (madeAt(ledger) === 'model') return seen.model !== null;
    const id = ledger.release?.request.id;
    return seen.versions?.some((version) => version.labels.get(LABELS.release) === id) ?? false;
  }
  return (seen.endpoints?.length ?? 0) > 0;
}

function unsuccessful(pending: Pending, error: NonNullable<Operation['error']>): Action {
  if (pending.kind === 'undeploy' || pending.kind === 'deleteVersion') {
    const { kind, subject } = pending;
    const { detail, patience } = explainRefusal(kind, error);
    return record({ type: 'cleanUpFailed', kind, subject, detail, isBusy: isBusy(error.status, patience) });
  }
  // The first of two calls is still at work: what it makes is looked for before anything is repeated.
  if (error.status === 'ALREADY_EXISTS') {
    const refusal = { asked: pending.kind, ...explainRefusal(pending.kind, error) };
    return record({ type: 'replyLost', refusal });
  }
  if (pending.kind === 'deploy')
    return { do: 'explain', subject: pending.subject, since: pending.since, error };
  const refusal = explainRefusal(pending.kind, error);
  const again = refusal.patience !== 'none';
  const failed = { type: 'attemptFailed', code: refusal.code, detail: refusal.detail, again } as const;
  return record(isTransient(error.status) ? failed : { ...failed, patience: refusal.patience });
}

function settled(seen: Observed): Action {
  return record({ type: 'operationCleared', ...tookOf(seen) });
}

/** Google's own figure, where the operation has been seen to its end. */
function tookOf({ operation }: Observed): { tookMs?: number } {
  const took = operation?.done === true && operation.error === null ? operation.tookMs : null;
  return took === null ? {} : { tookMs: Math.round(took) };
}
