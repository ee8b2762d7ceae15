/** Where a release stands, read from the ledger and from the operation that it waits for. Pure. */
import type { Service } from '../../functions/config/config.ts';
import type { Ledger, Pending, Release, Request } from '../../functions/release/ledger/ledger.ts';
import { newest } from '../../functions/release/ledger/queries.ts';
import { uriOf, parseUri } from '../../common/artifact/uri.ts';
import type { Cause, Outcome } from '../../functions/release/publish/outcome.ts';
import type { Operation } from '../../functions/world.ts';
import { wentBackFrom } from './rollback-origin.ts';
import { isDirect } from '../../functions/release/view/position.ts';
import { rolloutOf, type RolloutProgress } from './rollout-progress.ts';
import { verdictViews, type VerdictView } from './verdicts.ts';
import { inSeconds, median, nameOf, requester } from '../terminal/words.ts';

/** judge: it has baked, and its gates have not said enough. goBack: its traffic goes back to the live model. */
export type Step = 'verify' | 'shift' | 'bake' | 'judge' | 'goBack' | 'retry' | Pending['kind'];

/** Of `slipway watch` and `slipway status`: the shape is documented in docs/cli.md. */
export interface Progress {
  readonly service: string;
  readonly release: string;
  /** unseen: the functions have not taken the request in yet. */
  readonly state: 'unseen' | 'waiting' | 'running' | 'ended';
  /** What stands for `*` in the service's pattern. */
  readonly name: string | null;
  readonly artifact: string | null;
  readonly askedBy: string | null;
  /** Who asked for it, for its promotion and for its end, as the messages state; null: they do not. */
  readonly requestedBy: string | null;
  readonly promotedBy: string | null;
  readonly endRequestedBy: string | null;
  /** The service is on hold: nothing goes on before it is resumed. */
  readonly onHold: boolean;
  readonly step: Step | null;
  /** Vertex AI's own deployment stage, such as STARTING_MODEL_SERVER. */
  readonly stage: string | null;
  /** Deployments tried, this one included; null: none is in progress. */
  readonly attempt: number | null;
  readonly elapsedSeconds: number;
  /** The median of the releases that went live; null: none has. */
  readonly usualSeconds: number | null;
  /** The current operation, and how long one like it took the last time; null: not known. */
  readonly operation: { readonly elapsedSeconds: number; readonly usualSeconds: number | null } | null;
  /** Null before there is anything that could have traffic, and after the end. */
  readonly rollout: RolloutProgress | null;
  /** While it is in progress, the last one of every gate and step; then the last one of every gate. */
  readonly verdicts: readonly VerdictView[];
  /** Somebody asked for all the traffic at once. */
  readonly promoted: boolean;
  /** The release that this one goes back from, where it is a rollback. */
  readonly rollbackFrom: string | null;
  readonly result: Outcome['result'] | null;
  /** Of the end, or of why it goes back, or of the last attempt that failed. */
  readonly cause: Cause | null;
  readonly version: string | null;
  readonly deployedModel: string | null;
}

/** The release in progress, or the next one, or else the last one that ended. */
export function currentRelease(ledger: Ledger): string | null {
  const ahead = ledger.release?.request ?? newest(ledger.queue);
  return ahead?.id ?? ledger.outcomes[0]?.release ?? liveId(ledger);
}

function liveId(ledger: Ledger): string | null {
  return ledger.live?.request.id ?? null;
}

