import { describe, expect, it } from 'vitest';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { backOff } from '../../../../functions/release/refusals/back-off.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import { ledgerWith, liveOf, NOW, releaseOf, releasing, requestOf } from '../../../support/samples.ts';

const PENDING = { kind: 'deploy', subject: '1', name: 'op', since: NOW } as const;

function apply(ledger: Ledger, change: Transition): Ledger {
  return applyTransition(ledger, change, NOW + 1_000, () => 0.5);
}

function attemptFailed(change: Partial<Extract<Transition, { type: 'attemptFailed' }>> = {}): Transition {
  return { type: 'attemptFailed', code: 'DEPLOY_FAILED', detail: 'because', again: true, ...change };
}

describe('a release', () => {
  it('begins with the next attempt, and waits no more', () => {
    const queue = [requestOf(1, { attempts: 2 }), requestOf(0)];
    const after = apply(ledgerWith({ queue }), {
      type: 'requestStarted',
      request: requestOf(1, { attempts: 2 }),
    });
    expect(after.release).toMatchObject({
      request: { id: requestOf(1).id, attempts: 3 },
      attempt: 3,
      startedAt: NOW + 1_000,
      verified: false,
      deployed: false,
      aliased: false,
      failures: 0,
    });
    expect(after.queue).toEqual([requestOf(0)]);
  });

  it('that gives way waits again, and keeps its version', () => {
    const after = apply(releasing({ queue: [requestOf(2)] }), { type: 'requeued' });
    expect(after.release).toBeNull();
    expect(after.queue).toMatchObject([
      { id: requestOf(2).id },
      { id: requestOf(1).id, version: '8', attempts: 1 },
    ]);
  });

  it('that becomes live takes the place of what was, and of all that was wanted before it', () => {
    const before = releasing({ live: liveOf(0), queue: [requestOf(0), requestOf(2)] });
    const after = apply(before, { type: 'wentLive', deployedModel: '123', standbyMs: 0 });
    expect(after).toMatchObject({
      release: null,
      live: { request: { id: requestOf(1).id }, attempt: 1, deployedModel: '123', since: NOW + 1_000 },
    });
    expect(after.queue.map((r) => r.id)).toEqual([requestOf(2).id]);
    expect(after.outcomes).toMatchObject([
      { release: requestOf(0).id, result: 'Superseded' },
      { release: requestOf(1).id, result: 'Live', deployedModel: '123', version: '8', announced: false },
    ]);
  });

  it('that brings the live model back is no news', () => {
    const before = ledgerWith({ live: liveOf(1) });
    const repairing = apply(before, { type: 'repairStarted' });
    expect(repairing.release).toMatchObject({ request: { id: requestOf(1).id, version: '8' }, attempt: 2 });
    const after = apply(repairing, { type: 'wentLive', deployedModel: '456', standbyMs: 0 });
    expect(after.outcomes).toEqual([]);
    expect(after.live).toMatchObject({ attempt: 2, deployedModel: '456' });
  });
});

describe('a failed attempt', () => {
  it('is followed by another after a while, under another id if it was deployed', () => {
    const after = apply(releasing({ pending: PENDING }), attemptFailed());
    expect(after.pending).toBeNull();
    expect(after.release).toMatchObject({
      attempt: 2,
      request: { attempts: 2 },
      failures: 1,
      lastCause: { code: 'DEPLOY_FAILED', detail: 'because' },
    });
    expect(after.release?.notBefore).toBeGreaterThan(NOW + 1_000);
  });

  it('keeps its id if nothing was deployed under it', () => {
    const after = apply(releasing({ pending: { ...PENDING, kind: 'upload' } }), attemptFailed());
    expect(after.release).toMatchObject({ attempt: 1, failures: 1 });
  });

  it.each<[string, Ledger, Transition, string]>([
    ['for good', releasing(), attemptFailed({ again: false }), 'Failed'],
    ['for the fifth time', releasing({}, { failures: 4 }), attemptFailed(), 'Failed'],
    ['by its artifact', releasing(), attemptFailed({ code: 'MANIFEST_INVALID', again: false }), 'Refused'],
    [
      'by being overwritten',
      releasing(),
      attemptFailed({ code: 'ARTIFACT_OVERWRITTEN', again: false }),
      'Superseded',
    ],
  ])('%s ends the release', (_, before, change, result) => {
    const after = apply({ ...before, live: liveOf(0) }, change);
    expect(after.release).toBeNull();
    expect(after.live).toEqual(liveOf(0));
    expect(after.outcomes).toMatchObject([
      { release: requestOf(1).id, result, cause: { detail: 'because' } },
    ]);
  });

  it('keeps what was said within bounds', () => {
    const after = apply(releasing(), attemptFailed({ again: false, detail: 'x'.repeat(50_000) }));
    expect(after.outcomes[0]?.cause?.detail).toHaveLength(1_200);
  });

  it('of bringing the live model back leaves nothing live', () => {
    const before = ledgerWith({ live: liveOf(1), release: releaseOf(1) });
    const after = apply(before, attemptFailed({ again: false }));
    expect(after).toMatchObject({ live: null, release: null });
  });

  it('without a release only ends the operation', () => {
    const after = apply(ledgerWith({ pending: PENDING }), attemptFailed());
    expect(after).toEqual(ledgerWith());
  });
});

describe('tidying that failed', () => {
  const failed: Transition = {
    type: 'cleanUpFailed',
    kind: 'undeploy',
    subject: '77',
    detail: 'INTERNAL: no',
    isBusy: false,
  };

  it('is left behind, ends no release, and waits longer each time', () => {
    const once = apply(releasing({ pending: { ...PENDING, kind: 'undeploy', subject: '77' } }), failed);
    expect(once).toMatchObject({
      pending: null,
      release: { request: { id: requestOf(1).id }, failures: 0 },
      leftovers: [
        { kind: 'undeploy', subject: '77', since: NOW + 1_000, failures: 1, detail: 'INTERNAL: no' },
      ],
    });
    const twice = apply(once, failed);
    expect(twice.leftovers).toMatchObject([{ since: NOW + 1_000, failures: 2 }]);
    expect(twice.leftovers?.[0]?.notBefore).toBeGreaterThan(once.leftovers?.[0]?.notBefore ?? Infinity);
  });

  it('is left behind no longer once the operation has succeeded', () => {
    const left = apply(ledgerWith(), failed);
    const pending = { kind: 'undeploy', subject: '77', name: 'op', since: NOW } as const;
    expect(apply({ ...left, pending }, { type: 'operationCleared' })).not.toHaveProperty('leftovers');
    // Nobody has seen it succeed.
    expect(
      apply({ ...left, pending: { ...pending, name: null } }, { type: 'operationCleared' }).leftovers,
    ).toHaveLength(1);
  });
});

describe('backOff', () => {
  it.each([1, 2, 3, 10, 100])('after %i failures lies between a second and its ceiling', (failures) => {
    const ceiling = Math.min(120_000, 10_000 * 2 ** (failures - 1));
    expect(backOff(failures, 10_000, 120_000, () => 0)).toBe(1_000);
    expect(backOff(failures, 10_000, 120_000, () => 1 - Number.EPSILON)).toBe(ceiling);
  });
});
