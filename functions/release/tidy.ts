/**
 * What is done with no release under way: what has drifted is repaired, what is not needed taken away, what waits
 * started.
 */
import type { Service } from '../config.ts';
import type { DeployedModel, Endpoint, Instant, ModelVersion } from '../world.ts';
import { isFenced } from './fence.ts';
import { LABELS } from './ids.ts';
import { newest, type Ledger, type Live, type Request } from './ledger.ts';
import type { Action, Seen } from './plan.ts';
import { isDeployed, isOurs, sameTraffic, shareOf, trafficFor } from './traffic.ts';

export const ALIASES = ['live', 'default'] as const;

export function tidy(service: Service, ledger: Ledger, seen: Seen, now: Instant): Action {
  const { live } = ledger;
  // On hold only rollbacks are started, also before what landed later.
  const waiting = ledger.hold === undefined ? ledger.queue : ledger.queue.filter((r) => r.rollback);
  const next = newest(waiting);
  // Somebody waits for what was there before: all else can wait.
  if (next?.rollback !== undefined) return start(next);
  if (live === null && ledger.endpoint === null) return next === null ? { do: 'stop' } : start(next);
  if (seen.endpoints === undefined) return { do: 'look', at: 'endpoints' };
  const [endpoint] = seen.endpoints;

  if (endpoint !== undefined) {
    if (live !== null && isDeployed(endpoint, live)) {
      const traffic = trafficFor(service, endpoint, live.deployedModel);
      if (traffic !== null && !sameTraffic(traffic, endpoint.traffic))
        return { do: 'shift', endpoint, traffic };
    }
    const [leftover] = retirable(endpoint, ledger, now);
    if (leftover !== undefined) return undeploy(endpoint, leftover, ledger, now);
  }
  if (next !== null) return start(next);
  if (live === null) return { do: 'stop' };
  if (!isDeployed(endpoint, live)) return { do: 'note', change: { note: 'repair' } };

  if (now < ledger.tidy.versionsNotBefore) return { do: 'stop' };
  if (seen.versions === undefined) return { do: 'look', at: 'versions' };
  const version = seen.versions.find((v) => v.version === live.request.version);
  if (version !== undefined && !ALIASES.every((alias) => version.aliases.includes(alias))) {
    return { do: 'moveAliases', model: version.model, version: version.version };
  }
  const [oldest] = surplusVersions(service, ledger, live, endpoint, seen.versions);
  return oldest === undefined ? { do: 'stop' } : { do: 'deleteVersion', version: oldest };
}

function start(request: Request): Action {
  return { do: 'note', change: { note: 'started', request } };
}

/** Deployed by us, with no traffic, neither live nor kept to be gone back to: billed for nothing. */
export function retirable(endpoint: Endpoint, ledger: Ledger, now: Instant): DeployedModel[] {
  const { live, previous } = ledger;
  const standby = previous !== undefined && now < previous.until ? previous.live.deployedModel : null;
  return endpoint.deployedModels.filter(
    (model) =>
      isOurs(model) &&
      model.id !== live?.deployedModel &&
      model.id !== standby &&
      shareOf(endpoint, model.id) === 0,
  );
}

export function undeploy(endpoint: Endpoint, model: DeployedModel, ledger: Ledger, now: Instant): Action {
  const { notBefore } = ledger.tidy;
  if (now < notBefore) return { do: 'wait', ms: notBefore - now, why: 'next attempt to undeploy' };
  if (!isFenced(endpoint, ledger)) return { do: 'fence', endpoint };
  return { do: 'undeploy', endpoint, id: model.id };
}

/**
 * Versions of ours beyond the newest `keepVersions`, oldest first. Never one that is deployed, live or default,
 * nor the one that a rollback would deploy again.
 */
function surplusVersions(
  service: Service,
  { previous }: Ledger,
  live: Live,
  endpoint: Endpoint | undefined,
  versions: readonly ModelVersion[],
): ModelVersion[] {
  const ours = versions.filter((version) => version.labels.has(LABELS.release));
  return ours
    .toSorted((a, b) => Number(b.version) - Number(a.version))
    .slice(service.keepVersions)
    .filter((version) => !ALIASES.some((alias) => version.aliases.includes(alias)))
    .filter(({ version }) => version !== live.request.version && version !== previous?.live.request.version)
    .filter(
      (v) => endpoint?.deployedModels.every((m) => m.model !== v.model || m.version !== v.version) ?? true,
    )
    .toReversed();
}
