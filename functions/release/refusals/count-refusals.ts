/**
 * The one place that counts what Google refuses: in the ledger, where people see it while it lasts and `plan` decides
 * what it means.
 */
import { LOG } from '../../../common/log-messages.ts';
import { CallError } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import { askedBy } from './asked-by.ts';
import type { LeasedLedger } from '../ledger/leased-ledger.ts';
import { refusalOf, withoutRefusal, withRefusal } from './lasting.ts';
import type { RefusalEntry } from '../ledger/ledger.ts';
import { explainRefusal } from './refusals.ts';
import { withoutSecrets } from '../diagnosis/secrets.ts';

/** How often a refusal that goes on is written into the ledger: the second one, and then every so many. */
const REFUSALS_A_WRITE = 8;

/** The call has succeeded: what it was refused with is past, unless its operation is what refuses it. */
export function succeeded({ held }: TickContext, action: Action): void {
  const asked = askedBy(action);
  const refusal = asked === null ? null : refusalOf(held.ledger, asked);
  if (asked !== null && refusal !== null && refusal.byOperation !== true)
    held.defer((ledger) => withoutRefusal(ledger, asked));
}

/**
 * Counts a refusal and says whether it did: not what Google has not refused, such as a call that was not sent or a
 * ledger that cannot be written.
 */
export async function countRefusal(
  { world, held, log }: TickContext,
  action: Action,
  error: CallError,
): Promise<boolean> {
  const asked = askedBy(action);
  const { method, status, message } = error;
  const isCounted = asked !== null && error.retryAfterMs === null && !method.startsWith('ledgers.');
  if (!isCounted) {
    log.warn({ method, status, detail: withoutSecrets(message) }, LOG.callFailed);
    return false;
  }
  const refusal = explainRefusal(asked, error);
  const now = world.clock.now();
  // Drawn once: the change may be made again on what others have written.
  const chance = world.random();
  held.deferLightly((ledger) => withRefusal(ledger, asked, refusal, now, () => chance));
  const entry = refusalOf(held.ledger, asked);
  const times = entry?.count ?? 1;
  const fields = { method, status, code: refusal.code, detail: refusal.detail, since: entry?.since, times };
  const release = held.ledger.release?.request.id;
  if (isAlarming(entry)) log.error({ ...fields, release }, LOG.callRefused);
  else log.warn({ ...fields, release }, LOG.callFailed);
  if (times === 2 || times % REFUSALS_A_WRITE === 0) await writeIfPossible(held);
  return true;
}

/** A ledger that cannot be written now has it with its next write. */
async function writeIfPossible(held: LeasedLedger): Promise<void> {
  try {
    await held.flush();
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
  }
}

/** Once for each refusal that lasts: an alert waits for the line. */
function isAlarming(refusal: RefusalEntry | null): boolean {
  if (refusal === null) return false;
  const { count } = refusal.ofKind ?? refusal;
  return count === ALARM_AT[refusal.patience];
}

/** Refusals in a row after which somebody should look: at once where only a person can help. */
const ALARM_AT: Record<RefusalEntry['patience'], number> = {
  none: 1,
  minutes: 3,
  provisioning: 6,
  deadline: 10,
};
