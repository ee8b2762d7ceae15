import { describe, expect, it } from 'vitest';
import type { Problem } from '../../../../functions/errors.ts';
import { withHold, withoutHold } from '../../../../functions/release/steps/hold.ts';
import type { Ledger, Previous } from '../../../../functions/release/ledger/ledger.ts';
import { hasWork, isCommanded } from '../../../../functions/release/ledger/queries.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import {
  withAbort,
  withPromotion,
  withRollback,
  type Asked,
} from '../../../../functions/release/requests/operator.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { baking, CANARY, MINUTE, serviceWith, split } from '../steps/rollout-samples.ts';
import {
  endpointWith,
  deployedOf,
  ENDPOINT,
  ledgerWith,
  liveOf,
  NOW,
  releaseOf,
  requestOf,
} from '../../../support/samples.ts';

const HOUR = 60 * MINUTE;

/** Asked for by the message m1 so many minutes after everything began. */
function asked(minutes = 1, change: Partial<Asked> = {}): Asked {
  return { id: 'm1', at: NOW + minutes * MINUTE, reason: '', ...change };
}

function problemOf(attempt: () => unknown): Pick<Problem, 'code' | 'detail'> {
  try {
    attempt();
  } catch (error) {
    if (error instanceof Error && error.name === 'Problem') return error as Problem;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** Artifact 0 was live before artifact 1. */
const previous: Previous = { live: liveOf(0), until: NOW + HOUR, retired: false };
const atRest = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1), previous });
const repairing = { ...atRest, release: releaseOf(1) };
const nothingBefore = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1) });

const rollback = (ledger: Ledger, by = asked()) => withRollback(ledger, by, by.at);
const abort = (ledger: Ledger, by = asked()) => withAbort(ledger, by, by.at);

describe('abort', () => {
  it('makes what is in progress go back, and says why', () => {
    const after = abort(baking(0), asked(1, { reason: 'incident 7' }));
    expect(after.release?.goingBack).toMatchObject({ code: 'ABORTED', detail: 'incident 7' });
    expect(abort(baking(0), asked()).release?.goingBack?.detail).toBe('no reason was given');
  });

  it('asked twice is asked once', () => {
    const once = abort(baking(0), asked());
    expect(abort(once, asked())).toBe(once);
    expect(abort(once, asked(2, { id: 'm2', reason: 'again' }))).toBe(once);
  });

  it('leaves a release that goes back by itself to its own cause', () => {
    const failing = baking(0, { goingBack: causeOf('GATE_GOLDEN', 'line 3') });
    expect(abort(failing, asked())).toBe(failing);
  });

  it('ends what only gives way to something newer, and would come back', () => {
    const yielding = baking(0, { goingBack: causeOf('SUPERSEDED', 'superseded by r-2') });
    const after = abort(yielding, asked(1, { reason: 'wrong data' }));
    expect(after.release?.goingBack).toMatchObject({ code: 'ABORTED', detail: 'wrong data' });
  });

  it('that a release outlives does not reach the one after it', () => {
    const later = baking(0, { startedAt: NOW + 5 * MINUTE });
    expect(problemOf(() => abort(later, asked(4)))).toMatchObject({
      code: 'NOTHING_UNDER_WAY',
      detail: `${requestOf(1).id} began after that`,
    });
    expect(abort(later, asked(5)).release?.goingBack).toBeDefined();
  });

  it.each([
    ['nothing is in progress', atRest],
    ['the live model is brought back', repairing],
    ['nothing was ever released', ledgerWith()],
  ])('is refused when %s', (_, ledger) => {
    expect(problemOf(() => abort(ledger, asked())).code).toBe('NOTHING_UNDER_WAY');
  });
});

describe('promote', () => {
  it('gives what is in progress all the traffic, once', () => {
    const after = withPromotion(baking(0), asked());
    expect(after.release?.promoted).toBe(true);
    expect(withPromotion(after, asked(2))).toBe(after);
  });

  it.each([
    ['nothing is in progress', atRest],
    ['the live model is brought back', repairing],
    ['what is in progress began later', baking(0, { startedAt: NOW + HOUR })],
  ])('is refused when %s', (_, ledger) => {
    expect(problemOf(() => withPromotion(ledger, asked())).code).toBe('NOTHING_UNDER_WAY');
  });

  it('does not turn round what goes back', () => {
    const back = abort(baking(0), asked());
    const after = withPromotion(back, asked(2));
    const action = plan(serviceWith(CANARY), after, { endpoints: [split(10)] }, NOW + 2 * MINUTE);
    expect(action).toMatchObject({ do: 'shift', traffic: new Map([[deployedOf(0).id, 100]]) });
  });
});

