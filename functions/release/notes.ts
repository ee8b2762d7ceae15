/** Makes the changes of the ledger that `plan` asks for. Pure: time and chance are arguments. */
import type { Instant } from '../world.ts';
import { backOff } from './back-off.ts';
import { atItsBeginning, attemptFailed, gaveBack, live, parked } from './ends.ts';
import { VERDICTS_MOST } from './ledger-parts.ts';
import { freshAttempts, type Ledger, type Release, type Request } from './ledger.ts';
import { causeOf, type Verdict } from './outcome.ts';
import type { Note } from './plan.ts';
import type { Signature } from './signature.ts';

export function applyNote(ledger: Ledger, change: Note, now: Instant, random: () => number): Ledger {
  switch (change.note) {
    case 'started':
      return started(ledger, change.request, now);
    case 'parked':
      // Who gave it up was quicker.
      return ledger.release?.goingBack === undefined ? parked(ledger) : gaveBack(ledger, now);
    case 'endpointFound':
      return endpointFound(ledger, change, now);
    case 'uploaded':
      return withVersion(ledger, change.version);
    case 'versionGone':
      // The artifact may be another one by now.
      return onRelease(withVersion(ledger, null), (release) => ({ ...release, verified: false }));
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
    case 'splitSeen':
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
      return ledger.live === null
        ? ledger
        : { ...ledger, release: begin(ledger.live.request, ledger.attemptsFrom, now) };
    case 'needless':
      return { ...ledger, release: null };
    default:
      return change satisfies never;
  }
}

/** An endpoint that only a lost ledger can have known: the ids of its attempts are not used again. */
function endpointFound(
  ledger: Ledger,
  change: Extract<Note, { note: 'endpointFound' }>,
  now: Instant,
): Ledger {
  const { release } = ledger;
  const found = { ...ledger, endpoint: change.endpoint };
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
  return { ...ledger, queue, release: begin(request, ledger.attemptsFrom, now) };
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
