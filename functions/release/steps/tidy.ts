/**
 * What is done with no release in progress: what has drifted is repaired, what is not needed taken away, what waits
 * started.
 */
import { isOfRegistry } from '../../../common/artifact/uri.ts';
import type { Service } from '../../config/config.ts';
import type { DeployedModel, Endpoint, Instant, ModelVersion } from '../../world.ts';
import { watchAbandoned, forgetOldest, isExpected } from './abandon.ts';
import { record, type Action, type Observed } from '../decisions.ts';
import { isFenced } from '../traffic/fence.ts';
import { LABELS } from '../ids.ts';
import { isRefusedUntilLater, refusalOf } from '../refusals/lasting.ts';
import type { Ledger, Leftover, Request } from '../ledger/ledger.ts';
import { isDown, keptLive, newest, startable } from '../ledger/queries.ts';
import { isLeftAlone, leftoverOf } from './leftovers.ts';
import { dueChange } from '../view/endpoint-settings.ts';
import { isParked, parkedSplit, wake } from './park.ts';
import { emptied, servesAgain } from './parking-notices.ts';
import { followScaling, rescale } from './scale.ts';
import {
  isDeployed,
  isOurs,
  sameTraffic,
  shareOf,
  splitBeforeUs,
  trafficFor,
  type Traffic,
} from '../traffic/traffic.ts';

export const ALIASES = ['live', 'default'] as const;

const UNFENCED = 'the endpoint cannot be written, so nothing is undeployed';

/** What has failed less often is waited for, before a deployment and with nothing else to do; the rest is the sweep's. */
const FEW_FAILURES = { deployment: 4, rest: 4 };

export function tidy(service: Service, ledger: Ledger, seen: Observed, now: Instant): Action {
  const { live } = ledger;
  const leftovers = ledger.leftovers ?? [];
  const next = newest(startable(ledger));
  // Somebody waits for what was there before: all else can wait.
  if (next?.rollback !== undefined) return start(next);
  if (live === null && ledger.endpoint === null)
    return next === null
      ? (emptied(ledger, undefined) ?? wake(ledger, undefined) ?? { do: 'stop' })
      : start(next);
  // What waits is not held back by what is refused here: its own looks are bounded. What has been down comes first.
  if (next !== null && !isDown(ledger) && isRefusedUntilLater(ledger, 'look endpoints', now))
    return start(next);
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const [endpoint] = seen.endpoints;

  if (endpoint !== undefined) {
    // What waits may wake the service.
    const isEmptied = isParked(ledger) && next === null;
    const split = isEmptied ? parkedSplit(endpoint) : driftedSplit(service, ledger, endpoint);
    // With nothing live the traffic of what has failed can wait for what comes next.
    const isNeeded = live !== null || next === null;
    if (split !== null && isNeeded && !isRefusedUntilLater(ledger, 'shift', now))
      return { do: 'shift', endpoint, traffic: split };
    const scaling = next === null ? followScaling(ledger, endpoint, seen, now) : null;
    if (scaling !== null) return scaling;
    const ended = isDown(ledger) ? endOfOutage(ledger, endpoint, isEmptied, now) : null;
    if (ended !== null) return ended;
    const kept = isEmptied ? [] : [keptLive(ledger), standbyOf(ledger, now)];
    const [leftover] = undeployable(endpoint, ledger, kept, now);
    if (leftover !== undefined) return undeployOrLeave(endpoint, leftover, ledger, now);
  }
  const isGone = live !== null && !isParked(ledger) && !isDeployed(endpoint, live);
  // What has been down is not made to wait for what may fail.
  if (isGone && isDown(ledger)) return record({ type: 'repairStarted' });
  if (next !== null) return start(next);
  const parked = emptied(ledger, endpoint) ?? wake(ledger, endpoint) ?? servesAgain(ledger, endpoint);
  if (parked !== null) return parked;
  if (isGone) return record({ type: 'repairStarted' });
  const gone = leftovers.find((l) => isCleaned(l, ledger, endpoint));
  if (gone !== undefined) return cleaned(gone);
  const busy = watchAbandoned(ledger, seen, now) ?? forgetOldest(ledger, now);
  if (busy !== null) return busy;
  const scale = endpoint === undefined ? null : rescale(service, ledger, endpoint, now);
  if (scale !== null) return scale;
  const left = tidyVersions(service, ledger, endpoint, seen, now);
  if (left.do !== 'stop') return left;
  return configure(service, ledger, endpoint, now) ?? untilNextTry(leftovers, FEW_FAILURES.rest, now) ?? left;
}

