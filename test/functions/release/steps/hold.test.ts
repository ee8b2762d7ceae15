import { describe, expect, it } from 'vitest';
import { withAbort, withPromotion } from '../../../../functions/release/requests/operator.ts';
import { withHold, withoutHeldTime, withoutHold } from '../../../../functions/release/steps/hold.ts';
import { ledgerWith, NOW, releasing } from '../../../support/samples.ts';

const HOUR = 3_600_000;
const held = withHold(releasing({}, { startedAt: NOW, stepSince: NOW + 60_000 }), 'a look at it', NOW + HOUR);
const asked = { id: 'm1', at: NOW + 3 * HOUR, reason: '', release: null };

describe('the time on hold', () => {
  it('counts neither for the deadline of the release in progress nor for its bake', () => {
    expect(withoutHold(held, NOW + 3 * HOUR).release).toMatchObject({
      startedAt: NOW + 2 * HOUR,
      stepSince: NOW + 60_000 + 2 * HOUR,
    });
  });

  it.each([
    ['promotion', withPromotion(held, asked)],
    ['abort', withAbort(held, asked, NOW + 3 * HOUR)],
  ])('does not count either for a %s while it lasts, and is taken off once', (_, after) => {
    expect(after.release).toMatchObject({ startedAt: NOW + 2 * HOUR });
    expect(after.hold).toMatchObject({ since: NOW + HOUR, countedUntil: NOW + 3 * HOUR });
    expect(withoutHold(after, NOW + 4 * HOUR).release).toMatchObject({ startedAt: NOW + 3 * HOUR });
  });

  it('before a release began is none of its own', () => {
    const begun = withHold(releasing({}, { startedAt: NOW + 2 * HOUR }), 'a look at it', NOW);
    expect(withoutHold(begun, NOW + 3 * HOUR).release).toMatchObject({ startedAt: NOW + 3 * HOUR });
  });

  it('changes nothing where nothing is in progress', () => {
    const idle = withHold(ledgerWith(), 'a look at it', NOW);
    expect(withoutHeldTime(idle, NOW + HOUR)).toBe(idle);
    expect(withoutHold(idle, NOW + HOUR)).not.toHaveProperty('hold');
  });
});
