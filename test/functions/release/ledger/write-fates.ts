/** A world whose writes of ledgers meet with fates, and what intake writes into it. */
import { CallError, type Status } from '../../../../functions/errors.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { accept } from '../../../../functions/release/requests/accept.ts';
import { memoryWorld, type MemoryWorld } from '../../../support/memory-world.ts';
import { requestOf } from '../../../support/samples.ts';
import { ledgerOf } from '../../../support/test-app.ts';

/**
 * What becomes of a write: it lands and is answered; it lands and its reply is lost; it lands only once somebody
 * waits; or it does not land and is refused with this status.
 */
export type Fate = 'lands' | 'lost' | 'late' | Status;

/** A world whose next writes meet these fates; those after them land. */
export function worldWith(...fates: Fate[]): { world: MemoryWorld; writes: { at: number; text: string }[] } {
  const world = memoryWorld();
  const write = world.ledgers.write.bind(world.ledgers);
  const sleep = world.clock.sleep.bind(world.clock);
  const writes: { at: number; text: string }[] = [];
  const late: (() => Promise<unknown>)[] = [];
  world.ledgers.write = async (...args) => {
    writes.push({ at: world.clock.now(), text: args[1] });
    const fate = fates.shift() ?? 'lands';
    if (fate === 'lands') return write(...args);
    if (fate === 'lost') await write(...args);
    if (fate === 'late') late.push(() => write(...args));
    throw new CallError('ledgers.write', fate === 'lost' || fate === 'late' ? 'UNAVAILABLE' : fate, fate);
  };
  world.clock.sleep = async (ms) => {
    await sleep(ms);
    for (const land of late.splice(0)) await land();
  };
  return { world, writes };
}

/** The change that intake makes for the nth artifact. */
export function asking(n: number) {
  return (ledger: Ledger) => accept(ledger, requestOf(n), 0).ledger;
}

export function waiting(world: MemoryWorld): string[] {
  return ledgerOf(world, 'churn').queue.map((request) => request.marker);
}
