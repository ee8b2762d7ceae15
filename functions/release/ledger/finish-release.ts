/** How a release ends, an attempt fails, or something newer goes first, as changes of the ledger. Pure. */
import { isOfRegistry, uriOf } from '../../../common/artifact/uri.ts';
import type { ProblemCode } from '../../problems.ts';
import type { Instant } from '../../world.ts';
import { supersede } from '../requests/accept.ts';
import { backOff } from '../refusals/back-off.ts';
import { withFailedArtifact } from '../requests/identity.ts';
import { deployedModelId } from '../ids.ts';
import { refusalOf, WAITED_OUT, withoutRefusals } from '../refusals/lasting.ts';
import { ATTEMPTS_MAX } from './parts.ts';
import type { Ledger, Release, Request } from './ledger.ts';
import { contractOf, type KeptContract } from './kept-contract.ts';
import { outcomeOf, withOutcome } from './outcomes.ts';
import { isRecreating, settleOutage, withoutOutage } from './outage.ts';
import { compareOrder, isRepair } from './queries.ts';
import { withUngiven } from '../steps/leftovers.ts';
import { causeOf, type Cause } from '../publish/outcome.ts';
import type { Transition } from './transition.ts';

/** Definite failures after which a release is given up. */
const FAILURES_MAX = 5;

/** In ms. A failed deployment may hold its machines for half an hour. */
const WAIT_FOR_MACHINES_MAX = 600_000;

/** Something newer goes first. Only if that fails is this one tried again, under a new deployed model id. */
export function putBack(ledger: Ledger): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  if (isRepair(ledger, release.request)) return withoutRepair(ledger);
  return { ...ledger, release: null, queue: [...ledger.queue, release.request] };
}

/** The live model stays what is to serve: the next repair begins with another deployed model's id. */
export function withoutRepair(ledger: Ledger): Ledger {
  const { live, release } = ledger;
  if (live === null || release === null) return { ...ledger, release: null };
  const { attempts } = release.request;
  return { ...ledger, release: null, live: { ...live, request: { ...live.request, attempts } } };
}

/** Without traffic again. What gave way to something newer waits, and is tried again only if that fails. */
export function rolledBack(ledger: Ledger, now: Instant): Ledger {
  const { release } = ledger;
  if (release?.goingBack === undefined) return ledger;
  if (release.goingBack.code === 'SUPERSEDED') return putBack(ledger);
  return ended(ledger, release, release.served === true ? 'RolledBack' : 'Failed', release.goingBack, now);
}

