/** Steps, verdicts and going back, as the ledger remembers them. What else is noted: apply-transition.test.ts. */
import { describe, expect, it } from 'vitest';
import type { Ledger, Previous } from '../../../../functions/release/ledger/ledger.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import type { Transition } from '../../../../functions/release/ledger/transition.ts';
import type { Signature } from '../../../../functions/release/checks/signature.ts';
import { baking, MINUTE, verdictOf } from '../steps/rollout-samples.ts';
import {
  deployedOf,
  ledgerWith,
  liveOf,
  NOW,
  releaseOf,
  releasing,
  requestOf,
} from '../../../support/samples.ts';

const LATER = NOW + MINUTE;
const HOUR = 60 * MINUTE;

function apply(ledger: Ledger, change: Transition): Ledger {
  return applyTransition(ledger, change, LATER, () => 0.5);
}

function signatureOf(name: string): Signature {
  const field = { name, type: 'float32', shape: [null, 1] };
  return { inputs: [field], outputs: [{ ...field, name: 'y' }] };
}

const live = (deployedModel: string, standbyMs = HOUR): Transition => ({
  type: 'wentLive',
  deployedModel,
  standbyMs,
});

describe('a step', () => {
  it('that is reached begins its bake, and has had traffic', () => {
    const after = apply(releasing({}, { deployed: true }), { type: 'stepReached', step: 0 });
    expect(after.release).toMatchObject({ step: 0, stepSince: LATER, served: true });
  });

  it('that follows has not begun its bake, and asks its gates at once', () => {
    const before = baking(0, { judgeNotBefore: LATER + HOUR, verdicts: [verdictOf('golden', 'pass')] });
    const after = apply(before, { type: 'stepPassed', step: 1 });
    expect(after.release).toMatchObject({ step: 1, verdicts: [{ gate: 'golden' }] });
    expect(after.release).not.toHaveProperty('stepSince');
    expect(after.release).not.toHaveProperty('judgeNotBefore');
  });
});

describe('verdicts', () => {
  it('replace those of the same gate and step', () => {
    const before = baking(1, {
      verdicts: [
        verdictOf('golden', 'pass'),
        verdictOf('metrics', 'pass', 0),
        verdictOf('metrics', 'hold', 1),
      ],
    });
    const again = verdictOf('metrics', 'fail', 1);
    const after = apply(before, { type: 'judged', verdicts: [again], againMs: 5_000 });
    expect(after.release?.verdicts).toEqual([...(before.release.verdicts ?? []).slice(0, 2), again]);
    expect(after.release?.judgeNotBefore).toBe(LATER + 5_000);
  });

  it('are never more than a ledger may have', () => {
    let ledger: Ledger = baking(0);
    for (let step = 0; step < 40; step += 1)
      ledger = apply(ledger, { type: 'judged', verdicts: [verdictOf('metrics', 'pass', step)], againMs: 0 });
    expect(ledger.release?.verdicts).toHaveLength(24);
    expect(ledger.release?.verdicts?.at(-1)?.step).toBe(39);
  });

  it('of an artifact are kept with its signature', () => {
    const verdict = verdictOf('contract', 'pass');
    const signature = signatureOf('x');
    const after = apply(releasing({}, { verified: false }), {
      type: 'verified',
      signature,
      interface: null,
      verdict,
    });
    expect(after.release).toMatchObject({ verified: true, signature, verdicts: [verdict] });
    const unknown = apply(releasing({}, { verified: false }), {
      type: 'verified',
      signature: null,
      interface: null,
      verdict: null,
    });
    expect(unknown.release).not.toHaveProperty('signature');
    expect(unknown.release).not.toHaveProperty('verdicts');
  });

  it('are told with the outcome, the last of each gate', () => {
    const verdicts = [
      verdictOf('metrics', 'pass', 0),
      verdictOf('contract', 'pass'),
      verdictOf('metrics', 'fail', 1),
    ];
    const back = baking(1, { verdicts, goingBack: causeOf('GATE_METRICS', 'slow') });
    expect(apply(back, { type: 'rollbackFinished' }).outcomes[0]?.verdicts).toEqual([
      verdicts[1],
      verdicts[2],
    ]);
  });
});

describe('an attempt that fails in the middle of a canary', () => {
  const failed: Transition = { type: 'attemptFailed', code: 'DEPLOY_FAILED', detail: 'gone', again: true };
  const pending = { kind: 'deploy', subject: deployedOf(1).id, name: null, since: NOW } as const;
  const before = baking(
    1,
    {
      judgeNotBefore: NOW,
      verdicts: [verdictOf('contract', 'pass'), verdictOf('golden', 'pass'), verdictOf('metrics', 'pass')],
    },
    { pending },
  );

  it('begins again, under another id, with nothing proven but its contract', () => {
    const { release } = apply(before, failed);
    expect(release).toMatchObject({
      attempt: 2,
      deployed: false,
      served: true,
      verdicts: [{ gate: 'contract' }],
      lastCause: { detail: 'gone' },
    });
    for (const name of ['step', 'stepSince', 'judgeNotBefore']) expect(release).not.toHaveProperty(name);
  });

  it('ends what was given up by that', () => {
    const cause = causeOf('ABORTED', 'incident 7');
    const given = { ...before, release: { ...before.release, goingBack: cause } };
    const after = apply(given, failed);
    expect(after.release).toBeNull();
    expect(after.outcomes).toMatchObject([{ result: 'RolledBack', cause }]);
  });
});

