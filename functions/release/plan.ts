/**
 * What to do next. The first line that applies wins; read top to bottom it is the story of a release.
 *
 * `plan` is a pure function of the ledger, of what has been seen of the world since the last change, and of the
 * time. Where it needs to see more it says so (`look`). It never trusts a phase: what Google can tell is read
 * from Google.
 */
import { isOfRegistry } from '../../common/artifact/uri.ts';
import type { Service } from '../config/config.ts';
import type { Endpoint, Instant, ModelVersion } from '../world.ts';
import { announcement } from './publish/announcement.ts';
import { abandon, awaitUpload, followAbandoned } from './steps/abandon.ts';
import { fail, record, type Action, type Observed } from './decisions.ts';
import { askedBy } from './refusals/asked-by.ts';
import { follow } from './steps/follow.ts';
import { onHold } from './steps/hold.ts';
import { boundary } from './steps/hours.ts';
import { deployedModelId, LABELS } from './ids.ts';
import { copyFor } from './requests/foreign-model.ts';
import { isAwaited, nextTry, refusalOf } from './refusals/lasting.ts';
import type { Ledger, Release, Request } from './ledger/ledger.ts';
import { isHeld, isRepair } from './ledger/queries.ts';
import { unreachable } from './refusals/reach.ts';
import { makeWay, toldAt, whyHeld } from './steps/recreate.ts';
import { goBack, rollOut } from './steps/rollout.ts';
import { positionOf, standbyFor } from './view/position.ts';
import { wakeFor } from './steps/park.ts';
import { grow } from './steps/scale.ts';
import { makeRoom, tidy } from './steps/tidy.ts';
import { isDeployed, shareOf } from './traffic/traffic.ts';
import { giveUp, unseen } from './steps/give-up.ts';

export function plan(service: Service, ledger: Ledger, seen: Observed, now: Instant): Action {
  const action = next(service, ledger, seen, now);
  // What was refused a moment ago is not asked for again yet.
  const asked = askedBy(action);
  const refusal = asked === null ? null : refusalOf(ledger, asked);
  const isHeldBack = refusal !== null && refusal.notBefore > now;
  if (isHeldBack && isAwaited(ledger)) return { do: 'wait', ms: refusal.notBefore - now, why: 'refused' };
  if (!isHeldBack && action.do !== 'stop') return action;
  const at = nextTry(ledger, now) ?? toldAt(ledger, now);
  if (at !== null) return { do: 'wait', ms: Math.max(1_000, at - now), why: 'refused' };
  return action.do === 'stop' ? action : { do: 'stop' };
}

function next(service: Service, ledger: Ledger, seen: Observed, now: Instant): Action {
  const told = announcement(ledger, now);
  if (told !== null) return told;
  if (ledger.pending !== null) {
    return abandon(service, ledger, ledger.pending, seen, now) ?? follow(ledger.pending, ledger, seen, now);
  }
  if (isHeld(ledger)) return onHold(service, ledger, seen);
  const due = ledger.hold === undefined ? boundary(service, ledger, now) : null;
  if (due !== null) return due;
  if (ledger.release !== null) return advance(service, ledger, ledger.release, seen, now);
  return tidy(service, ledger, seen, now);
}

