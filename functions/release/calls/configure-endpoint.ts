/** Writes what slipway.yaml says of an endpoint and may change after it was made. Nothing is deployed or shifted by it. */
import { LOG } from '../../../common/log-messages.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import { endpointChangeId } from '../ids.ts';

export async function configureEndpoint(
  { world, held, log }: TickContext,
  { endpoint, change }: Extract<Action, { do: 'configure' }>,
): Promise<void> {
  await world.vertex.configureEndpoint(endpoint.name, change);
  const configured = { change: endpointChangeId(endpoint.name, change), at: world.clock.now() };
  held.defer((ledger) => ({ ...ledger, configured }));
  log.info({ endpoint: endpoint.name, change }, LOG.endpointConfigured);
}
