/** What a service costs an hour while it is as it is, as `slipway status` shows it. Pure. */
import type { Service } from '../../../functions/config/config.ts';
import { ownerOf } from '../../../functions/release/ids.ts';
import type { Endpoint } from '../../../functions/world.ts';
import { dollars, replicaPrice } from '../../cost/prices.ts';
import { plural } from '../../terminal/words.ts';

/** In US dollars an hour, of the models that Slipway has deployed; null where the table has no price. */
export interface ServiceCost {
  readonly perHour: number | null;
  /** With all replicas that autoscaling may add. */
  readonly perHourMax: number | null;
  /** What the live model costs with its fewest replicas, also while the service is parked. */
  readonly perHourAwake: number | null;
  readonly replicas: number;
  readonly replicasMax: number;
  readonly machineType: string;
  /** Why there is no price. */
  readonly unknown: string | null;
  /** The date of the prices. */
  readonly pricesOf: string;
}

export function costOf({ serving, region }: Service, endpoint: Endpoint | null): ServiceCost {
  const scales = (endpoint?.deployedModels ?? [])
    .filter(({ id, displayName }) => ownerOf(id, displayName) !== null)
    .map(({ scale }) => scale ?? serving);
  const replicas = scales.reduce((sum, { minReplicas }) => sum + minReplicas, 0);
  const replicasMax = scales.reduce((sum, { maxReplicas }) => sum + maxReplicas, 0);
  const { perHour, unknown, date } = replicaPrice(serving, region);
  const times = (count: number) => (perHour === null ? null : Number((perHour * count).toFixed(4)));
  return {
    perHour: times(replicas),
    perHourMax: times(replicasMax),
    perHourAwake: times(serving.minReplicas),
    replicas,
    replicasMax,
    machineType: serving.machineType,
    unknown,
    pricesOf: date,
  };
}

export function costText(cost: ServiceCost, isParked: boolean): string {
  const { perHour, perHourMax, perHourAwake, replicas, replicasMax, machineType, unknown, pricesOf } = cost;
  const what = `${plural(replicas, 'replica')} of ${machineType}`;
  if (perHour === null) return replicas === 0 ? 'nothing is deployed' : `${what}; ${unknown ?? ''}`;
  if (replicas === 0) {
    const awake = isParked ? '; awake' : '; with a live model';
    return `$0 an hour${awake} about ${dollars(perHourAwake ?? 0)} (prices of ${pricesOf})`;
  }
  const most =
    replicasMax > replicas ? `, ${dollars(perHourMax ?? 0)} with all ${replicasMax} that may be added` : '';
  return `about ${dollars(perHour)} an hour: ${what}${most} (prices of ${pricesOf})`;
}
