/**
 * Changes of scale without a release. At rest the live model, and the standby, are given the replicas, targets and logs
 * that slipway.yaml says; a standby that has shrunk grows before a rollback gives it traffic. MutateDeployedModel sets
 * values, so that a call whose reply was lost is simply made again. No release waits for any of it, and a rollback for
 * five minutes at most: its maximum is never lowered, so that it grows under load anyway. Pure.
 */
import type { Scale } from '../../config/deployment.ts';
import type { Service } from '../../config/config.ts';
import type { DeployedModel, Endpoint, Instant } from '../../world.ts';
import { record, type Action, type Observed } from '../decisions.ts';
import type { Ledger, Release } from '../ledger/ledger.ts';
import { keptLive } from '../ledger/queries.ts';
import { isRefusedUntilLater, refusalOf } from '../refusals/lasting.ts';
import { explainRefusal } from '../refusals/refusals.ts';
import type { Refusal } from '../refusals/refusal.ts';
import { isFenced } from '../traffic/fence.ts';
import { shareOf } from '../traffic/traffic.ts';
import { changedFields, scaleKey, scaleOf } from '../view/scale.ts';
import { isParked } from './park.ts';

/** A change that has not shown by then, in ms, may never have begun. */
const SHOWS = 30_000;
/** Pause between two looks at one that goes on, in ms: Vertex AI adds machines for minutes. */
const PAUSE = 15_000;
const GROWTH_PAUSE = 5_000;
/** Past it nothing waits for the operation, in ms. */
const OPERATION_MS_MAX = 1_800_000;
const GROWTH_MAX = 300_000;

type Scaling = NonNullable<Ledger['scaling']>;

/** The change of scale in progress. Null: there is none. */
export function followScaling(
  { scaling }: Ledger,
  endpoint: Endpoint,
  seen: Observed,
  now: Instant,
): Action | null {
  if (scaling === undefined || scaling.ended === true) return null;
  const model = endpoint.deployedModels.find(({ id }) => id === scaling.deployedModel);
  if (model === undefined) return record({ type: 'scaled' });
  const shows = model.scale !== undefined && scaleKey(model.scale) === scaling.to;
  const age = Math.abs(now - scaling.since);
  if (scaling.name === null) {
    if (shows) return record({ type: 'scaled' });
    return age < SHOWS ? wait(PAUSE) : failed('nothing tells whether it has begun');
  }
  if (seen.scaling === undefined) return age < 1_000 ? wait(1_000) : { do: 'look', at: 'scaling' };
  if (seen.scaling?.done === false)
    return age < OPERATION_MS_MAX
      ? wait(PAUSE)
      : failed(`it has not ended after ${OPERATION_MS_MAX / 60_000} minutes`);
  if (seen.scaling?.error) return failed(explainRefusal('mutate', seen.scaling.error));
  if (shows) return record({ type: 'scaled' });
  // The endpoint may have been read before it ended, and a read may be old.
  return scaling.doubted === true
    ? failed('it has ended and does not show')
    : record({ type: 'scaleDoubted' });
}

/** The next change of scale, with nothing else to do. Null: there is none, or none yet. */
export function rescale(service: Service, ledger: Ledger, endpoint: Endpoint, now: Instant): Action | null {
  const { scaling } = ledger;
  const next = isParked(ledger) ? undefined : wantedScales(service, ledger, endpoint, now)[0];
  const isSame = scaling?.deployedModel === next?.model.id && scaling?.to === next?.key;
  // Another one is asked for at once, whatever the last one was refused for.
  if (!isSame && (scaling !== undefined || refusalOf(ledger, 'mutate') !== null))
    return record({ type: 'scaled' });
  if (next === undefined || isRefusedUntilLater(ledger, 'mutate', now)) return null;
  if (!isFenced(endpoint, ledger)) {
    return isRefusedUntilLater(ledger, 'fence', now) ? null : { do: 'fence', endpoint };
  }
  return { do: 'mutate', endpoint, model: next.model, scale: next.scale };
}

interface Wanted {
  readonly model: DeployedModel;
  readonly scale: Scale;
  readonly key: string;
}

/** The models that have another scale than they should. */
function wantedScales(service: Service, ledger: Ledger, endpoint: Endpoint, now: Instant): Wanted[] {
  const { previous } = ledger;
  const own = scaleOf(service.serving);
  const standby = previous !== undefined && !previous.retired && now < previous.until ? previous.live : null;
  const wanted = new Map([
    [keptLive(ledger), own],
    [standby?.deployedModel ?? null, standbyScale(service)],
  ]);
  return endpoint.deployedModels.flatMap((model) => {
    const scale = wanted.get(model.id);
    if (scale === undefined || model.scale === undefined) return [];
    return changedFields(model.scale, scale).length === 0 ? [] : [{ model, scale, key: scaleKey(scale) }];
  });
}

export function standbyScale({ serving, rollout }: Service): Scale {
  const own = scaleOf(serving);
  const minReplicas = Math.min(own.minReplicas, rollout.standbyReplicas ?? Infinity);
  const requiredReplicas = own.requiredReplicas === null ? null : Math.min(own.requiredReplicas, minReplicas);
  return { ...own, minReplicas, requiredReplicas };
}

/** What a rollback waits for before its standby gets traffic. Null: nothing, or not any more. */
export function grow(
  service: Service,
  ledger: Ledger,
  release: Release,
  { endpoint, candidate }: { readonly endpoint: Endpoint; readonly candidate: DeployedModel },
  seen: Observed,
  now: Instant,
): Action | null {
  const scale = scaleOf(service.serving);
  if (shareOf(endpoint, candidate.id) > 0 || (candidate.scale?.minReplicas ?? Infinity) >= scale.minReplicas)
    return null;
  // What is refused, or takes long, holds up nobody who wants to go back.
  const isLate = Math.abs(now - release.startedAt) > GROWTH_MAX;
  const refusal = refusalOf(ledger, 'mutate');
  // A reply that was lost is no refusal: the call is made again.
  const isRefused = refusal !== null && (ledger.scaling?.ended === true || refusal.count > 2);
  if (isLate || isRefused) return null;
  if (!isGrowing(ledger.scaling, candidate, scale))
    return { do: 'mutate', endpoint, model: candidate, scale };
  if (seen.scaling === undefined) return { do: 'look', at: 'scaling' };
  return seen.scaling?.done === false ? { do: 'wait', ms: GROWTH_PAUSE, why: 'growth' } : null;
}

function isGrowing(scaling: Scaling | undefined, { id }: DeployedModel, scale: Scale): boolean {
  return scaling?.deployedModel === id && scaling.to === scaleKey(scale) && scaling.name !== null;
}

function wait(ms: number): Action {
  return { do: 'wait', ms, why: 'mutate' };
}

function failed(why: string | Refusal): Action {
  const refusal: Refusal =
    typeof why === 'string' ? { code: 'SCALE_FAILED', detail: why, patience: 'deadline' } : why;
  return record({ type: 'scaleFailed', refusal });
}
