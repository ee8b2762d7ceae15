/** Whole rollouts through the handlers: steps, gates, and people who steer. */
import { describe, expect, it } from 'vitest';
import { CANARY, MINUTE } from './release/steps/rollout-samples.ts';
import {
  ask,
  deployed,
  ENDED,
  GOLDEN,
  interrupt,
  isInStep,
  land,
  live,
  withSecond,
} from './support/rollout-stage.ts';
import { ledgerOf, outcomes, runTicks } from '../support/test-app.ts';

describe('a canary', () => {
  it('goes from step to step, bakes in each, and leaves a standby', async () => {
    const s = await withSecond();
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual(['90 10', '50 50', '0 100']);
    const [first, second, third] = s.shifts.map(({ at }) => at);
    expect((second ?? 0) - (first ?? 0)).toBeGreaterThanOrEqual(5 * MINUTE);
    expect((third ?? 0) - (second ?? 0)).toBeGreaterThanOrEqual(10 * MINUTE);
    expect(s.world.clock.now() - (third ?? 0)).toBeGreaterThanOrEqual(20 * MINUTE);
    expect(ledgerOf(s.world, 'churn').previous?.live.request.marker).toBe('churn/v1/model.onnx');
    expect(deployed(s)).toBe(2);
  });

  it('is asked by its gates, and tells what they said', async () => {
    const s = await withSecond({ ...CANARY, gates: { golden: {}, comparison: { maxDifference: 0 } } });
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    const told = s.world.published.findLast(({ topic }) => topic === 'events');
    expect(told?.data).toMatchObject({
      verdicts: [
        { gate: 'contract', verdict: 'pass' },
        { gate: 'golden', verdict: 'pass' },
        { gate: 'comparison', verdict: 'pass' },
      ],
    });
  });

  it('whose answers are wrong gives its traffic back within the first step, and is undeployed', async () => {
    const wrong = GOLDEN.replaceAll('"prediction":', '"prediction":-');
    const s = await withSecond({ ...CANARY, gates: { golden: {} } }, { golden: wrong, errors: ENDED });
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'RolledBack GATE_GOLDEN']);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual(['90 10', '100 0']);
    const [there, back] = s.shifts.map(({ at }) => at);
    expect((back ?? 0) - (there ?? 0)).toBeLessThan(30_000);
    expect(live(s)).toBe('churn/v1/model.onnx');
    expect(deployed(s)).toBe(1);
  });

  it('of which nothing is known in time gives its traffic back', async () => {
    const s = await withSecond({ ...CANARY, gates: { golden: {}, patience: '10m' } }, { errors: ENDED });
    const { deployedModel = '' } = ledgerOf(s.world, 'churn').live ?? {};
    s.world.vertex.predict = async (_, predictions) => ({ deployedModel, predictions });
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'RolledBack GATE_UNSURE']);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual(['90 10', '100 0']);
  });

  it('gives way to something newer, which is compared with the live model again', async () => {
    const s = await withSecond();
    interrupt(
      s,
      () => isInStep(s, 1),
      MINUTE,
      () => land(s, 'v3'),
    );
    await runTicks(s);
    expect(outcomes(s.world).toSorted()).toEqual(['Live', 'Live', 'Superseded SUPERSEDED']);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual([
      '90 10',
      '50 50',
      '100 0',
      '90 10',
      '50 50',
      '0 100',
    ]);
    expect(live(s)).toBe('churn/v3/model.onnx');
  });
});

describe('an abort', () => {
  it('that comes while a tick waits in a bake is heard within seconds', async () => {
    const s = await withSecond();
    const asked = interrupt(
      s,
      () => isInStep(s, 0),
      MINUTE,
      () => ask(s, 'abort'),
    );
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'RolledBack ABORTED']);
    const back = s.shifts.at(-1);
    expect(back?.traffic).toBe('100 0');
    expect((back?.at ?? Infinity) - asked.at).toBeLessThan(10_000);
  });

  it('that comes during the deployment is honoured before any traffic is shifted', async () => {
    const s = await withSecond();
    interrupt(
      s,
      () => ledgerOf(s.world, 'churn').pending?.kind === 'deploy',
      MINUTE,
      () => ask(s, 'abort'),
    );
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Failed ABORTED']);
    expect(s.shifts).toEqual([]);
    expect(deployed(s)).toBe(1);
  });

  it('tells its reason', async () => {
    const s = await withSecond();
    interrupt(
      s,
      () => isInStep(s, 0),
      MINUTE,
      () => ask(s, 'abort', 'wrong features'),
    );
    await runTicks(s);
    const told = s.world.published.findLast(({ topic }) => topic === 'events');
    expect(told?.data).toMatchObject({ cause: { detail: 'wrong features' } });
  });

  it('of a service on hold ends the release, and the hold stays', async () => {
    const s = await withSecond();
    interrupt(
      s,
      () => isInStep(s, 0),
      MINUTE,
      async () => ask(s, 'hold'),
    );
    await runTicks(s);
    expect(isInStep(s, 0)).toBe(true);
    await s.world.clock.sleep(60 * MINUTE);
    await ask(s, 'abort');
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'RolledBack ABORTED']);
    expect(ledgerOf(s.world, 'churn').hold).toBeDefined();
  });
});

