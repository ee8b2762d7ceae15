/** Gives a deployed model another scale: the intent is in the ledger before the call. */
import { LOG } from '../../../common/log-messages.ts';
import { CallError, isUncertain } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { changedFields, scaleKey } from '../view/scale.ts';

type Change = (scaling: NonNullable<Ledger['scaling']>) => NonNullable<Ledger['scaling']>;

/** Rejects with a CallError that is counted as a refusal; what was refused for sure is no change in progress. */
export async function mutate(
  { world, held, log }: TickContext,
  { endpoint, model, scale }: Extract<Action, { do: 'mutate' }>,
): Promise<void> {
  const { id } = model;
  const scaling = { deployedModel: id, to: scaleKey(scale), name: null, since: world.clock.now() };
  await held.save((ledger) => ({ ...ledger, scaling }));
  held.assertHeld();
  log.info(
    { operation: 'mutate', subject: id, release: held.ledger.release?.request.id },
    LOG.operationStarted,
  );
  const fields = model.scale === undefined ? [] : changedFields(model.scale, scale);
  try {
    const name = await world.vertex.mutate(endpoint.name, id, scale, fields);
    held.defer(withScaling((s) => ({ ...s, name })));
  } catch (error) {
    const isUnsent = error instanceof CallError && error.retryAfterMs !== null;
    if (error instanceof CallError && (isUnsent || !isUncertain(error.status)))
      held.defer(withScaling((s) => ({ ...s, ended: true })));
    throw error;
  }
}

function withScaling(change: Change): (ledger: Ledger) => Ledger {
  return (ledger) => (ledger.scaling === undefined ? ledger : { ...ledger, scaling: change(ledger.scaling) });
}
