import { describe, expect, it } from 'vitest';
import { progressOf } from '../../../cli/ledger-view/progress.ts';
import { progressLine } from '../../../cli/terminal/progress-text.ts';
import { rolloutOf } from '../../../cli/ledger-view/rollout-progress.ts';
import { causeOf } from '../../../functions/release/publish/outcome.ts';
import type { Ledger, Release } from '../../../functions/release/ledger/ledger.ts';
import { canary, churn, ledger, NOW, outcome, plain, releaseOf, request, withStandby } from '../fixtures.ts';

const { ledger: rest } = withStandby('v2', 'v1');
const v3 = request('v3', 20, { version: '3' });

function line(more: Partial<Release>, state: Partial<Ledger> = {}, service = canary): string {
  const held = { ...rest, outcomes: [], release: releaseOf(v3, { deployed: true, ...more }), ...state };
  return progressLine(progressOf(service, held, v3.id, null, NOW), plain);
}

describe('a rollout in steps', () => {
  it.each<[string, Partial<Release>, string]>([
    ['is about to begin', {}, 'shifting the traffic to 5 % (step 1 of 3)'],
    ['bakes', { step: 1, stepSince: NOW - 420_000 }, 'baking at 25 % (step 2 of 3, 3 m left)'],
    ['has baked', { step: 1, stepSince: NOW - 600_000 }, 'waiting for the gates at 25 % (step 2 of 3)'],
    ['is at its last step', { step: 2 }, 'shifting the traffic (step 3 of 3)'],
    ['bakes at its last step', { step: 2, stepSince: NOW }, 'baking at 100 % (step 3 of 3, 15 m left)'],
    ['is promoted', { step: 0, stepSince: NOW, promoted: true }, 'shifting the traffic (promoted)'],
    [
      'has more steps than the policy',
      { step: 9, stepSince: NOW },
      'baking at 100 % (step 3 of 3, 15 m left)',
    ],
  ])('%s', (_, more, text) => {
    expect(line(more)).toBe(`v3  ${text}  20 m`);
  });

  it('goes back, and says why', () => {
    const goingBack = causeOf('GATE_METRICS', '9 % errors');
    expect(line({ step: 1, stepSince: NOW, goingBack })).toBe(
      'v3  moving the traffic back  20 m  because: 9 % errors',
    );
  });

  it('does not bake while on hold', () => {
    const hold = { since: NOW - 60_000, reason: '' };
    expect(line({ step: 0, stepSince: NOW - 120_000 }, { hold })).toBe(
      'v3  baking at 5 % (step 1 of 3, 4 m left), on hold  20 m',
    );
  });

  it('has one step where nobody is there to share the traffic with', () => {
    expect(line({ stepSince: NOW }, { live: null })).toContain('baking at 100 % (step 3 of 3');
  });

  it('has no steps to tell where the policy has one', () => {
    expect(line({}, {}, churn)).toBe('v3  shifting the traffic  20 m');
  });

  it('is told in figures', () => {
    const held = { ...rest, release: releaseOf(v3, { deployed: true, step: 1, stepSince: NOW - 420_000 }) };
    expect(progressOf(canary, held, v3.id, null, NOW).rollout).toEqual({
      step: 2,
      steps: 3,
      traffic: 25,
      bakingSince: '2026-11-23T17:53:00.000Z',
      bakeSeconds: 600,
      bakeLeftSeconds: 180,
    });
    expect(rolloutOf(canary, held, releaseOf(v3), NOW)).toBeNull();
  });
});

describe('a rollback', () => {
  const { previous, live } = rest;
  const back = request('v1', 0, {
    id: 'r-back00000000',
    version: '1',
    rollback: { from: live?.request.id ?? '', deployedModel: previous?.live.deployedModel ?? '' },
  });
  const text = (state: Partial<Ledger>) => {
    const held = { ...rest, outcomes: [], release: releaseOf(back), ...state };
    return progressLine(progressOf(canary, held, back.id, null, NOW), plain);
  };

  it('takes the standby, without steps', () => {
    expect(text({})).toBe(`v1  shifting the traffic (step 3 of 3), back from ${live?.request.id}  0 s`);
  });

  it('deploys again what is not there any more', () => {
    const retired = previous && { ...previous, retired: true };
    expect(text({ ...(retired && { previous: retired }) })).toBe(
      `v1  deploying, back from ${live?.request.id}  0 s`,
    );
  });

  it('does not count for what is usual', () => {
    const given = outcome(request('v2'), 9, {
      result: 'RolledBack',
      cause: causeOf('ROLLED_BACK', ''),
      endedAt: NOW,
    });
    const outcomes = [outcome(back, 0), given, outcome(request('v0', 90), 12)];
    const held = ledger({ outcomes, release: releaseOf(v3) });
    expect(progressOf(canary, held, v3.id, null, NOW).usualSeconds).toBe(720);
  });
});

it('tells how long the operation takes, and took the last time', () => {
  const pending = { kind: 'deploy', subject: 's', name: 'o', since: NOW - 120_000 } as const;
  const operation = { name: 'o', done: false, error: null, tookMs: null, stage: 'STARTING_MODEL_SERVER' };
  const held = ledger({ release: releaseOf(v3, { attempt: 2 }), pending, took: { deploy: 600_000 } });
  const progress = progressOf(churn, held, v3.id, operation, NOW);
  expect(progress.operation).toEqual({ elapsedSeconds: 120, usualSeconds: 600 });
  expect(progressLine(progress, plain)).toBe(
    'v3  deploying: STARTING_MODEL_SERVER (attempt 2, 2 m of usually 10 m)  20 m',
  );
});