describe('a promotion', () => {
  it('in a bake gives the candidate everything within seconds, and makes it live', async () => {
    const s = await withSecond();
    const asked = interrupt(
      s,
      () => isInStep(s, 0),
      MINUTE,
      () => ask(s, 'promote'),
    );
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual(['90 10', '0 100']);
    expect((s.shifts.at(-1)?.at ?? Infinity) - asked.at).toBeLessThan(10_000);
  });
});

describe('a hold', () => {
  it('in a bake keeps the split, and the bake goes on where it was', async () => {
    const s = await withSecond();
    interrupt(
      s,
      () => isInStep(s, 0),
      2 * MINUTE,
      () => ask(s, 'hold'),
    );
    await runTicks(s);
    expect(s.shifts.map(({ traffic }) => traffic)).toEqual(['90 10']);
    await s.world.clock.sleep(24 * 60 * MINUTE);
    await ask(s, 'resume');
    const resumed = s.world.clock.now();
    await runTicks(s);
    expect(outcomes(s.world)).toEqual(['Live', 'Live']);
    const waited = (s.shifts[1]?.at ?? 0) - resumed;
    expect(waited).toBeGreaterThan(2.5 * MINUTE);
    expect(waited).toBeLessThan(3.5 * MINUTE);
  });
});

describe('a rollback', () => {
  it('brings the standby back in seconds, without deploying', async () => {
    const s = await withSecond();
    await runTicks(s);
    const deploys = s.world.vertex.mutations.filter((kind) => kind === 'deploy').length;
    await ask(s, 'rollback');
    const asked = s.world.clock.now();
    await runTicks(s);
    expect((s.shifts.at(-1)?.at ?? Infinity) - asked).toBeLessThan(10_000);
    expect(s.shifts.at(-1)?.traffic).toBe('100 0');
    expect(outcomes(s.world)).toEqual(['Live', 'Live', 'RolledBack ROLLED_BACK', 'Live']);
    expect(live(s)).toBe('churn/v1/model.onnx');
    expect(s.world.vertex.mutations.filter((kind) => kind === 'deploy')).toHaveLength(deploys);
    expect(deployed(s)).toBe(1);
    const [first] = s.world.vertex.versions;
    expect(first?.aliases).toEqual(['live', 'default']);
  });

  it('deploys again what is not deployed any more, without an upload', async () => {
    const s = await withSecond({});
    await runTicks(s);
    expect(deployed(s)).toBe(1);
    await ask(s, 'rollback');
    await runTicks(s);
    expect(live(s)).toBe('churn/v1/model.onnx');
    expect(s.world.vertex.uploads).toHaveLength(2);
    expect(deployed(s)).toBe(1);
  });

  it('on hold is done, also when an artifact lands meanwhile', async () => {
    const s = await withSecond({});
    await runTicks(s);
    await ask(s, 'hold');
    await ask(s, 'rollback');
    interrupt(
      s,
      () => ledgerOf(s.world, 'churn').pending?.kind === 'deploy',
      MINUTE,
      () => land(s, 'v3'),
    );
    await runTicks(s);
    expect(live(s)).toBe('churn/v1/model.onnx');
    expect(ledgerOf(s.world, 'churn').queue).toMatchObject([{ marker: 'churn/v3/model.onnx' }]);

    await ask(s, 'resume');
    await runTicks(s);
    expect(live(s)).toBe('churn/v3/model.onnx');
  });

  it('that comes while undeploying is put off is heard within seconds', async () => {
    const s = await withSecond();
    await runTicks(s);
    const ledger = ledgerOf(s.world, 'churn');
    const now = s.world.clock.now();
    const stored = s.world.ledgerTexts.get('churn');
    const subject = ledger.previous?.live.deployedModel;
    const leftover = {
      kind: 'undeploy',
      subject,
      since: now,
      failures: 2,
      notBefore: now + 10 * MINUTE,
      detail: '',
    };
    const previous = ledger.previous && { ...ledger.previous, until: now };
    const text = JSON.stringify({ ...ledger, leftovers: [leftover], previous });
    s.world.ledgerTexts.set('churn', { generation: '', updatedAt: 0, ...stored, text });
    s.world.published.push({ topic: 'ticks', data: { service: 'churn' } });
    const asked = interrupt(
      s,
      () => true,
      MINUTE,
      () => ask(s, 'rollback'),
    );
    await runTicks(s);
    expect(s.shifts.at(-1)?.traffic).toBe('100 0');
    expect((s.shifts.at(-1)?.at ?? Infinity) - asked.at).toBeLessThan(10_000);
  });
});
