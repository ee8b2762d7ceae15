/** Starts an operation of Vertex AI: the intent is in the ledger before the call. */
import { LOG } from '../../../common/log-messages.ts';
import { CallError, isUncertain } from '../../errors.ts';
import type { TickContext } from '../context.ts';
import type { Ledger, Pending } from '../ledger/ledger.ts';
import { deferTransition } from '../ledger/record.ts';
import { explainRefusal, isBusy } from '../refusals/refusals.ts';

/** How long the write of an intent may take before its time is too old for the call, in ms. */
const INTENT_WRITE_MS_MAX = 5_000;
const INTENT_WRITES_MAX = 3;

/**
 * Writes the intent, starts the operation, and keeps its name; a definite refusal takes the intent back. Nothing is
 * started where what others have written meanwhile is more urgent (`isOvertaken`).
 */
export async function startOperation(
  context: TickContext,
  kind: Pending['kind'],
  subject: string,
  call: () => Promise<string>,
  isOvertaken: (ledger: Ledger) => boolean = () => false,
): Promise<void> {
  const { held, log } = context;
  await writeIntent(context, kind, subject, isOvertaken);
  if (held.ledger.pending === null) return;
  held.assertHeld();
  log.info({ operation: kind, subject, release: held.ledger.release?.request.id }, LOG.operationStarted);
  try {
    const name = await call();
    const named = (ledger: Ledger): Ledger =>
      ledger.pending === null ? ledger : { ...ledger, pending: { ...ledger.pending, name } };
    // A clean-up that was lost is seen on the endpoint, and is asked for again: its name is worth no write of its own.
    if (kind === 'undeploy' || kind === 'deleteVersion') held.deferLightly(named);
    else held.defer(named);
  } catch (error) {
    if (!(error instanceof CallError)) throw error;
    refused(context, kind, error);
  }
}

/**
 * What the call makes is looked for from the time of its intent on. A write may take a minute, so that the call would
 * be sent late and repeated too early: such an intent is written again.
 */
async function writeIntent(
  { world, held }: TickContext,
  kind: Pending['kind'],
  subject: string,
  isOvertaken: (ledger: Ledger) => boolean,
): Promise<void> {
  for (let writes = 0; writes < INTENT_WRITES_MAX; writes += 1) {
    const since = world.clock.now();
    const pending = { kind, subject, name: null, since };
    await held.save((ledger) => (isOvertaken(ledger) ? ledger : { ...ledger, pending }));
    if (world.clock.now() - since < INTENT_WRITE_MS_MAX) return;
  }
}

/**
 * What a refused call means for the intent. Of uncertain ones, and those that met their own earlier effect, it is kept:
 * the world is looked at before anything is repeated. Rethrows what is counted as a refusal; a clean-up that is refused
 * is left behind instead, so that nothing waits for it.
 */
function refused(context: TickContext, kind: Pending['kind'], error: CallError): void {
  const subject = context.held.ledger.pending?.subject ?? '';
  // It was not sent at all: the pace of this process let it wait too long.
  const isUnsent = error.retryAfterMs !== null;
  if ((kind === 'undeploy' || kind === 'deleteVersion') && !isUnsent) {
    // Also where it is said to be gone: it was seen a moment ago, and may go on showing for a while.
    const { detail, patience } = explainRefusal(kind, error);
    deferTransition(context, {
      type: 'cleanUpFailed',
      kind,
      subject,
      detail,
      isBusy: isBusy(error.status, patience),
      isUncertain: isUncertain(error.status) || error.status === 'NOT_FOUND',
    });
    context.log.warn({ operation: kind, subject, detail }, 'clean-up failed');
    return;
  }
  const mayHaveBegun = isUncertain(error.status) || error.status === 'ALREADY_EXISTS';
  if (isUnsent || !mayHaveBegun) deferTransition(context, { type: 'operationCleared' });
  throw error;
}