/** Brings the release one step further. */
function advance(service: Service, ledger: Ledger, release: Release, seen: Observed, now: Instant): Action {
  const { request } = release;
  if (seen.endpoints === undefined)
    return unseen(service, ledger, release, now) ?? { do: 'look', at: 'endpoints' };
  const [endpoint, another] = seen.endpoints;
  const standby = deployedStandby(ledger, request, endpoint);
  const id = standby ?? deployedModelId(request.id, release.attempt);
  const candidate = endpoint?.deployedModels.find((model) => model.id === id);

  if (release.goingBack !== undefined) return goBack(service, ledger, release, endpoint, id, now);
  if (candidate === undefined || shareOf(endpoint, id) === 0) {
    const given = giveUp(service, ledger, release, { endpoint }, now);
    if (given !== null) return given;
    if (now < release.notBefore) return { do: 'wait', ms: release.notBefore - now, why: 'next attempt' };
    if (!release.verified && isExamined(ledger, request)) return { do: 'verify', request };
  }

  if (another !== undefined) {
    return fail('ENDPOINT_AMBIGUOUS', seen.endpoints.map((e) => e.name).join(' and '));
  }
  if (endpoint === undefined) {
    return ledger.endpoint === null
      ? { do: 'createEndpoint' }
      : record({ type: 'endpointRecorded', endpoint: null });
  }
  if (ledger.endpoint !== endpoint.name) {
    const isOurs = endpoint.labels.has(LABELS.epoch);
    return record({ type: 'endpointRecorded', endpoint: endpoint.name, isOurs });
  }

  const blocked = unreachable(endpoint, service.rollout);
  if (candidate === undefined && blocked !== null && !positionOf(service, ledger, release, endpoint).isDirect)
    return fail('ENDPOINT_PRIVATE', blocked);
  // Known before anything is spent on it.
  const held = candidate === undefined ? whyHeld(service, ledger, release, endpoint, id) : null;
  if (held !== null) return fail('TRAFFIC_HELD', held);
  const woken = request.version === null ? null : wakeFor(ledger, request, endpoint);
  if (woken !== null) return woken;
  if (standby === null) {
    // What shows on the endpoint and what is known of the deployment have to agree.
    if (release.deployed !== (candidate !== undefined)) return record({ type: 'deploymentUnproven', id });
    if (candidate === undefined) return deployNext(service, ledger, release, endpoint, seen, now);
  }
  if (candidate === undefined) throw new Error('a standby is among the deployed models');
  const growing =
    standby === null ? null : grow(service, ledger, release, { endpoint, candidate }, seen, now);
  return growing ?? rollOut(service, ledger, release, { endpoint, candidate }, now);
}

/** What was live before needs no proof; what has given way to something newer is compared with what is live now. */
function isExamined(ledger: Ledger, request: Request): boolean {
  if (request.version === null) return true;
  return request.rollback === undefined && !isRepair(ledger, request);
}

/** The model that a rollback can bring back at once. */
function deployedStandby(ledger: Ledger, request: Request, endpoint: Endpoint | undefined): string | null {
  const standby = standbyFor(ledger, request);
  return standby !== null && isDeployed(endpoint, standby) ? standby.deployedModel : null;
}

function deployNext(
  service: Service,
  ledger: Ledger,
  release: Release,
  endpoint: Endpoint,
  seen: Observed,
  now: Instant,
): Action {
  const { request } = release;
  const at = isOfRegistry(request) ? 'model' : 'versions';
  if (seen[at] === undefined) return { do: 'look', at };
  const version = at === 'model' ? (seen.model ?? undefined) : versionOf(request, seen.versions ?? []);
  const copy = copyFor(service, request);
  if (version === undefined && copy !== null)
    return awaitUpload(ledger, request.id, now) ?? { do: 'copy', release, request: copy };
  if (version === undefined && (request.version !== null || at === 'model'))
    return record({ type: 'versionGone' });
  if (version === undefined) return awaitUpload(ledger, request.id, now) ?? { do: 'upload', release };
  if (request.version !== version.version) return record({ type: 'uploaded', version: version.version });
  // Vertex AI is not asked for two things at once on one endpoint, but for a rollback that cannot wait.
  const isAlone = service.rollout.strategy === 'recreate';
  const busy = request.rollback === undefined || isAlone ? followAbandoned(ledger, seen, now) : null;
  const room = busy ?? makeRoom(endpoint, ledger, now);
  const way = room ?? (isAlone ? makeWay(service, ledger, release, endpoint, seen, now) : null);
  return way ?? { do: 'deploy', release, version, endpoint };
}

/** The label proves the version; two of them are the trace of a lost reply, and the older one is taken. */
function versionOf(request: Request, versions: readonly ModelVersion[]): ModelVersion | undefined {
  if (request.version !== null) return versions.find((v) => v.version === request.version);
  return versions.findLast((v) => v.labels.get(LABELS.release) === request.id);
}
