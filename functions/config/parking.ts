/** When a service is parked, and what wakes it. */
import { parseHours, type Hours } from './hours.ts';
import type { ServiceFile } from './schema.ts';

export interface ParkingRules {
  /** Null: it is always awake. */
  readonly hours: Hours | null;
  /** Whether what lands waits until the service wakes; else it wakes it. */
  readonly artifactsWait: boolean;
}

export function parseParking(
  service: string,
  serving: ServiceFile['serving'],
  problems: string[],
): ParkingRules {
  const at = `services.${service}.serving.hours`;
  return {
    hours: serving?.hours === undefined ? null : parseHours(serving.hours, at, problems),
    artifactsWait: serving?.parkedArtifacts === 'wait',
  };
}
