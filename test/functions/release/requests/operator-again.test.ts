/** Messages of people that come twice, late, or once all that they ask for is done. */
import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../functions/errors.ts';
import { supersede } from '../../../../functions/release/requests/accept.ts';
import type { Ledger, Previous } from '../../../../functions/release/ledger/ledger.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import { withAbort, withRollback, type Asked } from '../../../../functions/release/requests/operator.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { baking, MINUTE } from '../steps/rollout-samples.ts';
import { ledgerWith, liveOf, NOW, requestOf } from '../../../support/samples.ts';

const HOUR = 60 * MINUTE;
const previous: Previous = { live: liveOf(-1), until: NOW + HOUR, retired: false };

/** Published so many minutes after everything began. */
function asked(id: string, minutes: number): Asked {
  return { id, at: NOW + minutes * MINUTE, reason: '' };
}

function rollback(ledger: Ledger, id: string, minutes: number): Ledger {
  return withRollback(ledger, asked(id, minutes), NOW + minutes * MINUTE);
}

function codeOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    return (error as Problem).code;
  }
  return 'none';
}

/** Artifact 0 is live, -1 was before it, 1 is a canary. */
const canary = baking(0, {}, { previous });
const first = rollback(canary, 'm1', 2);
const ended = applyTransition(first, { type: 'rollbackFinished' }, NOW + 4 * MINUTE, () => 0);

describe('the first rollback', () => {
  it('is about the release in progress, and names its message and its time', () => {
    expect(first.release).toMatchObject({
      goingBack: { code: 'ABORTED' },
      goingBackAt: NOW + 2 * MINUTE,
      goingBackBy: 'm1',
    });
    expect(ended.outcomes).toMatchObject([
      { result: 'RolledBack', gaveUpAt: NOW + 2 * MINUTE, endedBy: 'm1' },
    ]);
  });

  it.each<{ what: string; ledger: Ledger; minutes: number }>([
    { what: 'while that is being ended', ledger: first, minutes: 2 },
    { what: 'while that is being ended, late', ledger: first, minutes: 3 },
    { what: 'once it has ended', ledger: ended, minutes: 2 },
  ])('delivered again $what changes nothing', ({ ledger, minutes }) => {
    expect(rollback(ledger, 'm1', minutes)).toBe(ledger);
  });
});

describe('a second rollback', () => {
  it.each<{ what: string; ledger: Ledger; minutes: number }>([
    { what: 'while the first is being done', ledger: first, minutes: 3 },
    { what: 'once the first is done', ledger: ended, minutes: 5 },
    { what: 'before the first was done, come after it', ledger: ended, minutes: 3 },
  ])('asked for $what is about the live release', ({ ledger, minutes }) => {
    const after = rollback(ledger, 'm2', minutes);
    expect(after.queue).toMatchObject([
      { marker: requestOf(-1).marker, rollback: { from: liveOf(0).request.id } },
    ]);
    expect(rollback(after, 'm2', minutes)).toBe(after);
  });

  it.each<{ what: string; ledger: Ledger }>([
    { what: 'is being ended', ledger: first },
    { what: 'has ended', ledger: ended },
  ])('published before the first was heard asks for what $what, and has an outcome', ({ ledger }) => {
    const after = rollback(ledger, 'm0', 1);
    expect(after.queue).toEqual([]);
    expect(after.outcomes[0]).toMatchObject({
      result: 'Superseded',
      announced: false,
      artifact: '',
      cause: { code: 'SUPERSEDED', detail: `the rollback was about ${requestOf(1).id}` },
    });
    expect(rollback(after, 'm0', 1)).toBe(after);
  });

  it('without a release before the live one is refused', () => {
    const { previous: _, ...nothingBefore } = ended;
    expect(codeOf(() => rollback(nothingBefore, 'm2', 5))).toBe('ROLLBACK_IMPOSSIBLE');
  });

  it('of a release that gives way to something newer ends it for good', () => {
    const yielding = baking(0, { goingBack: causeOf('SUPERSEDED', 'newer'), goingBackAt: NOW }, { previous });
    expect(rollback(yielding, 'm2', 3).release?.goingBack?.code).toBe('ABORTED');
  });

  it('is not about a release that a gate has ended since', () => {
    const failing = baking(
      0,
      { goingBack: causeOf('GATE_GOLDEN', 'line 3'), goingBackAt: NOW + 2 * MINUTE },
      { previous },
    );
    expect(rollback(failing, 'm2', 3).queue).toMatchObject([{ rollback: { from: liveOf(0).request.id } }]);
    // A request before that meant the canary.
    expect(rollback(failing, 'm0', 1)).toMatchObject({ queue: [], outcomes: [{ result: 'Superseded' }] });
  });
});

describe('while so much waits to be announced', () => {
  const many = (ledger: Ledger, length = 32): Ledger =>
    Array.from({ length }, (_, n) => requestOf(100 + n)).reduce(
      (l, request) => supersede(l, request, NOW),
      ledger,
    );

  it('a rollback that needs an outcome comes again', () => {
    expect(codeOf(() => rollback(many(ended, 40), 'm2', 5))).toBe('OUTCOMES_WAITING');
    expect(codeOf(() => rollback(many(first), 'm0', 1))).toBe('OUTCOMES_WAITING');
  });

  it('a rollback from what is live waits for nobody to be told of other releases', () => {
    const ledger = ledgerWith({ live: liveOf(0), previous });
    expect(rollback(many(ledger), 'm1', 5).queue).toMatchObject([{ rollback: {} }]);
    expect(rollback(many(ledger, 39), 'm1', 5).queue).toMatchObject([{ rollback: {} }]);
    expect(codeOf(() => rollback(many(ledger, 40), 'm1', 5))).toBe('OUTCOMES_WAITING');
  });

  it('a release in progress is ended all the same: its outcome has its place', () => {
    expect(rollback(many(canary), 'm1', 2).release?.goingBack).toBeDefined();
    expect(withAbort(many(canary), asked('m1', 2), NOW).release?.goingBack).toBeDefined();
  });
});

describe('an abort', () => {
  it('asked for twice by two is one, by the first', () => {
    const once = withAbort(canary, asked('m1', 2), NOW + 2 * MINUTE);
    expect(withAbort(once, asked('m2', 3), NOW + 3 * MINUTE)).toBe(once);
    expect(once.release?.goingBackBy).toBe('m1');
  });

  it('once all has ended is refused', () => {
    expect(codeOf(() => withAbort(ended, asked('m2', 5), NOW + 5 * MINUTE))).toBe('NOTHING_UNDER_WAY');
    expect(codeOf(() => withAbort(ledgerWith(), asked('m2', 5), NOW))).toBe('NOTHING_UNDER_WAY');
  });
});
