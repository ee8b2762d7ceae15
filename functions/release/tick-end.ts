/** How a tick ends, of releases or of batches, and how long it may have the ledger. */
import { LOG } from '../../common/log-messages.ts';
import { CallError, Problem } from '../errors.ts';
import type { Log } from '../log.ts';
import { LeaseLost } from './ledger/leased-ledger.ts';

/**
 * How a tick ends: nothing is left to do, another tick has been published, or it has to be delivered again; `untaken`:
 * it has not had the ledger, so that no work hangs on it.
 */
export type TickEnd =
  | { readonly end: 'idle' }
  | { readonly end: 'continued' }
  | { readonly end: 'untaken' | 'again'; readonly why: string };

/** A lease outlives the budget by enough for the last call to time out. */
export const LEASE_MARGIN_MS = 150_000;

/** The end that an error makes: `end` tells whether the tick had the ledger. Throws what is a fault of the engine. */
export function endByError(error: unknown, end: 'untaken' | 'again', log: Log): TickEnd {
  if (error instanceof LeaseLost) return { end, why: error.message };
  if (error instanceof Problem) {
    log.error({ code: error.code, detail: error.detail }, LOG.serviceStopped);
    return { end: 'again', why: error.message };
  }
  if (error instanceof CallError) return { end, why: `${error.method}: ${error.status}` };
  throw error;
}
