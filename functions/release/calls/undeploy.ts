/**
 * Undeploys a model. With the intent the ledger says that the model is gone: once the call may have been sent, no
 * rollback may count on it. A rollback to it that is accepted while the intent is written comes first.
 */
import type { TickContext } from '../context.ts';
import type { Endpoint } from '../../world.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { withoutLive } from '../steps/park.ts';
import { startOperation } from './start-operation.ts';

export async function undeploy(context: TickContext, endpoint: Endpoint, id: string): Promise<void> {
  const { world, held } = context;
  const wasWanted = isWantedBack(held.ledger, id);
  const isOvertaken = (ledger: Ledger): boolean => !wasWanted && isWantedBack(ledger, id);
  held.defer((ledger) => (isOvertaken(ledger) ? ledger : withoutLive(withoutStandby(ledger, id), id)));
  await startOperation(context, 'undeploy', id, () => world.vertex.undeploy(endpoint.name, id), isOvertaken);
}

/** Whether a rollback is to give its traffic to the model that stands by. */
function isWantedBack({ queue, release, previous }: Ledger, id: string): boolean {
  if (previous?.live.deployedModel !== id || previous.retired) return false;
  return [...queue, release?.request].some((request) => request?.rollback?.deployedModel === id);
}

function withoutStandby(ledger: Ledger, id: string): Ledger {
  const { previous } = ledger;
  if (previous?.live.deployedModel !== id) return ledger;
  return { ...ledger, previous: { ...previous, retired: true } };
}
