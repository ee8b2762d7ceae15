/** What differs between the ledger and the endpoint, in words for people. Pure. */
import type { Endpoint } from '../../world.ts';
import type { Ledger } from '../ledger/ledger.ts';

/** How the endpoint differs from what the ledger says is live, in a sentence; null if it does not. */
export function driftOf(ledger: Ledger, endpoint: Endpoint | undefined): string | null {
  const { live } = ledger;
  if (live === null) return null;
  if (endpoint === undefined) return 'the endpoint is gone';
  if (!endpoint.deployedModels.some((model) => model.id === live.deployedModel)) {
    return `the live model ${live.deployedModel} is not deployed any more`;
  }
  const others = [...endpoint.traffic].filter(([id, percent]) => id !== live.deployedModel && percent > 0);
  if (others.length === 0 && (endpoint.traffic.get(live.deployedModel) ?? 0) === 100) return null;
  const split = [...endpoint.traffic].map(([id, percent]) => `${id}: ${percent} %`).join(', ');
  return `the live model ${live.deployedModel} should have the traffic, but the split is ${split || 'empty'}`;
}
