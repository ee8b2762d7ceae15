/** What differs between the ledger and the endpoint, in words for people: the log of the engine, and `slipway status`. Pure. */
import type { Service } from '../../config/config.ts';
import type { Endpoint } from '../../world.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { describeTraffic, isDeployed, sameTraffic, trafficFor } from '../traffic/traffic.ts';

/** How the endpoint differs from what the ledger says is live, in a sentence; null if it does not. */
export function driftOf(service: Service, ledger: Ledger, endpoint: Endpoint | undefined): string | null {
  const { live } = ledger;
  if (live === null) return null;
  // A parked service has nothing on it that could drift.
  if (ledger.parked !== undefined) return null;
  if (endpoint === undefined) return 'the endpoint is gone';
  if (!isDeployed(endpoint, live))
    return `the live model ${live.deployedModel} is not deployed on the endpoint`;
  const expected = trafficFor(service, endpoint, live.deployedModel);
  if (expected === null || sameTraffic(expected, endpoint.traffic)) return null;
  return `the traffic is ${describeTraffic(endpoint.traffic)}, expected ${describeTraffic(expected)}`;
}
