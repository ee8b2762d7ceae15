/** Moves the aliases of a model to a version. */
import { CallError, isTransient } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import type { Ledger } from '../ledger/ledger.ts';
import { deferTransition } from '../ledger/record.ts';
import { refusalOf } from '../refusals/lasting.ts';
import { explainRefusal } from '../refusals/refusals.ts';
import { ALIASES } from '../steps/tidy.ts';

const ALIAS_TRIES_MAX = 5;

/** Aliases are for people: where they are refused for good all goes on without, and the sweep tries again. */
export async function moveAliases(
  context: TickContext,
  action: Extract<Action, { do: 'moveAliases' }>,
): Promise<void> {
  const { world, held, log } = context;
  try {
    await world.vertex.moveAliases(action.model, action.version, ALIASES);
  } catch (error) {
    // A few times it is worth another try; then the release goes on without.
    if (!(error instanceof CallError) || error.retryAfterMs !== null) throw error;
    const tries = refusalOf(held.ledger, 'aliases')?.count ?? 0;
    if (isTransient(error.status) && tries < ALIAS_TRIES_MAX) throw error;
    const { detail } = explainRefusal('aliases', error);
    log.warn({ version: action.version, detail }, 'alias change refused');
    deferTransition(context, {
      type: 'cleanUpFailed',
      kind: 'moveAliases',
      subject: action.version,
      detail,
      isBusy: false,
    });
    return held.defer(withAliases);
  }
  deferTransition(context, { type: 'leftoverCleared', kind: 'moveAliases', subject: action.version });
  held.defer(withAliases);
}

function withAliases(ledger: Ledger): Ledger {
  return ledger.release === null ? ledger : { ...ledger, release: { ...ledger.release, aliased: true } };
}