describe('going back', () => {
  it('is for a cause', () => {
    const after = apply(baking(0), { type: 'rollbackStarted', code: 'GATE_GOLDEN', detail: 'line 3' });
    expect(after.release).toMatchObject({
      goingBack: { code: 'GATE_GOLDEN', detail: 'line 3' },
      served: true,
    });
  });

  it.each<[string, Partial<Parameters<typeof baking>[1] & object>, string]>([
    ['RolledBack, if it has had traffic', { served: true }, 'RolledBack'],
    ['Failed, if it never had any', { served: false }, 'Failed'],
  ])('ends %s', (_, more, result) => {
    const after = apply(baking(0, { ...more, goingBack: causeOf('ABORTED', 'x') }), {
      type: 'rollbackFinished',
    });
    expect(after).toMatchObject({ release: null, live: liveOf(0), queue: [] });
    expect(after.outcomes).toMatchObject([{ release: requestOf(1).id, result, cause: { code: 'ABORTED' } }]);
  });

  it('for something newer ends nothing: it waits again', () => {
    const before = baking(0, { goingBack: causeOf('SUPERSEDED', 'x') }, { queue: [requestOf(2)] });
    const after = apply(before, { type: 'rollbackFinished' });
    expect(after).toMatchObject({ release: null, outcomes: [] });
    expect(after.queue.map(({ id }) => id)).toEqual([requestOf(2).id, requestOf(1).id]);
  });

  it.each<[string, Transition]>([
    ['make it live', live(deployedOf(1).id)],
    ['let it wait again', { type: 'requeued' }],
  ])('that somebody asked for meanwhile does not %s', (_, change) => {
    const given = baking(0, { goingBack: causeOf('ABORTED', 'x') });
    const after = apply(given, change);
    expect(after.live).toEqual(liveOf(0));
    expect(after.queue).toEqual([]);
    expect(after.release?.goingBack ?? after.outcomes[0]?.cause).toMatchObject({ code: 'ABORTED' });
  });

  it.each<Transition>([
    { type: 'rollbackFinished' },
    { type: 'hadTraffic' },
    { type: 'stepReached', step: 1 },
    { type: 'stepPassed', step: 1 },
    { type: 'rollbackStarted', code: 'ABORTED', detail: '' },
    { type: 'judged', verdicts: [], againMs: 0 },
  ])('or $note without a release changes nothing', (change) => {
    expect(apply(ledgerWith(), change)).toEqual(ledgerWith());
  });

  it('is not what a release does that nobody gave up', () => {
    expect(apply(baking(0), { type: 'rollbackFinished' })).toEqual(baking(0));
  });
});

describe('the release before', () => {
  it('is where a rollback goes, and stays deployed for a while', () => {
    const after = apply(baking(2), live(deployedOf(1).id));
    expect(after.previous).toEqual({ live: liveOf(0), until: LATER + HOUR, retired: false });
  });

  it('is kept when the live model is brought back', () => {
    const previous: Previous = { live: liveOf(0), until: NOW, retired: true };
    const before = ledgerWith({ live: liveOf(1), previous, release: releaseOf(1) });
    expect(apply(before, live('9')).previous).toEqual(previous);
  });

  const rollback = { from: requestOf(1).id, deployedModel: deployedOf(0).id };
  const back = requestOf(3, { marker: 'churn/v0/model.onnx', version: '7', rollback });
  const previous: Previous = {
    live: { ...liveOf(0), signature: signatureOf('x') },
    until: LATER,
    retired: false,
  };
  const rollingBack = releasing(
    { live: { ...liveOf(1), signature: signatureOf('z') }, previous },
    { request: back, served: true },
  );

  it('is live again after a rollback; what it went back from ends RolledBack, and is no place to go to', () => {
    const after = apply(rollingBack, live(deployedOf(0).id));
    expect(after.live).toMatchObject({ request: { id: back.id }, deployedModel: deployedOf(0).id });
    expect(after.previous).toBeUndefined();
    expect(after.outcomes).toMatchObject([
      { release: back.id, result: 'Live', deployedModel: deployedOf(0).id },
      {
        release: requestOf(1).id,
        result: 'RolledBack',
        deployedModel: deployedOf(1).id,
        cause: { code: 'ROLLED_BACK', detail: 'back to gs://models/churn/v0/model.onnx' },
      },
    ]);
  });

  it('has its own contract with its callers again', () => {
    expect(apply(rollingBack, live(deployedOf(0).id)).live?.signature).toEqual(signatureOf('x'));
  });

  it('is nobody after a rollback with nothing live any more', () => {
    const after = apply({ ...rollingBack, live: null }, live(deployedOf(0).id));
    expect(after.previous).toBeUndefined();
    expect(after.outcomes).toMatchObject([{ release: back.id, result: 'Live' }]);
  });

  it('stays where it is when the rollback fails', () => {
    const failure: Transition = { type: 'attemptFailed', code: 'DEPLOY_FAILED', detail: '', again: false };
    expect(apply(rollingBack, failure)).toMatchObject({
      previous,
      live: { request: { id: requestOf(1).id } },
    });
  });
});
