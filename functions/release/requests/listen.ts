/** How a tick waits: with an ear for what people ask meanwhile. */
import { CallError } from '../../errors.ts';
import type { World } from '../../world.ts';
import type { TickContext } from '../context.ts';

/**
 * How soon a tick that waits notices what people ask, in ms: while a candidate bakes, while Google refuses a call, and
 * while an operation runs, of which only a rollback or an abort does not wait for the end.
 */
const LISTEN_MS = 5_000;
const LISTEN_TO_REFUSED_MS = 20_000;
const LISTEN_TO_OPERATION_MS = 60_000;

/**
 * Waits with an ear for what people ask. What cannot be heard now is heard later; the endpoint is looked at once a
 * minute.
 */
export async function listen(
  { service, world, held, doorbell }: TickContext,
  ms: number,
  why: string,
): Promise<void> {
  const quietMs = why === 'refused' ? LISTEN_TO_REFUSED_MS : LISTEN_MS;
  const isOperation = held.ledger.pending !== null;
  const until = world.clock.now() + (isOperation ? ms : Math.min(ms, 60_000));
  for (let now = world.clock.now(); now < until; now = world.clock.now()) {
    const quiet = isOperation ? Math.max(0, held.readAt + LISTEN_TO_OPERATION_MS - now) : quietMs;
    const pause = Math.min(Math.max(quiet, 1_000), until - now);
    const isCalled = await (doorbell?.sleep(service.name, pause) ?? sleep(world, pause));
    if (!isCalled && isOperation && world.clock.now() < held.readAt + LISTEN_TO_OPERATION_MS) continue;
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