/** The live model serves again before it was undeployed, or nothing is to serve. Null: not yet. */
function endOfOutage(ledger: Ledger, endpoint: Endpoint, isEmptied: boolean, now: Instant): Action | null {
  const { live } = ledger;
  const serves = live !== null && isDeployed(endpoint, live) && shareOf(endpoint, live.deployedModel) > 0;
  if (!serves) return isEmptied ? record({ type: 'outageEnded' }) : null;
  // Somebody deposed may have a shift in flight that takes the traffic away: the fence makes it fail.
  if (isFenced(endpoint, ledger)) return record({ type: 'outageEnded' });
  return isRefusedUntilLater(ledger, 'fence', now) ? null : { do: 'fence', endpoint };
}

/** Brings the settings of the endpoint to what slipway.yaml says: the last thing, since nothing waits for it. */
function configure(
  { endpointSettings }: Service,
  ledger: Ledger,
  endpoint: Endpoint | undefined,
  now: Instant,
): Action | null {
  const change = endpoint === undefined ? null : dueChange(endpointSettings, endpoint, ledger, now);
  if (endpoint !== undefined && change !== null) return { do: 'configure', endpoint, change };
  // It was refused, and is not wanted any more.
  return refusalOf(ledger, 'configure') === null ? null : record({ type: 'refusalsCleared' });
}

/** What has failed a few times only is worth staying awake for; the rest is tried again by the sweep. */
function untilNextTry(leftovers: readonly Leftover[], few: number, now: Instant): Action | null {
  const soon = leftovers.filter((l) => l.kind === 'undeploy' && l.failures < few && l.notBefore > now);
  if (soon.length === 0) return null;
  return { do: 'wait', ms: Math.min(...soon.map((l) => l.notBefore)) - now, why: 'undeploy' };
}

/** Whether the endpoint shows that it is gone, a rollback has made it live again, or somebody has given it traffic. */
function isCleaned({ kind, subject }: Leftover, ledger: Ledger, endpoint: Endpoint | undefined): boolean {
  if (kind === 'giveBack') return shareOf(endpoint, subject) === 0;
  if (kind !== 'undeploy') return false;
  const isUngiven = leftoverOf(ledger, 'giveBack', subject) !== null;
  if (shareOf(endpoint, subject) > 0 && !isUngiven) return true;
  return (
    subject === keptLive(ledger) || (endpoint?.deployedModels.every((model) => model.id !== subject) ?? true)
  );
}

function cleaned({ kind, subject }: Leftover): Action {
  return record({ type: 'leftoverCleared', kind, subject });
}

/** The split that the live model should have, or null where it has it, or cannot. */
function driftedSplit(service: Service, ledger: Ledger, endpoint: Endpoint): Traffic | null {
  const { live } = ledger;
  const ungiven = live === null ? ungivenOf(ledger, endpoint) : undefined;
  if (ungiven !== undefined) return splitBeforeUs(endpoint, ungiven.splitBefore);
  if (live === null || isParked(ledger) || !isDeployed(endpoint, live)) return null;
  const traffic = trafficFor(service, endpoint, live.deployedModel);
  return traffic === null || sameTraffic(traffic, endpoint.traffic) ? null : traffic;
}

/** What has traffic although its release failed. */
function ungivenOf(ledger: Ledger, endpoint: Endpoint): Leftover | undefined {
  return ledger.leftovers?.find(({ kind, subject }) => kind === 'giveBack' && shareOf(endpoint, subject) > 0);
}