describe('rollback', () => {
  it('gives up what is in progress', () => {
    const after = rollback(baking(0), asked(1, { reason: 'incident 7' }));
    expect(after.queue).toEqual([]);
    expect(after.release?.goingBack).toMatchObject({ code: 'ABORTED', detail: 'incident 7' });
  });

  it('asks for the release before the live one, as a release of its own', () => {
    const after = rollback(atRest);
    expect(after.queue).toMatchObject([
      {
        marker: requestOf(0).marker,
        version: '7',
        attempts: 0,
        order: { at: NOW + MINUTE, tie: 'm1' },
        rollback: { from: requestOf(1).id, deployedModel: deployedOf(0).id },
      },
    ]);
    expect(after.queue[0]?.id).not.toBe(requestOf(0).id);
  });

  it('goes past a repair', () => {
    expect(rollback(repairing).queue).toHaveLength(1);
  });

  it('delivered twice is one, waiting, in progress or done', () => {
    const once = rollback(atRest);
    expect(rollback(once)).toBe(once);
    const [request = requestOf(0)] = once.queue;
    const started = applyTransition(once, { type: 'requestStarted', request }, NOW + MINUTE, () => 0);
    expect(rollback(started)).toBe(started);
    const done = applyTransition(
      started,
      { type: 'wentLive', deployedModel: deployedOf(0).id, standbyMs: 0 },
      NOW + 2 * MINUTE,
      () => 0,
    );
    expect(done.live?.request.id).toBe(request.id);
    expect(problemOf(() => rollback(done)).code).toBe('ROLLBACK_IMPOSSIBLE');
  });

  it('asked for again while it is in progress does not begin again', () => {
    const once = rollback(atRest);
    const [request = requestOf(0)] = once.queue;
    const started = applyTransition(once, { type: 'requestStarted', request }, NOW + MINUTE, () => 0);
    for (const ledger of [once, started]) {
      const again = rollback(ledger, asked(2, { id: 'm2' }));
      expect(again.queue).toEqual(ledger.queue);
      expect(again.release).toEqual(ledger.release);
      expect(again.outcomes).toMatchObject([
        { result: 'Superseded', cause: { detail: `${request.id} goes back already` } },
      ]);
      expect(rollback(again, asked(2, { id: 'm2' }))).toBe(again);
    }
  });

  it('that gave up what was in progress, delivered again, does not take the live model away as well', () => {
    const before = baking(0, {}, { live: liveOf(0), previous: { ...previous, live: liveOf(-1) } });
    const aborted = rollback(before);
    const ended = applyTransition(aborted, { type: 'rollbackFinished' }, NOW + 2 * MINUTE, () => 0);
    expect(ended).toMatchObject({ release: null, outcomes: [{ result: 'RolledBack' }] });
    expect(rollback(ended)).toBe(ended);
    expect(rollback(ended, asked(3, { id: 'm2' })).queue).toHaveLength(1);
  });

  it('so does one whose release ended by another cause', () => {
    const before = baking(0, {}, { previous: { ...previous, live: liveOf(-1) } });
    const aborted = rollback(before);
    const failure = { type: 'attemptFailed', code: 'DEPLOY_FAILED', detail: '', again: false } as const;
    const ended = applyTransition(aborted, failure, NOW + 2 * MINUTE, () => 0);
    expect(rollback(ended)).toBe(ended);
  });

  it('asked for before what is in progress began is about what was live then', () => {
    const later = baking(0, { startedAt: NOW + HOUR }, { live: liveOf(0), previous });
    const after = rollback(later);
    expect(after.release?.goingBack).toBeUndefined();
    expect(after.queue).toMatchObject([{ rollback: { from: requestOf(0).id } }]);
  });

  it.each([
    ['nothing was ever live', ledgerWith()],
    ['nothing was live before', nothingBefore],
    ['the live model is another one since', { ...atRest, live: { ...liveOf(1), since: NOW + HOUR } }],
  ])('is refused when %s', (_, ledger) => {
    expect(problemOf(() => rollback(ledger)).code).toBe('ROLLBACK_IMPOSSIBLE');
  });

  it('is overtaken by what landed later, and goes before what landed earlier', () => {
    const earlier = rollback({ ...atRest, queue: [requestOf(2)] });
    expect(plan(serviceWith(CANARY), earlier, {}, NOW + MINUTE)).toMatchObject({
      change: { type: 'requestStarted', request: { rollback: { from: requestOf(1).id } } },
    });
    const landed = requestOf(2, { order: { at: NOW + 2 * MINUTE, tie: '1' } });
    const later = rollback({ ...atRest, queue: [landed] });
    const seen = { endpoints: [endpointWith([deployedOf(1)], { [deployedOf(1).id]: 100 })] };
    expect(plan(serviceWith(CANARY), later, seen, NOW + 3 * MINUTE)).toMatchObject({
      change: { type: 'requestStarted', request: { id: landed.id } },
    });
  });
});

