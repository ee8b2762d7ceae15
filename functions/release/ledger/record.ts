/** Makes a change of the ledger, logs it, and writes it where it has to outlive the tick. */
import type { TickContext } from '../context.ts';
import { logTransition } from '../publish/log-transition.ts';
import { applyTransition } from './apply-transition.ts';
import { TRANSITIONS, type Transition } from './transition.ts';

export async function recordTransition(context: TickContext, change: Transition): Promise<void> {
  const { world, held, log } = context;
  const before = held.ledger;
  deferTransition(context, change);
  logTransition(log, {
    service: context.service,
    before,
    after: held.ledger,
    change,
    now: world.clock.now(),
  });
  if (TRANSITIONS[change.type].isDurable) await held.flush();
}

export function deferTransition(context: TickContext, change: Transition): void {
  const { world, held } = context;
  const now = world.clock.now();
  // Drawn once: the change may be made again on what others have written.
  const chance = world.random();
  held.defer((ledger) => applyTransition(ledger, change, now, () => chance));
}
