/** Makes the changes of the ledger that `plan` asks for. Pure: time and chance are arguments. */
import type { ProblemCode } from '../errors.ts';
import type { Instant } from '../world.ts';
import { supersede } from './accept.ts';
import {
  compareOrder,
  outcomeOf,
  VERDICTS_MOST,
  withOutcome,
  type Ledger,
  type Release,
  type Request,
} from './ledger.ts';
import { causeOf, type Cause, type Verdict } from './outcome.ts';
import type { Note } from './plan.ts';
import type { Signature } from './signature.ts';

/** Definite failures after which a release is given up. */
const MOST_FAILURES = 5;

export function applyNote(ledger: Ledger, change: Note, now: Instant, random: () => number): Ledger {
  switch (change.note) {
    case 'started':
      return started(ledger, change.request, now);
    case 'parked':
      // Who gave it up was quicker.
      return ledger.release?.goingBack === undefined ? parked(ledger) : gaveBack(ledger, now);
    case 'endpointFound':
      return { ...ledger, endpoint: change.endpoint };
    case 'uploaded':
      return withVersion(ledger, change.version);
    case 'versionGone':
      return withVersion(ledger, null);
    case 'settled':
      return settled(ledger, now);
    case 'deployed':
      return deployed(settled(ledger, now));
    case 'deploymentUnproven':
      return deploymentUnproven(ledger, change.id, now);
    case 'replyLost':
      return ledger.pending === null
        ? ledger
        : { ...ledger, pending: { ...ledger.pending, name: null, since: now } };
    case 'doubted':
      return ledger.pending === null
        ? ledger
        : { ...ledger, pending: { ...ledger.pending, doubted: true, since: now } };
    case 'attemptFailed':
      return attemptFailed(ledger, change, now, random);
    case 'tidyFailed':
      return tidyFailed(ledger, change.kind, now, random);
    case 'verified':
      return verified(ledger, change.signature, change.verdict);
    case 'stepReached':
      return onRelease(ledger, (release) => ({
        ...release,
        step: change.step,
        stepSince: now,
        served: true,
      }));
    case 'nextStep':
      return onRelease(ledger, (release) => ({ ...atItsBeginning(release), step: change.step }));
    case 'judged':
      return onRelease(ledger, (release) => ({
        ...release,
        verdicts: withVerdicts(release, change.verdicts),
        judgeNotBefore: now + change.againMs,
      }));
    case 'goingBack':
      return onRelease(ledger, (release) => ({
        ...release,
        goingBack: causeOf(change.code, change.detail),
        served: true,
      }));
    case 'served':
      return onRelease(ledger, (release) => ({ ...release, served: true }));
    case 'gaveBack':
      return gaveBack(ledger, now);
    case 'live':
      return live(ledger, change, now);
    case 'repair':
      return ledger.live === null ? ledger : { ...ledger, release: begin(ledger.live.request, now) };
    case 'needless':
      return { ...ledger, release: null };
    default:
      return change satisfies never;
  }
}

function started(ledger: Ledger, request: Request, now: Instant): Ledger {
  const queue = ledger.queue.filter((waiting) => waiting.id !== request.id);
  return { ...ledger, queue, release: begin(request, now) };
}

function begin(request: Request, now: Instant): Release {
  const attempt = request.attempts + 1;
  return {
    request: { ...request, attempts: attempt },
    startedAt: now,
    attempt,
    verified: false,
    deployed: false,
    aliased: false,
    failures: 0,
    notBefore: 0,
    lastCause: null,
  };
}

/** Something newer goes first. Only if that fails is this one tried again, under a new deployed model id. */
function parked(ledger: Ledger): Ledger {
  if (ledger.release === null) return ledger;
  return { ...ledger, release: null, queue: [...ledger.queue, ledger.release.request] };
}

/** Remembers how long the operation took, where it was followed to its end. */
function settled(ledger: Ledger, now: Instant): Ledger {
  const { pending, took } = ledger;
  if (pending === null) return ledger;
  const { kind, name, since } = pending;
  if (name === null || kind === 'createEndpoint' || kind === 'deleteVersion')
    return { ...ledger, pending: null };
  return { ...ledger, pending: null, took: { ...took, [kind]: Math.max(0, now - since) } };
}

function onRelease(ledger: Ledger, change: (release: Release) => Release): Ledger {
  return ledger.release === null ? ledger : { ...ledger, release: change(ledger.release) };
}

function deployed(ledger: Ledger): Ledger {
  return onRelease(ledger, (release) => ({ ...release, deployed: true }));
}

function verified(ledger: Ledger, signature: Signature | null, verdict: Verdict | null): Ledger {
  return onRelease(ledger, (release) => ({
    ...release,
    verified: true,
    ...(signature !== null && { signature }),
    ...(verdict !== null && { verdicts: withVerdicts(release, [verdict]) }),
  }));
}

/** Of every gate and step the last one. */
function withVerdicts(release: Release, verdicts: readonly Verdict[]): Verdict[] {
  const isNew = (old: Verdict) => verdicts.some((v) => v.gate === old.gate && v.step === old.step);
  return [...(release.verdicts ?? []).filter((old) => !isNew(old)), ...verdicts].slice(-VERDICTS_MOST);
}

/** Without traffic again. What gave way to something newer waits, and is tried again only if that fails. */
function gaveBack(ledger: Ledger, now: Instant): Ledger {
  const { release } = ledger;
  if (release?.goingBack === undefined) return ledger;
  if (release.goingBack.code === 'SUPERSEDED') return parked(ledger);
  return ended(ledger, release, release.served === true ? 'RolledBack' : 'Failed', release.goingBack, now);
}