export function attemptFailed(
  ledger: Ledger,
  change: Extract<Transition, { type: 'attemptFailed' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const { release } = ledger;
  if (release === null) return { ...ledger, pending: null };
  // It was given up already: that is what ends it.
  if (release.goingBack !== undefined) return rolledBack({ ...ledger, pending: null }, now);
  const cause = causeOf(change.code, change.detail);
  const failures = release.failures + 1;
  const failingSince = release.failingSince ?? now;
  // Machines come back, but nobody knows when: the deadline alone ends the wait for them.
  const isWorthIt =
    !isRecreating(ledger) &&
    (change.code === 'DEPLOY_CAPACITY' ||
      (failures < FAILURES_MAX && now <= failingSince + WAITED_OUT[change.patience ?? 'deadline']));
  if (!change.again || !isWorthIt || release.attempt >= ATTEMPTS_MAX) {
    return ended({ ...ledger, pending: null }, release, resultOf(change.code), cause, now);
  }
  // A deployed model's id is used once.
  const attempt = ledger.pending?.kind === 'deploy' ? release.attempt + 1 : release.attempt;
  const longest = change.code === 'DEPLOY_CAPACITY' ? WAIT_FOR_MACHINES_MAX : 120_000;
  // An attempt costs minutes: no chance lets three of them follow each other within seconds.
  const upperHalf = () => 0.5 + random() / 2;
  return {
    ...ledger,
    pending: null,
    release: {
      ...freshStart(release),
      attempt,
      deployed: false,
      request: { ...release.request, attempts: attempt },
      failures,
      failingSince,
      notBefore: now + backOff(failures, 10_000, longest, upperHalf),
      lastCause: cause,
    },
  };
}

/** Without what an earlier attempt has reached on the endpoint. */
function freshStart(release: Release): Release {
  const { step: _, evidence: _evidence, ...rest } = withoutStepTimes(release);
  const verdicts = release.verdicts?.filter(({ gate }) => gate === 'contract');
  return { ...rest, ...(verdicts && { verdicts }) };
}

function resultOf(code: ProblemCode): 'Failed' | 'Refused' | 'Superseded' {
  if (code === 'ARTIFACT_OVERWRITTEN') return 'Superseded';
  const isRefusal = ['ARTIFACT_', 'MODEL_', 'MANIFEST_', 'CONTRACT_', 'FEATURES_', 'INTERFACE_'].some(
    (kind) => code.startsWith(kind),
  );
  return isRefusal ? 'Refused' : 'Failed';
}

/** The traffic that was to be given back could not be: what is so is said, and the sweep tries again. */
export function stuck(ledger: Ledger, detail: string, now: Instant): Ledger {
  const { release } = ledger;
  if (release === null) return ledger;
  const why = release.goingBack === undefined ? '' : `; it gives back because: ${release.goingBack.detail}`;
  const { request, attempt, splitBefore } = release;
  const id = deployedModelId(request.id, attempt);
  const left = withUngiven(ledger, id, splitBefore, detail, now);
  return ended(left, release, 'Failed', causeOf('GIVE_BACK_FAILED', detail + why), now);
}

/** The release in progress ends. A live model that could not be brought back is live no longer. */
function ended(
  ledger: Ledger,
  release: Release,
  result: 'Failed' | 'Refused' | 'Superseded' | 'RolledBack',
  cause: Cause,
  now: Instant,
): Ledger {
  const live = isRepair(ledger, release.request) ? null : ledger.live;
  const { ledger: settled, told } = settleOutage(withUnseen(ledger, release, now), release.request.id);
  const outcome = outcomeOf(release.request, now, { result, cause, release, ...told });
  const known =
    result === 'Failed' || result === 'Refused' ? withFailedArtifact(settled, release.request) : settled;
  return withOutcome({ ...withoutRefusals(known), release: null, live }, outcome);
}

/**
 * Where Vertex AI refuses to show the endpoint, the models of the release may have traffic: a change of the traffic may
 * have taken effect although its reply was lost. A sweep takes that traffic back when the endpoint can be read again.
 */
function withUnseen(ledger: Ledger, release: Release, now: Instant): Ledger {
  const refusal = refusalOf(ledger, 'look endpoints');
  if (refusal === null) return ledger;
  const { request, attempt, deployed, startedAt, splitBefore } = release;
  const abandoned = (ledger.abandoned ?? []).filter(
    ({ kind, since }) => kind === 'deploy' && since >= startedAt,
  );
  const own = deployed && request.rollback === undefined ? [deployedModelId(request.id, attempt)] : [];
  const detail = `Vertex AI did not show whether it has traffic; ${refusal.detail}`;
  return [...abandoned.map(({ subject }) => subject), ...own].reduce(
    (next, subject) => withUngiven(next, subject, splitBefore, detail, now),
    ledger,
  );
}

/** What was wanted earlier and still waits will not be needed any more. */
export function live(
  ledger: Ledger,
  change: Extract<Transition, { type: 'wentLive' }>,
  now: Instant,
): Ledger {
  const { release } = ledger;
  // Who gave it up was quicker.
  if (release === null || release.goingBack !== undefined) return ledger;
  const { request, attempt } = release;
  const { deployedModel } = change;
  const contract = { ...contractBefore(ledger, request), ...contractOf(release) };
  const { ledger: settled, told } = settleOutage(withoutOutage(ledger, now), request.id);
  let next: Ledger = {
    ...withoutRefusals(settled),
    release: null,
    live: { request, attempt, deployedModel, since: now, ...contract },
  };
  if (!isRepair(ledger, request)) {
    next = withPrevious(next, ledger, release, now + change.standbyMs, now);
    next = withOutcome(
      next,
      outcomeOf(request, now, { result: 'Live', cause: null, deployedModel, release, ...told }),
    );
  }
  const older = next.queue.filter((waiting) => compareOrder(waiting.order, request.order) < 0);
  next = { ...next, queue: next.queue.filter((waiting) => !older.includes(waiting)) };
  for (const waiting of older) next = supersede(next, waiting, now);
  return next;
}

/** What was deployed before is not verified again: what it was found to promise still holds. */
function contractBefore({ live: now, previous }: Ledger, request: Request): KeptContract {
  if (now?.request.id === request.id) return contractOf(now);
  const { rollback } = request;
  return rollback && previous?.live.deployedModel === rollback.deployedModel ? contractOf(previous.live) : {};
}

/** What was live is where a rollback goes; after a rollback it is what must never serve again. */
function withPrevious(
  next: Ledger,
  { live: before }: Ledger,
  { request }: Release,
  until: Instant,
  now: Instant,
): Ledger {
  if (request.rollback === undefined)
    return before === null
      ? next
      : { ...next, previous: { live: before, until, retired: before.retired === true } };
  const { previous: _, ...rest } = next;
  if (before === null || request.rollback.from !== before.request.id) return rest;
  const { deployedModel } = before;
  const { reason } = request.rollback;
  const to = isOfRegistry(request) ? uriOf(request) : `gs://${request.bucket}/${request.marker}`;
  const detail = `back to ${to}${reason === undefined ? '' : `: ${reason}`}`;
  const { requestedBy } = request;
  const cause = causeOf('ROLLED_BACK', detail);
  const end = {
    cause,
    deployedModel,
    ...(requestedBy !== undefined && { endRequestedBy: requestedBy }),
  };
  return withOutcome(rest, outcomeOf(before.request, now, { result: 'RolledBack', ...end }));
}

/** Without when its step was reached and its gates were asked. */
export function withoutStepTimes(release: Release): Release {
  const { stepSince: _, judgeNotBefore: __, ...rest } = release;
  return rest;
}
