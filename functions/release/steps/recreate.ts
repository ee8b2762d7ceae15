/**
 * `strategy: recreate`: one model of the service at a time. Once everything that can be known of a candidate is known,
 * and its model is uploaded, the model that serves loses its traffic and is undeployed; then the candidate is deployed.
 * If that fails, the old version is deployed again, as drift is repaired, before anything else that waits. Meanwhile
 * nothing serves: neither a newer artifact nor a hold makes that longer. Pure.
 */
import type { Service } from '../../config/config.ts';
import type { Endpoint, Instant } from '../../world.ts';
import { isExpected } from './abandon.ts';
import { isProblemCode, type ProblemCode } from '../../problems.ts';
import { fail, record, type Action, type Observed } from '../decisions.ts';
import { deployedModelId } from '../ids.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { isRecreating } from '../ledger/outage.ts';
import { isDown, isRepair } from '../ledger/queries.ts';
import type { Outcome } from '../publish/outcome.ts';
import { FEWEST, refusalOf } from '../refusals/lasting.ts';
import { isFenced } from '../traffic/fence.ts';
import {
  describeTraffic,
  isOurs,
  shareOf,
  splitBeforeUs,
  trafficFor,
  type Traffic,
} from '../traffic/traffic.ts';
import { isLeftAlone, leftoverOf } from './leftovers.ts';
import { isParked } from './park.ts';
import { followScaling } from './scale.ts';

/** After so many failures to undeploy the model that serves, it goes on. */
const TRIES_MAX = 2;

/**
 * How long a version may take from its creation until it can be deployed, in ms, where nobody has seen its upload end: it
 * may show before.
 */
const READY_MAX = 600_000;

/** How long an outcome waits, in ms, to tell how long nothing served. */
const UNTOLD_MAX = 1_800_000;

/** The split while nothing of the service serves. Null: models of others have some, and a split sums to 100 or is empty. */
export function emptiedSplit({ rollout }: Service, endpoint: Endpoint): Traffic | null {
  return rollout.takeOver ? new Map() : splitBeforeUs(endpoint);
}

/** Why the release cannot have its traffic; null: it can. Known before anything is spent on a candidate. */
export function whyHeld(
  service: Service,
  { live }: Ledger,
  { request }: Release,
  endpoint: Endpoint,
  id: string,
): string | null {
  const words = `endpoint ${endpoint.name} serves ${describeTraffic(endpoint.traffic)}`;
  if (trafficFor(service, endpoint, id) === null) return words;
  const serves = live !== null && shareOf(endpoint, live.deployedModel) > 0 && live.request.id !== request.id;
  if (service.rollout.strategy !== 'recreate' || !serves || emptiedSplit(service, endpoint) !== null)
    return null;
  return `${words}: models of others cannot have all of it while the live model is replaced`;
}

/** Takes away what is deployed of the service, before the candidate is. Null: nothing is, or it is not waited for. */
export function makeWay(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint,
  seen: Observed,
  now: Instant,
): Action | null {
  const id = deployedModelId(release.request.id, release.attempt);
  const inTheWay = endpoint.deployedModels.filter(
    (model) => isOurs(model) && model.id !== id && !isExpected(ledger, model.id, now),
  );
  const serving = inTheWay.filter((model) => shareOf(endpoint, model.id) > 0);
  const kept = inTheWay.find((model) => model.id === ledger.live?.deployedModel) ?? serving[0];
  if (kept === undefined) return null;
  // Nothing else may run on the endpoint once nothing serves.
  const scaling = isDown(ledger) ? null : followScaling(ledger, endpoint, seen, now);
  if (scaling !== null) return scaling;
  const refusal = whyKept(ledger, release, kept.id);
  if (refusal !== null) return fail('UNDEPLOY_FAILED', refusal);
  const traffic = emptiedSplit(service, endpoint);
  if (serving.length > 0 && traffic === null) return null;
  if (ledger.outage?.since === undefined)
    return awaitReady(ledger, release, seen, now) ?? record({ type: 'outageStarted' });
  if (serving.length > 0 && traffic !== null) return { do: 'shift', endpoint, traffic };
  if (isLeftAlone(ledger, 'undeploy', kept.id, now)) {
    const { failures, notBefore } = leftoverOf(ledger, 'undeploy', kept.id) ?? {
      failures: 0,
      notBefore: now,
    };
    return failures > TRIES_MAX
      ? null
      : { do: 'wait', ms: Math.max(1_000, notBefore - now), why: 'undeploy' };
  }
  if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  return { do: 'undeploy', endpoint, id: kept.id };
}

/** Nothing is taken away for a version that cannot be deployed yet. Null: it can. */
function awaitReady(
  ledger: Ledger,
  { request, uploadEnded }: Release,
  { versions }: Observed,
  now: Instant,
): Action | null {
  const wasLive = request.rollback !== undefined || isRepair(ledger, request);
  if (wasLive || uploadEnded === true) return null;
  const version = versions?.find((v) => v.version === request.version);
  const readyAt = (version?.createdAt ?? 0) + READY_MAX;
  return now >= readyAt ? null : { do: 'wait', ms: Math.min(60_000, readyAt - now), why: 'end of upload' };
}

/** What keeps the live model where it is, so that its release ends; what is to be repaired is tried all the same. */
function whyKept(ledger: Ledger, release: Release, id: string): string | null {
  if (isRepair(ledger, release.request)) return null;
  const leftover = leftoverOf(ledger, 'undeploy', id);
  return leftover !== null && leftover.failures >= TRIES_MAX ? leftover.detail : null;
}

/** What ends a release while nothing serves: what is worth a long wait otherwise is not, with a version to go back to. */
export function refusedWhileDown(
  ledger: Ledger,
): { readonly code: ProblemCode; readonly detail: string } | null {
  if (!isRecreating(ledger)) return null;
  const refusal = refusalOf(ledger, 'deploy');
  if (refusal === null || refusal.count < FEWEST) return null;
  return { code: isProblemCode(refusal.code) ? refusal.code : 'DEPLOY_FAILED', detail: refusal.detail };
}

/** The outcomes that are not published yet, without those that wait to tell how long nothing served. */
export function untoldOutcomes(ledger: Ledger, now: Instant): Outcome[] {
  return ledger.outcomes.filter((outcome) => !outcome.announced && toldAfter(ledger, outcome) <= now);
}

/** When the next of them has waited long enough; null: none waits. */
export function toldAt(ledger: Ledger, now: Instant): Instant | null {
  const due = ledger.outcomes
    .filter((outcome) => !outcome.announced)
    .map((outcome) => toldAfter(ledger, outcome))
    .filter((at) => at > now);
  return due.length === 0 ? null : Math.min(...due);
}

function toldAfter(ledger: Ledger, { downSince, endedAt }: Outcome): Instant {
  if (downSince === undefined || !isDown(ledger) || isParked(ledger)) return 0;
  return endedAt + UNTOLD_MAX;
}