/** `operation` is that of `ledger.pending`, where it has been looked at. */
export function progressOf(
  service: Service,
  ledger: Ledger,
  release: string,
  operation: Operation | null,
  now: number,
): Progress {
  const none = {
    service: service.name,
    release,
    state: 'unseen' as const,
    name: null,
    artifact: null,
    askedBy: null,
    requestedBy: null,
    promotedBy: null,
    endRequestedBy: null,
    onHold: ledger.hold !== undefined,
    step: null,
    stage: null,
    attempt: null,
    elapsedSeconds: 0,
    usualSeconds: usualSeconds(ledger),
    operation: null,
    rollout: null,
    verdicts: [],
    promoted: false,
    rollbackFrom: wentBackFrom(ledger, release),
    result: null,
    cause: null,
    version: null,
    deployedModel: null,
  };
  if (ledger.release?.request.id === release) {
    const { request, attempt, lastCause, goingBack, promotedBy, goingBackRequestedBy } = ledger.release;
    const rollout = rolloutOf(service, ledger, ledger.release, now);
    const step = stepOf(service, ledger, ledger.release, rollout, now);
    // A repair is of a request accepted long ago: its time counts from its own start.
    const since = liveId(ledger) === release ? ledger.release.startedAt : request.acceptedAt;
    return {
      ...none,
      ...requested(service, request),
      state: 'running',
      step,
      stage: step === 'deploy' ? (operation?.stage ?? null) : null,
      attempt,
      elapsedSeconds: inSeconds(Math.max(0, now - since)),
      operation: operationOf(ledger, now),
      rollout,
      verdicts: verdictViews(ledger.release.verdicts),
      promoted: ledger.release.promoted === true,
      promotedBy: requester(promotedBy),
      endRequestedBy: requester(goingBackRequestedBy),
      cause: goingBack ?? lastCause,
    };
  }
  const waiting = ledger.queue.find((request) => request.id === release);
  if (waiting !== undefined) {
    const elapsedSeconds = inSeconds(Math.max(0, now - waiting.acceptedAt));
    return { ...none, ...requested(service, waiting), state: 'waiting', elapsedSeconds };
  }
  const outcome = ledger.outcomes.find((o) => o.release === release);
  if (outcome !== undefined) return { ...none, ...ended(service, outcome) };
  if (ledger.live?.request.id !== release) return none;
  // It went live so long ago that its outcome is forgotten.
  const { request, since, deployedModel } = ledger.live;
  const elapsedSeconds = inSeconds(since - request.acceptedAt);
  return {
    ...none,
    ...requested(service, request),
    state: 'ended',
    result: 'Live',
    elapsedSeconds,
    deployedModel,
  };
}

function requested(service: Service, request: Request) {
  return {
    name: nameOf(service.artifacts, request),
    artifact: uriOf(request),
    askedBy: request.askedBy,
    requestedBy: requester(request.requestedBy),
    version: request.version,
  };
}

function ended(service: Service, outcome: Outcome) {
  const { artifact, askedBy, result, cause, version, deployedModel } = outcome;
  return {
    state: 'ended' as const,
    name: artifactName(service, artifact),
    artifact,
    askedBy,
    requestedBy: requester(outcome.requestedBy),
    promotedBy: requester(outcome.promotedBy),
    endRequestedBy: requester(outcome.endRequestedBy),
    elapsedSeconds: inSeconds(outcome.endedAt - outcome.acceptedAt),
    verdicts: verdictViews(outcome.verdicts),
    result,
    cause,
    version,
    deployedModel,
  };
}

/** The name of an artifact from its URI with generation, as outcomes have it. */
export function artifactName(service: Service, uri: string): string {
  const parsed = parseUri(uri);
  return parsed === null ? uri : nameOf(service.artifacts, parsed);
}

function stepOf(
  { rollout: policy }: Service,
  ledger: Ledger,
  release: Release,
  rollout: RolloutProgress | null,
  now: number,
): Step {
  if (ledger.pending !== null) return ledger.pending.kind;
  if (release.goingBack !== undefined) return 'goBack';
  if (release.notBefore > now) return 'retry';
  if (rollout !== null) {
    if (rollout.bakeLeftSeconds === null || isDirect(ledger, release)) return 'shift';
    if (rollout.bakeLeftSeconds > 0) return 'bake';
    const { golden, comparison, metrics } = policy.gates;
    return [golden, comparison, metrics].every((gate) => gate === null) ? 'shift' : 'judge';
  }
  if (release.request.version !== null) return 'deploy';
  return release.verified ? 'upload' : 'verify';
}

function operationOf({ pending, took }: Ledger, now: number): Progress['operation'] {
  if (pending === null) return null;
  const usual =
    pending.kind === 'createEndpoint' || pending.kind === 'deleteVersion' ? undefined : took?.[pending.kind];
  return {
    elapsedSeconds: inSeconds(Math.max(0, now - pending.since)),
    usualSeconds: usual === undefined ? null : inSeconds(usual),
  };
}

/** Without rollbacks, which are there in seconds. */
function usualSeconds(ledger: Ledger): number | null {
  const live = ledger.outcomes.filter(
    ({ result, release }) => result === 'Live' && wentBackFrom(ledger, release) === null,
  );
  const usual = median(live.map((outcome) => outcome.endedAt - outcome.acceptedAt));
  return usual === null ? null : inSeconds(usual);
}
