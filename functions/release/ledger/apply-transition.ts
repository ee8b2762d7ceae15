/** Makes the changes of the ledger that `plan` asks for. Pure: time and chance are arguments. */
import type { Instant } from '../../world.ts';
import type { Transition } from './transition.ts';
import {
  withoutStepTimes,
  attemptFailed,
  rolledBack,
  live,
  putBack,
  stuck,
  withoutRepair,
} from './finish-release.ts';
import { withoutRefusal, withoutRefusals, withRefusal } from '../refusals/lasting.ts';
import { incomplete, partlyVerified, verified, withVerdicts } from './examined.ts';
import { ATTEMPTS_MAX } from './parts.ts';
import { freshAttempts, type Ledger, type Release, type Request } from './ledger.ts';
import { scaled } from './scaled.ts';
import { withDoubt, withOutage, withoutOutage, withUndeployFailed } from './outage.ts';
import { outcomeOf, withOutcome } from './outcomes.ts';
import { withReached } from './reached.ts';
import { withEvidence } from './shown.ts';
import { withAbandoned, withLeftover, withoutAbandoned, withoutLeftover } from '../steps/leftovers.ts';
import { withAwake, withEmptied, withServing } from '../steps/parking-notices.ts';
import { atBoundary, withoutParking } from '../steps/park.ts';
import { causeOf, type Cause } from '../publish/outcome.ts';

export function applyTransition(
  ledger: Ledger,
  change: Transition,
  now: Instant,
  random: () => number,
): Ledger {
  return withReached(changed(ledger, change, now, random), change, now);
}

function changed(ledger: Ledger, change: Transition, now: Instant, random: () => number): Ledger {
  switch (change.type) {
    case 'requestStarted':
      return started(ledger, change.request, now);
    case 'requeued':
      // Who gave it up was quicker.
      return ledger.release?.goingBack === undefined ? putBack(ledger) : rolledBack(ledger, now);
    case 'endpointRecorded':
      return endpointFound(ledger, change, now);
    case 'uploaded':
      return withVersion(withoutRefusal(ledger, 'upload'), change.version);
    case 'versionGone':
      // The artifact may be another one by now.
      return onRelease(withVersion(ledger, null), (release) => ({ ...release, verified: false }));
    case 'operationCleared':
      return settled(ledger, now, change.tookMs);
    case 'deployed':
      return onRelease(withoutRefusal(settled(ledger, now, change.tookMs), 'deploy'), (release) => ({
        ...release,
        deployed: true,
      }));
    case 'deploymentUnproven':
      return deploymentUnproven(ledger, change.id, now);
    case 'replyLost':
      return replyLost(ledger, change, now, random);
    case 'recheckOnce':
      return ledger.pending === null
        ? ledger
        : { ...ledger, pending: { ...ledger.pending, doubted: true, since: now } };
    case 'attemptFailed':
      return attemptFailed(ledger, change, now, random);
    case 'cleanUpFailed':
      return tidyFailed(ledger, change, now, random);
    case 'leftoverCleared':
      return withoutLeftover(ledger, change.kind, change.subject);
    case 'operationAbandoned':
      return abandoned(ledger, change, now, random);
    case 'refusalsCleared':
      return withoutRefusals(ledger);
    case 'abandonedOperationEnded':
      return withoutAbandoned(ledger, change.operation);
    case 'trafficStuck':
      return stuck(ledger, change.detail, now);
    case 'artifactIncomplete':
      return onRelease(ledger, (release) => incomplete(release, change, now));
    case 'partlyVerified':
      return onRelease(ledger, (release) => partlyVerified(release, change));
    case 'verified':
      return onRelease(ledger, (release) => verified(release, change));
    case 'previousSplitRecorded':
      return onRelease(ledger, (release) => ({
        ...release,
        splitBefore: change.traffic.map(([id, percent]) => [id, percent]),
      }));
    case 'stepReached':
      return onRelease(ledger, (release) => ({
        ...release,
        step: change.step,
        stepSince: now,
        served: true,
      }));
    case 'stepPassed':
      return onRelease(ledger, (release) => ({ ...withoutStepTimes(release), step: change.step }));
    case 'judged':
      return onRelease(ledger, (release) => ({
        ...release,
        verdicts: withVerdicts(release, change.verdicts),
        ...(change.evidence && { evidence: withEvidence(release.evidence, change.evidence) }),
        judgeNotBefore: now + change.againMs,
      }));
    case 'rollbackStarted':
      return onRelease(ledger, (release) => ({
        ...release,
        goingBack: causeOf(change.code, change.detail),
        goingBackAt: now,
        served: true,
      }));
    case 'hadTraffic':
      return onRelease(ledger, (release) => ({ ...release, served: true }));
    case 'rollbackFinished':
      return rolledBack(ledger, now);
    case 'wentLive':
      return withServing(live(ledger, change, now), ledger, now);
    case 'boundaryPassed':
      return atBoundary(ledger, change);
    case 'emptied':
      return withEmptied(ledger, change.since, now);
    case 'woken':
      return withoutParking(ledger, change.since);
    case 'awake':
      return withAwake(ledger, now);
    case 'scaled':
    case 'scaleDoubted':
    case 'scaleFailed':
      return scaled(ledger, change, now, random);
    case 'outageStarted':
      return withOutage(ledger, now);
    case 'outageEnded':
      return withoutOutage(ledger, now);
    case 'repairStarted':
      return repair(ledger, now);
    case 'repairCancelled':
      return withoutRepair(ledger);
    default:
      return change satisfies never;
  }
}

