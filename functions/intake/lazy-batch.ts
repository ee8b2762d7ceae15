/** What batches need is loaded at its first use: a function that answers nothing in batch starts no slower for it. */
import type * as Intake from './batch.ts';
import type * as Tick from '../batch/tick.ts';

let intake: Promise<typeof Intake> | undefined;
let tick: Promise<typeof Tick> | undefined;

export function batchIntake(): Promise<typeof Intake> {
  return (intake ??= import('./batch.ts'));
}

export function batchTick(): Promise<typeof Tick> {
  return (tick ??= import('../batch/tick.ts'));
}
