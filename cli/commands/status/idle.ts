/** A live model that nobody asks, as `slipway status` shows it. */
import { CallError } from '../../../functions/errors.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import type { World } from '../../../functions/world.ts';

/** A day: what is asked at certain hours alone is not idle. */
const IDLE_HOURS = 24;
const HOUR_MS = 3_600_000;

/** The live model has answered nothing in so many hours. */
export interface Idle {
  readonly hours: number;
}

/** Null: it is asked, it is live for a shorter time, or Cloud Monitoring does not tell. */
export async function idleOf(
  { monitoring, clock }: Pick<World, 'monitoring' | 'clock'>,
  ledger: Ledger | null,
): Promise<Idle | null> {
  const now = clock.now();
  const from = now - IDLE_HOURS * HOUR_MS;
  const { live = null, endpoint = null, parked } = ledger ?? {};
  if (live === null || endpoint === null || parked !== undefined || live.since > from) return null;
  try {
    const served = await monitoring.served(endpoint, from, now);
    const requests = [...served.values()].reduce((sum, each) => sum + each.requests, 0);
    return requests === 0 ? { hours: IDLE_HOURS } : null;
  } catch (error) {
    // Who may see the service may not be allowed to see its metrics.
    if (error instanceof CallError) return null;
    throw error;
  }
}

export function idleText(service: string, { hours }: Idle): string {
  return `no requests in the last ${hours} h; "slipway park ${service}" ends its cost until it is woken`;
}