/** An endpoint that only a lost ledger can have known: the ids of its attempts are not used again. */
function endpointFound(
  ledger: Ledger,
  change: Extract<Transition, { type: 'endpointRecorded' }>,
  now: Instant,
): Ledger {
  const { release } = ledger;
  const known = change.endpoint === null ? ledger : withoutRefusal(ledger, 'createEndpoint');
  const found = { ...known, endpoint: change.endpoint };
  if (change.isOurs !== true || release === null || release.deployed) return found;
  const attemptsFrom = freshAttempts(now);
  return { ...found, attemptsFrom, release: { ...release, ...numbered(release.request, attemptsFrom) } };
}

function numbered(request: Request, attemptsFrom = 0): Pick<Release, 'request' | 'attempt'> {
  const attempt = Math.max(request.attempts, attemptsFrom) + 1;
  return { request: { ...request, attempts: attempt }, attempt };
}

function started(ledger: Ledger, request: Request, now: Instant): Ledger {
  const queue = ledger.queue.filter((waiting) => waiting.id !== request.id);
  // Something else may have taken its place while the change was on its way.
  if (queue.length === ledger.queue.length) return ledger;
  return { ...withoutRefusals(ledger), queue, release: begin(request, ledger.attemptsFrom, now) };
}

/** A live model whose ids are used up cannot be deployed again under its release. */
function repair(ledger: Ledger, now: Instant): Ledger {
  const { live } = ledger;
  if (live === null) return ledger;
  const release = begin(live.request, ledger.attemptsFrom, now);
  if (release.attempt <= ATTEMPTS_MAX) return { ...ledger, release };
  const cause = causeOf('ATTEMPTS_EXHAUSTED', `${live.request.id} was deployed ${ATTEMPTS_MAX} times`);
  return withOutcome({ ...ledger, live: null }, outcomeOf(live.request, now, { result: 'Failed', cause }));
}

function begin(request: Request, attemptsFrom: number | undefined, now: Instant): Release {
  return {
    ...numbered(request, attemptsFrom),
    startedAt: now,
    verified: false,
    deployed: false,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
  };
}

/** Remembers how long the operation took, where it was followed to its end. */
function settled(ledger: Ledger, now: Instant, tookMs?: number): Ledger {
  const { pending, took } = ledger;
  if (pending === null) return ledger;
  const { kind, subject, name, since } = pending;
  if (name === null) return withDoubt({ ...ledger, pending: null }, subject);
  if (kind === 'deleteVersion') return withoutLeftover({ ...ledger, pending: null }, kind, subject);
  if (kind === 'createEndpoint') return { ...ledger, pending: null };
  const next = { ...ledger, pending: null, took: { ...took, [kind]: tookMs ?? Math.max(0, now - since) } };
  if (kind === 'upload') return onRelease(next, (release) => ({ ...release, uploadEnded: true }));
  return kind === 'undeploy' ? withoutLeftover(next, kind, subject) : next;
}

function onRelease(ledger: Ledger, change: (release: Release) => Release): Ledger {
  return ledger.release === null ? ledger : { ...ledger, release: change(ledger.release) };
}

/** As if the reply of its call had been lost: how it stands is found out from what Vertex has. */
function deploymentUnproven(ledger: Ledger, id: string, now: Instant): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  return {
    ...withoutRefusal(ledger, 'shift'),
    pending: { kind: 'deploy', subject: id, name: null, since: now },
    release: { ...release, deployed: false },
  };
}

function withVersion(ledger: Ledger, version: string | null): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  return { ...ledger, release: { ...release, request: { ...release.request, version } } };
}

function tidyFailed(
  ledger: Ledger,
  { kind, subject, detail, isBusy, isUncertain }: Extract<Transition, { type: 'cleanUpFailed' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const left = withLeftover({ ...ledger, pending: null }, kind, subject, detail, isBusy, now, random);
  return kind === 'undeploy' ? withUndeployFailed(left, subject, isUncertain === true) : left;
}

/** It is looked for before it is asked for again; where it is refused because it was, that is counted. */
function replyLost(
  ledger: Ledger,
  { refusal }: Extract<Transition, { type: 'replyLost' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const { pending } = ledger;
  if (pending === null) return ledger;
  const sought = { ...ledger, pending: { ...pending, name: null, since: now } };
  if (refusal === undefined) return sought;
  return withRefusal(sought, refusal.asked, { ...refusal, byOperation: true }, now, random);
}

/** A clean-up that does not end is what is left behind; of a release nothing but the operation is. */
function abandoned(
  ledger: Ledger,
  { isHopeless, detail }: Extract<Transition, { type: 'operationAbandoned' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const { pending, release } = ledger;
  if (pending === null) return ledger;
  const { kind, subject } = pending;
  const failed = { type: 'cleanUpFailed', subject, detail, isBusy: false, isUncertain: true } as const;
  if (isHopeless && (kind === 'undeploy' || kind === 'deleteVersion'))
    return tidyFailed(ledger, { ...failed, kind }, now, random);
  const next = withDoubt(withAbandoned(ledger, isHopeless, now), subject);
  if (!isHopeless || release === null) return next;
  return onRelease(next, (r) => ({ ...r, lastCause: causeOfHanging(r, detail) }));
}

/** The code of what failed before tells more; the words are those of both. */
function causeOfHanging({ lastCause }: Release, detail: string): Cause {
  const cause = causeOf('DEADLINE_EXCEEDED', detail);
  if (lastCause === null) return cause;
  return { ...lastCause, detail: `${cause.detail}; before that: ${lastCause.detail}`.slice(0, 1200) };
}