/** As if the reply of its call had been lost: how it stands is found out from what Vertex has. */
function deploymentUnproven(ledger: Ledger, id: string, now: Instant): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  return {
    ...ledger,
    pending: { kind: 'deploy', subject: id, name: null, since: now },
    release: { ...release, deployed: false },
  };
}

function withVersion(ledger: Ledger, version: string | null): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  return { ...ledger, release: { ...release, request: { ...release.request, version } } };
}

function attemptFailed(
  ledger: Ledger,
  change: Extract<Note, { note: 'attemptFailed' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const { release } = ledger;
  if (release === null) return { ...ledger, pending: null };
  const cause = causeOf(change.code, change.detail);
  const failures = release.failures + 1;
  if (!change.again || failures >= MOST_FAILURES) {
    return ended({ ...ledger, pending: null }, release, resultOf(change.code), cause, now);
  }
  // A deployed model's id is used once.
  const attempt = ledger.pending?.kind === 'deploy' ? release.attempt + 1 : release.attempt;
  return {
    ...ledger,
    pending: null,
    release: {
      ...freshStart(release),
      attempt,
      deployed: false,
      request: { ...release.request, attempts: attempt },
      failures,
      notBefore: now + backOff(failures, 10_000, 120_000, random),
      lastCause: cause,
    },
  };
}

/** Without what an earlier attempt has reached on the endpoint. */
function freshStart(release: Release): Release {
  const { step: _, ...rest } = atItsBeginning(release);
  const verdicts = release.verdicts?.filter(({ gate }) => gate === 'contract');
  return { ...rest, ...(verdicts && { verdicts }) };
}

/** Without when its step was reached and its gates were asked. */
function atItsBeginning(release: Release): Release {
  const { stepSince: _, judgeNotBefore: __, ...rest } = release;
  return rest;
}

function resultOf(code: ProblemCode): 'Failed' | 'Refused' | 'Superseded' {
  if (code === 'ARTIFACT_OVERWRITTEN') return 'Superseded';
  const isRefusal = ['ARTIFACT_', 'MANIFEST_', 'CONTRACT_'].some((kind) => code.startsWith(kind));
  return isRefusal ? 'Refused' : 'Failed';
}

/** Without a release under way any more. A live model that could not be brought back is live no longer. */
function ended(
  ledger: Ledger,
  release: Release,
  result: 'Failed' | 'Refused' | 'Superseded' | 'RolledBack',
  cause: Cause,
  now: Instant,
): Ledger {
  const live = ledger.live?.request.id === release.request.id ? null : ledger.live;
  const outcome = outcomeOf(release.request, now, { result, cause, release });
  return withOutcome({ ...ledger, release: null, live }, outcome);
}

function tidyFailed(
  ledger: Ledger,
  kind: Extract<Note, { note: 'tidyFailed' }>['kind'],
  now: Instant,
  random: () => number,
): Ledger {
  if (kind !== 'undeploy') {
    // Versions cost next to nothing: the sweep tries again.
    return { ...ledger, pending: null, tidy: { ...ledger.tidy, versionsNotBefore: now + 600_000 } };
  }
  const failures = ledger.tidy.failures + 1;
  const notBefore = now + backOff(failures, 10_000, 600_000, random);
  return { ...ledger, pending: null, tidy: { ...ledger.tidy, failures, notBefore } };
}

/** What was wanted earlier and still waits will not be needed any more. */
function live(ledger: Ledger, change: Extract<Note, { note: 'live' }>, now: Instant): Ledger {
  const { release } = ledger;
  // Who gave it up was quicker.
  if (release === null || release.goingBack !== undefined) return ledger;
  const { request, attempt } = release;
  const { deployedModel } = change;
  const isRepair = ledger.live?.request.id === request.id;
  const signature = release.signature ?? (isRepair ? ledger.live?.signature : undefined);
  let next: Ledger = {
    ...ledger,
    release: null,
    live: { request, attempt, deployedModel, since: now, ...(signature && { signature }) },
    tidy: { failures: 0, notBefore: 0, versionsNotBefore: 0 },
  };
  if (!isRepair) {
    next = withPrevious(next, ledger, release, now + change.standbyMs, now);
    next = withOutcome(
      next,
      outcomeOf(request, now, { result: 'Live', cause: null, deployedModel, release }),
    );
  }
  const older = next.queue.filter((waiting) => compareOrder(waiting.order, request.order) < 0);
  next = { ...next, queue: next.queue.filter((waiting) => !older.includes(waiting)) };
  for (const waiting of older) next = supersede(next, waiting, now);
  return next;
}

/** What was live is where a rollback goes; after a rollback it is what must never serve again. */
function withPrevious(
  next: Ledger,
  { live: before }: Ledger,
  { request }: Release,
  until: Instant,
  now: Instant,
): Ledger {
  if (before === null) return next;
  if (request.rollback === undefined) return { ...next, previous: { live: before, until, retired: false } };
  const { previous: _, ...rest } = next;
  if (request.rollback.from !== before.request.id) return rest;
  const { deployedModel } = before;
  const cause = causeOf('ROLLED_BACK', `back to ${request.bucket}/${request.marker}`);
  return withOutcome(rest, outcomeOf(before.request, now, { result: 'RolledBack', cause, deployedModel }));
}

/** Exponential with full jitter, never under a second, in ms. */
export function backOff(failures: number, firstMs: number, mostMs: number, random: () => number): number {
  const ceiling = Math.min(mostMs, firstMs * 2 ** (failures - 1));
  return Math.round(1_000 + random() * Math.max(0, ceiling - 1_000));
}
