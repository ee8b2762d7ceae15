/** When a service is parked, and what wakes it. */
import type { ServiceFile } from './schema.ts';

export interface ParkingRules {
  /** Whether what lands waits until the service wakes; else it wakes it. */
  readonly artifactsWait: boolean;
}

export function parseParking(serving: ServiceFile['serving']): ParkingRules {
  return { artifactsWait: serving?.parkedArtifacts === 'wait' };
}
