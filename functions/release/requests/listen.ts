/** How a tick waits: with an ear for what people ask meanwhile. */
import { CallError } from '../../errors.ts';
import type { World } from '../../world.ts';
import type { TickContext } from '../context.ts';

/** How soon a tick notices what people ask, in ms, while a candidate bakes and while Google refuses a call. */
const LISTEN_MS = 5_000;
const LISTEN_TO_REFUSED_MS = 20_000;

/**
 * Waits with an ear for what people ask. What cannot be heard now is heard later; the endpoint is looked at once a
 * minute. While an operation runs, the doorbell alone is listened to: in another process, what must not wait for the end
 * takes the ledger (form.ts).
 */
export async function listen(
  { service, world, held, doorbell }: TickContext,
  ms: number,
  why: string,
): Promise<void> {
  const isOperation = held.ledger.pending !== null;
  const quietMs = why === 'refused' ? LISTEN_TO_REFUSED_MS : LISTEN_MS;
  const until = world.clock.now() + (isOperation ? ms : Math.min(ms, 60_000));
  for (let now = world.clock.now(); now < until; now = world.clock.now()) {
    const pause = isOperation ? until - now : Math.min(quietMs, until - now);
    const isCalled = await (doorbell?.sleep(service.name, pause) ?? sleep(world, pause));
    if (isOperation && !isCalled) return;
    try {
      if (await held.refresh()) return;
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
    }
  }
}

async function sleep({ clock }: Pick<World, 'clock'>, ms: number): Promise<false> {
  await clock.sleep(ms);
  return false;
}
