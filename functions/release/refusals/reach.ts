/**
 * Whether gates can ask the models behind an endpoint. One with Private Service Connect or in a peered network answers
 * inside it alone, and Cloud Monitoring has its figures under other names (prediction/online/private): that is known
 * before anything is spent.
 */
import type { Rollout } from '../../config/rollout.ts';
import type { Endpoint } from '../../world.ts';

/** Why gates of this rollout would ask in vain (ENDPOINT_PRIVATE); null if they would not. */
export function unreachable(
  endpoint: Pick<Endpoint, 'name' | 'isPrivate'>,
  { gates }: Pick<Rollout, 'gates'>,
): string | null {
  if (!endpoint.isPrivate) return null;
  const asking = (['golden', 'features', 'comparison', 'metrics'] as const).filter(
    (gate) => gates[gate] !== null,
  );
  return asking.length === 0
    ? null
    : `${endpoint.name} is private, and there are gates: ${asking.join(', ')}`;
}