/** Also while nothing is live: of what failed again and again only the newest versions are kept. */
function tidyVersions(
  service: Service,
  ledger: Ledger,
  endpoint: Endpoint | undefined,
  seen: Observed,
  now: Instant,
): Action {
  const { live } = ledger;
  if (seen.versions === undefined) return { do: 'look', at: 'versions' };
  // A version of the same number says nothing of a model that others have uploaded.
  const request = live === null || isOfRegistry(live.request) ? null : live.request;
  const version = seen.versions.find((v) => v.version === request?.version);
  const unaliased =
    version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias)) ? version : null;
  const surplus = surplusVersions(service, ledger, endpoint, seen.versions);
  const gone = ledger.leftovers?.find(
    ({ kind, subject }) =>
      (kind === 'moveAliases' && subject !== unaliased?.version) ||
      (kind === 'deleteVersion' && surplus.every((v) => v.version !== subject)),
  );
  if (gone !== undefined) return cleaned(gone);
  if (unaliased !== null && !isLeftAlone(ledger, 'moveAliases', unaliased.version, now))
    return { do: 'moveAliases', model: unaliased.model, version: unaliased.version };
  const oldest = surplus.find((v) => !isLeftAlone(ledger, 'deleteVersion', v.version, now));
  if (oldest !== undefined) return { do: 'deleteVersion', version: oldest };
  // Everything that is needed was done: what was refused on the way is past.
  const isPast =
    ledger.refusals?.some((r) => r.asked !== 'announce' && r.asked !== 'configure' && r.notBefore <= now) ??
    false;
  return isPast ? record({ type: 'refusalsCleared' }) : { do: 'stop' };
}

function start(request: Request): Action {
  return record({ type: 'requestStarted', request });
}

/** The model that was live before, while it is kept to be gone back to. Once retired it never serves again. */
function standbyOf({ previous }: Ledger, now: Instant): string | null {
  const isKept = previous?.retired === false && now < previous.until;
  return isKept ? previous.live.deployedModel : null;
}

/**
 * Deployed by us, with no traffic, and not kept: billed for nothing. Without what is still being deployed, or
 * undeployed, and what is to be left alone for a while.
 */
function undeployable(
  endpoint: Endpoint,
  ledger: Ledger,
  kept: readonly (string | null)[],
  now: Instant,
): DeployedModel[] {
  return endpoint.deployedModels.filter(
    (model) =>
      isOurs(model) &&
      !kept.includes(model.id) &&
      shareOf(endpoint, model.id) === 0 &&
      !isExpected(ledger, model.id, now) &&
      !isLeftAlone(ledger, 'undeploy', model.id, now),
  );
}

/**
 * Makes room before a deployment: two of our models at a time, so that the standby gives way. Null: there is room, or
 * what takes it cannot be undeployed and holds nothing back.
 */
export function makeRoom(endpoint: Endpoint, ledger: Ledger, now: Instant): Action | null {
  const [leftover] = undeployable(endpoint, ledger, [keptLive(ledger)], now);
  if (leftover !== undefined) return undeploy(endpoint, leftover, ledger);
  const shown = (ledger.leftovers ?? []).filter((l) => !isCleaned(l, ledger, endpoint));
  return untilNextTry(shown, FEW_FAILURES.deployment, now);
}

/** A model whose endpoint cannot be fenced is left behind like one that cannot be undeployed. */
function undeployOrLeave(endpoint: Endpoint, model: DeployedModel, ledger: Ledger, now: Instant): Action {
  if (isFenced(endpoint, ledger) || !isRefusedUntilLater(ledger, 'fence', now))
    return undeploy(endpoint, model, ledger);
  const detail = `${UNFENCED}: ${refusalOf(ledger, 'fence')?.detail ?? ''}`;
  return record({ type: 'cleanUpFailed', kind: 'undeploy', subject: model.id, detail, isBusy: false });
}

function undeploy(endpoint: Endpoint, model: DeployedModel, ledger: Ledger): Action {
  if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  return { do: 'undeploy', endpoint, id: model.id };
}

/**
 * Versions of ours beyond the newest `keepVersions`, oldest first. Never one that is deployed, live or default,
 * nor the one that a rollback would deploy again.
 */
function surplusVersions(
  service: Service,
  { live, previous }: Ledger,
  endpoint: Endpoint | undefined,
  versions: readonly ModelVersion[],
): ModelVersion[] {
  const ours = versions.filter((version) => version.labels.has(LABELS.release));
  return ours
    .toSorted((a, b) => Number(b.version) - Number(a.version))
    .slice(service.keepVersions)
    .filter((version) => !ALIASES.some((alias) => version.aliases.includes(alias)))
    .filter(({ version }) => version !== live?.request.version && version !== previous?.live.request.version)
    .filter(
      (v) => endpoint?.deployedModels.every((m) => m.model !== v.model || m.version !== v.version) ?? true,
    )
    .toReversed();
}
