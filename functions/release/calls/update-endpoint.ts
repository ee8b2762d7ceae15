/** Writes the endpoint: the epoch of the lease as a label, and the traffic with it. */
import { LOG } from '../../../common/log-messages.ts';
import { CallError, isUncertain } from '../../errors.ts';
import type { Endpoint } from '../../world.ts';
import type { TickContext } from '../context.ts';
import type { Action } from '../decisions.ts';
import { LABELS } from '../ids.ts';
import type { Ledger } from '../ledger/ledger.ts';

export async function shift(context: TickContext, action: Extract<Action, { do: 'shift' }>): Promise<void> {
  const { held, log } = context;
  const { endpoint, traffic } = action;
  // The next tick after a crash must not give it traffic again, and has to know why nothing serves.
  if (held.ledger.release?.goingBack !== undefined || held.ledger.outage !== undefined) await held.flush();
  await updateEndpoint(context, endpoint, traffic);
  log.info(
    {
      release: held.ledger.release?.request.id,
      from: Object.fromEntries(endpoint.traffic),
      to: Object.fromEntries(traffic),
    },
    LOG.trafficShifted,
  );
}

/**
 * Writes our epoch, and the traffic with it. One whose reply is lost may land much later, also after what its traffic
 * was for has been given up: the epoch is raised, so that nothing is destroyed before another update has come first.
 */
export async function updateEndpoint(
  { world, held }: TickContext,
  endpoint: Endpoint,
  traffic?: ReadonlyMap<string, number>,
): Promise<void> {
  await held.settleEpoch();
  const labels = new Map([...endpoint.labels, [LABELS.epoch, String(held.ledger.epoch)]]);
  try {
    await world.vertex.updateEndpoint(endpoint, { ...(traffic && { traffic }), labels });
  } catch (error) {
    if (error instanceof CallError && isUncertain(error.status)) held.raiseEpoch();
    throw error;
  }
  if (held.ledger.release?.goingBack !== undefined) held.defer(withoutTraffic);
}

/** What goes back has none once the endpoint has been written: by the shift that takes it away, or after a look. */
function withoutTraffic(ledger: Ledger): Ledger {
  const { release } = ledger;
  return release?.goingBack === undefined ? ledger : { ...ledger, release: { ...release, isBack: true } };
}
