/** When a release reached which stage, for people to look at. Nothing is decided by it. Pure. */
import type { Instant } from '../../world.ts';
import type { Ledger } from './ledger.ts';
import { REACHED_MAX } from './shown.ts';
import type { Transition } from './transition.ts';

/** The ledger after the change, with the stage that its release has reached by it. */
export function withReached(ledger: Ledger, change: Transition, now: Instant): Ledger {
  const stage = stageOf(change);
  const { release } = ledger;
  if (stage === null || release === null) return ledger;
  // A further attempt reaches it again.
  const before = (release.reached ?? []).filter(([known]) => known !== stage);
  const reached: [string, Instant][] = [...before, [stage, now]];
  return { ...ledger, release: { ...release, reached: reached.slice(-REACHED_MAX) } };
}

function stageOf(change: Transition): string | null {
  if (change.type === 'stepReached') return `step ${change.step + 1}`;
  return change.type === 'verified' || change.type === 'uploaded' || change.type === 'deployed'
    ? change.type
    : null;
}
