/** Ends that come because something has a bound: attempts, machines, traffic that cannot be given back. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ProblemCode } from '../../../../functions/problems.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import { remembered, withArtifact } from '../../../../functions/release/requests/identity.ts';
import {
  formatLedger,
  parseLedger,
  type Ledger,
  type Release,
} from '../../../../functions/release/ledger/ledger.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import type { Patience } from '../../../../functions/release/refusals/refusal.ts';
import { baking, MINUTE } from '../steps/rollout-samples.ts';
import {
  deployedOf,
  ENDPOINT,
  ledgerWith,
  liveOf,
  NOW,
  releasing,
  requestOf,
} from '../../../support/samples.ts';

function apply(ledger: Ledger, change: Transition, now = NOW): Ledger {
  return applyTransition(ledger, change, now, () => 0.5);
}

function failure(code: ProblemCode, patience?: Patience): Transition {
  return { type: 'attemptFailed', code, detail: 'because', again: true, ...(patience && { patience }) };
}

const deploying = (more: Partial<Release> = {}): Ledger =>
  releasing({ pending: { kind: 'deploy', subject: '1', name: 'op', since: NOW } }, more);

describe('an attempt that failed', () => {
  it.each<{ what: string; more: Partial<Release>; change: Transition; minutes: number; isOver: boolean }>([
    {
      what: 'for the fourth time',
      more: { failures: 3, failingSince: NOW },
      change: failure('DEPLOY_FAILED'),
      minutes: 9,
      isOver: false,
    },
    {
      what: 'for the fifth time',
      more: { failures: 4, failingSince: NOW },
      change: failure('DEPLOY_FAILED'),
      minutes: 9,
      isOver: true,
    },
    {
      what: 'for want of machines, fifty times',
      more: { failures: 50, failingSince: NOW },
      change: failure('DEPLOY_CAPACITY'),
      minutes: 120,
      isOver: false,
    },
    {
      what: 'by what a person has to change, within ten minutes',
      more: { failures: 1, failingSince: NOW },
      change: failure('DEPLOY_QUOTA', 'minutes'),
      minutes: 10,
      isOver: false,
    },
    {
      what: 'by what a person has to change, for longer',
      more: { failures: 1, failingSince: NOW },
      change: failure('DEPLOY_QUOTA', 'minutes'),
      minutes: 11,
      isOver: true,
    },
    {
      what: 'by an agent that is being made, within twenty minutes',
      more: { failures: 1, failingSince: NOW },
      change: failure('DEPLOY_PERMISSION', 'provisioning'),
      minutes: 20,
      isOver: false,
    },
    {
      what: 'by what is refused for good, a moment later',
      more: { failures: 1, failingSince: NOW - 1 },
      change: failure('DEPLOY_REFUSED', 'none'),
      minutes: 0,
      isOver: true,
    },
    {
      what: 'for the last time that its name allows',
      more: { attempt: 9_999 },
      change: failure('DEPLOY_CAPACITY'),
      minutes: 0,
      isOver: true,
    },
  ])('$what: over $isOver', ({ more, change, minutes, isOver }) => {
    const after = apply(deploying(more), change, NOW + minutes * MINUTE);
    expect(after.release === null).toBe(isOver);
    expect(after.outcomes).toHaveLength(isOver ? 1 : 0);
    expect(parseLedger(formatLedger(after), 'churn')).toEqual(after);
  });

  it('for want of machines is followed by the next within ten minutes', () => {
    const { release } = apply(deploying({ failures: 40, failingSince: NOW }), failure('DEPLOY_CAPACITY'));
    expect(release).toMatchObject({ attempt: 2, lastCause: { code: 'DEPLOY_CAPACITY' } });
    expect((release?.notBefore ?? 0) - NOW).toBeLessThanOrEqual(10 * MINUTE);
  });

  it('and ends its release lets its artifact land again', () => {
    const request = requestOf(1, { attempts: 1, version: '8', checksum: 'crc32c:A/5' });
    const before = withArtifact(releasing({}, { request }), request, NOW);
    const after = apply(before, { type: 'attemptFailed', code: 'DEPLOY_FAILED', detail: '', again: false });
    expect(remembered(after, request)).toEqual({ at: NOW, hasFailed: true });
    const aborted = apply(
      { ...before, release: baking(0, { request, goingBack: causeOf('ABORTED', '') }).release },
      { type: 'rollbackFinished' },
    );
    expect(remembered(aborted, request)).toEqual({ at: NOW, hasFailed: false });
  });
});

describe('a live model whose name has been used up', () => {
  const worn = { ...liveOf(0), request: { ...liveOf(0).request, attempts: 9_999 }, attempt: 9_999 };

  it('is live no longer once it has to be deployed again, and the team is told', () => {
    const after = apply(ledgerWith({ endpoint: ENDPOINT, live: worn }), { type: 'repairStarted' });
    expect(after).toMatchObject({
      live: null,
      release: null,
      outcomes: [{ release: worn.request.id, result: 'Failed', cause: { code: 'ATTEMPTS_EXHAUSTED' } }],
    });
    expect(parseLedger(formatLedger(after), 'churn')).toEqual(after);
  });

  it('is deployed a last time before that', () => {
    const last = { ...worn, request: { ...worn.request, attempts: 9_998 } };
    const after = apply(ledgerWith({ endpoint: ENDPOINT, live: last }), { type: 'repairStarted' });
    expect(after.release).toMatchObject({ attempt: 9_999 });
    expect(parseLedger(formatLedger(after), 'churn')).toEqual(after);
  });

  it('is not numbered beyond that by an operation that nothing waited for', () => {
    const repairing = apply(
      ledgerWith({ endpoint: ENDPOINT, live: { ...worn, request: { ...worn.request, attempts: 9_998 } } }),
      { type: 'repairStarted' },
    );
    const pending = { kind: 'deploy', subject: '1', name: 'op', since: NOW } as const;
    const after = apply(
      { ...repairing, pending },
      { type: 'operationAbandoned', isHopeless: true, detail: '' },
    );
    expect(() => parseLedger(formatLedger(after), 'churn')).not.toThrow();
  });
});

describe('traffic that cannot be given back', () => {
  it('is said with why it was to be, and remembered to be made good', () => {
    const before = baking(0, { goingBack: causeOf('GATE_GOLDEN', 'line 3'), splitBefore: [['42', 100]] });
    const after = apply(before, { type: 'trafficStuck', detail: 'it still has 10 %' });
    expect(after).toMatchObject({
      release: null,
      live: { request: { id: requestOf(0).id } },
      outcomes: [
        {
          result: 'Failed',
          cause: { code: 'GIVE_BACK_FAILED', detail: 'it still has 10 %; it gives back because: line 3' },
        },
      ],
      leftovers: [{ kind: 'giveBack', subject: deployedOf(1).id, splitBefore: [['42', 100]] }],
    });
  });

  it('of no release is nothing', () => {
    const ledger = ledgerWith();
    expect(apply(ledger, { type: 'trafficStuck', detail: '' })).toBe(ledger);
  });
});

describe('whatever is recorded', () => {
  it('leaves a ledger that can be written and read', () => {
    const transitions = fc.oneof(
      fc.record({
        type: fc.constant('artifactIncomplete' as const),
        detail: fc.string(),
        againMs: fc.nat(1e7),
      }),
      fc.record({ type: fc.constant('partlyVerified' as const), files: fc.nat(1_000), detail: fc.string() }),
      fc.record({
        type: fc.constant('cleanUpFailed' as const),
        kind: fc.constantFrom('undeploy', 'deleteVersion', 'moveAliases', 'giveBack'),
        isBusy: fc.boolean(),
        subject: fc.constantFrom('1', '2'),
        detail: fc.string(),
      }),
      fc.record({
        type: fc.constant('operationAbandoned' as const),
        isHopeless: fc.boolean(),
        detail: fc.string(),
      }),
      fc.record({ type: fc.constant('trafficStuck' as const), detail: fc.string() }),
      fc.constant(failure('DEPLOY_CAPACITY')),
      fc.constant(failure('UPLOAD_FAILED', 'minutes')),
      fc.constantFrom<Transition>(
        { type: 'repairStarted' },
        { type: 'requeued' },
        { type: 'operationCleared' },
        { type: 'rollbackFinished' },
        { type: 'replyLost' },
        { type: 'repairCancelled' },
      ),
    );
    const steps = fc.array(
      fc.tuple(transitions, fc.nat(9e6), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })),
      { maxLength: 12 },
    );
    fc.assert(
      fc.property(steps, (all) => {
        let ledger: Ledger = { ...deploying(), live: liveOf(0) };
        let now = NOW;
        for (const [change, ms, chance] of all) {
          now += ms;
          ledger = applyTransition(ledger, change, now, () => chance);
          expect(parseLedger(formatLedger(ledger), 'churn')).toEqual(ledger);
        }
      }),
    );
  });
});