describe('on hold', () => {
  const service = serviceWith(CANARY);
  const held = (ledger: Ledger) => withHold(ledger, 'investigating', NOW);
  const decide = (ledger: Ledger) => plan(service, ledger, { endpoints: [split(10)] }, NOW + MINUTE);

  it.each<[string, Ledger, boolean]>([
    ['nothing', atRest, false],
    ['a canary half-way', baking(0), false],
    ['an artifact that waits', { ...atRest, queue: [requestOf(2)] }, false],
    ['an abort', abort(baking(0), asked()), true],
    ['a promotion', withPromotion(baking(0), asked()), true],
    ['a rollback of what is in progress', rollback(baking(0)), true],
    ['a rollback', rollback(atRest), true],
    [
      'a rollback, and an artifact that landed later',
      {
        ...rollback(atRest),
        queue: [...rollback(atRest).queue, requestOf(2, { order: { at: NOW + HOUR, tie: '1' } })],
      },
      true,
    ],
  ])('%s: commanded or not', (_, ledger, expected) => {
    expect(isCommanded(held(ledger))).toBe(expected);
    expect(hasWork(held(ledger))).toBe(expected);
  });

  it('a canary stays where it is', () => {
    expect(decide(held(baking(0, { stepSince: NOW - HOUR })))).toEqual({ do: 'stop' });
  });

  it('what was commanded goes on', () => {
    expect(decide(held(abort(baking(0), asked())))).toMatchObject({ do: 'shift' });
    expect(decide(held(withPromotion(baking(0), asked())))).toMatchObject({ do: 'shift' });
  });

  it('a rollback is started before what landed later, and does not give way to it', () => {
    const landed = requestOf(2, { order: { at: NOW + HOUR, tie: '1' } });
    const waiting = held({ ...rollback(atRest), queue: [landed, ...rollback(atRest).queue] });
    const action = decide(waiting);
    expect(action).toMatchObject({ change: { type: 'requestStarted', request: { rollback: {} } } });
    if (action.do !== 'record') return;
    const started = applyTransition(waiting, action.change, NOW + MINUTE, () => 0);
    const both = endpointWith([deployedOf(0), deployedOf(1)], { [deployedOf(1).id]: 100 });
    expect(plan(service, started, { endpoints: [both] }, NOW + MINUTE)).toMatchObject({ do: 'shift' });
  });
});

describe('resume', () => {
  it('counts the time on hold neither for the deadline nor for the bake', () => {
    const held = withHold(baking(0, { startedAt: NOW - MINUTE }), '', NOW + MINUTE);
    const after = withoutHold(held, NOW + HOUR + MINUTE);
    expect(after.hold).toBeUndefined();
    expect(after.release).toMatchObject({ startedAt: NOW - MINUTE + HOUR, stepSince: NOW + HOUR });
  });

  it('knows of no bake that has not begun', () => {
    const held = withHold(ledgerWith({ release: releaseOf(1) }), '', NOW);
    expect(withoutHold(held, NOW + HOUR).release).toEqual(releaseOf(1, { startedAt: NOW + HOUR }));
  });

  it('asked for by a clock that is behind moves nothing back', () => {
    const held = withHold(baking(0), '', NOW + MINUTE);
    expect(withoutHold(held, NOW).release).toMatchObject({ startedAt: NOW, stepSince: NOW });
  });
});
