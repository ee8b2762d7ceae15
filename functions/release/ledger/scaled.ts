/** What becomes of a change of scale, as changes of the ledger. Pure. */
import type { Instant } from '../../world.ts';
import { withoutRefusal, withRefusal } from '../refusals/lasting.ts';
import type { Ledger } from './ledger.ts';
import type { Transition } from './transition.ts';

export function scaled(
  ledger: Ledger,
  change: Extract<Transition, { type: 'scaled' | 'scaleDoubted' | 'scaleFailed' }>,
  now: Instant,
  random: () => number,
): Ledger {
  const { scaling, ...rest } = ledger;
  if (change.type === 'scaled') return withoutRefusal(rest, 'mutate');
  if (scaling === undefined) return ledger;
  if (change.type === 'scaleDoubted') return { ...ledger, scaling: { ...scaling, doubted: true } };
  const refusal = { ...change.refusal, byOperation: true } as const;
  return withRefusal({ ...ledger, scaling: { ...scaling, ended: true } }, 'mutate', refusal, now, random);
}
