/** Operations that never end, or never succeed: none of them holds up what comes after it. */
import { describe, expect, it } from 'vitest';
import { CallError } from '../../functions/errors.ts';
import type { RolloutFile } from '../../functions/config/schema.ts';
import { HOUR, land, refuse, REFUSED_ERRORS } from './support/refusing.ts';
import { askElsewhere, deployed, interrupt, live } from './support/rollout-stage.ts';
import { yamlWith } from './release/steps/rollout-samples.ts';
import { ledgerOf, passTime, testApp, type TestApp } from '../support/test-app.ts';

const MINUTE = 60_000;
const BROKEN = { status: 'INTERNAL', message: 'Internal error encountered.' } as const;

function begin(rollout: RolloutFile = { deadline: '1h' }): TestApp {
  return testApp({ yaml: yamlWith(rollout), errors: REFUSED_ERRORS });
}

/** These artifacts have gone live one after the other. */
async function withLive(s: TestApp, ...versions: string[]): Promise<TestApp> {
  for (const version of versions) {
    await land(s, version);
    await passTime(s, HOUR);
  }
  return s;
}

function results(s: TestApp): string[] {
  return ledgerOf(s.world, 'churn')
    .outcomes.map(({ result, cause }) => (cause === null ? result : `${result} ${cause.code}`))
    .toReversed();
}

function notices(s: TestApp): unknown[] {
  return s.world.published.filter(
    ({ topic, data }) => topic === 'events' && Object.hasOwn(Object(data), 'notice'),
  );
}

describe('a deployment that never ends', () => {
  it('ends its release at the deadline, says where it stood, and what serves goes on', async () => {
    const s = await withLive(begin(), 'v0');
    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v1');
    const began = s.world.clock.now();
    await passTime(s, 3 * HOUR);
    const [outcome] = ledgerOf(s.world, 'churn').outcomes;
    expect(outcome).toMatchObject({
      result: 'Failed',
      announced: true,
      cause: {
        code: 'DEADLINE_EXCEEDED',
        detail: expect.stringMatching(/^deploy has not ended after \d+ minutes/),
      },
    });
    expect((outcome?.endedAt ?? 0) - began).toBeLessThan(66 * MINUTE);
    expect(live(s)).toBe('churn/v0/model.onnx');
  });

  it('ends with the stage that it had reached in its outcome', async () => {
    const s = await withLive(begin(), 'v0');
    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v1');
    await passTime(s, 3 * HOUR);
    expect(ledgerOf(s.world, 'churn').outcomes[0]?.cause?.detail).toContain('ADDING_NODES_TO_CLUSTER');
  });

  it('has the stage in its outcome also after an attempt that failed', async () => {
    const s = await withLive(begin(), 'v0');
    s.world.vertex.operations.failing.set('deploy', BROKEN);
    await land(s, 'v1');
    await passTime(s, 10 * MINUTE);
    s.world.vertex.operations.failing.clear();
    s.world.vertex.operations.hanging.add('deploy');
    await passTime(s, 3 * HOUR);
    const detail = ledgerOf(s.world, 'churn').outcomes[0]?.cause?.detail;
    expect(detail).toContain('ADDING_NODES_TO_CLUSTER');
    expect(detail).toContain(BROKEN.message);
  });

  it('does not hold up the next release for more than half an hour after that', async () => {
    const s = await withLive(begin(), 'v0');
    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v1');
    await passTime(s, 2 * HOUR);
    s.world.vertex.operations.hanging.clear();
    await land(s, 'v2');
    await passTime(s, HOUR);
    expect(live(s)).toBe('churn/v2/model.onnx');
  });

  it('is undeployed when its model shows after all, and forgotten when it never does', async () => {
    const s = await withLive(begin(), 'v0');
    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v1');
    await passTime(s, 90 * MINUTE);
    expect(ledgerOf(s.world, 'churn').abandoned).toMatchObject([{ kind: 'deploy' }]);
    s.world.vertex.operations.endHanging();
    await passTime(s, 2 * HOUR);
    expect(deployed(s)).toBe(1);
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('abandoned');

    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v2');
    await passTime(s, 30 * HOUR);
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('abandoned');
  });

  it('does not keep an abort waiting', async () => {
    const s = await withLive(begin({ deadline: '3h' }), 'v0');
    s.world.vertex.operations.hanging.add('deploy');
    await land(s, 'v1');
    const asked = interrupt(
      s,
      () => ledgerOf(s.world, 'churn').pending?.kind === 'deploy',
      MINUTE,
      () => askElsewhere(s, 'abort'),
    );
    await passTime(s, HOUR);
    expect(results(s)).toEqual(['Live', 'Failed ABORTED']);
    const [outcome] = ledgerOf(s.world, 'churn').outcomes;
    expect((outcome?.endedAt ?? 0) - asked.at).toBeLessThan(2 * MINUTE);
  });
});

describe('a rollback while something is deployed for a long time', () => {
  it.each(['deploy', 'upload'] as const)('does not wait for the %s', async (kind) => {
    const s = await withLive(begin({ deadline: '3h', standby: '6h' }), 'v1', 'v2');
    s.world.vertex.operations.hanging.add(kind);
    await land(s, 'v3');
    const isInProgress = () => ledgerOf(s.world, 'churn').pending?.kind === kind;
    interrupt(s, isInProgress, MINUTE, () => askElsewhere(s, 'rollback', 'v3 is not wanted'));
    await passTime(s, HOUR);
    expect(results(s)).toEqual(['Live', 'Live', 'Failed ABORTED']);
    expect(live(s)).toBe('churn/v2/model.onnx');
  });

  it('and a second one goes back from what is live, with its own outcome', async () => {
    const s = await withLive(begin({ deadline: '3h', standby: '6h' }), 'v1', 'v2');
    // From here on the standby has given way only if the third is deployed.
    s.world.vertex.operations.hanging.add('upload');
    await land(s, 'v3');
    const isInProgress = () => ledgerOf(s.world, 'churn').pending?.kind === 'upload';
    const asked = interrupt(s, isInProgress, MINUTE, async () => {
      await askElsewhere(s, 'rollback', 'v3 is not wanted');
      await s.world.clock.sleep(2_000);
      await askElsewhere(s, 'rollback', 'v2 is bad');
    });
    await passTime(s, HOUR);
    expect(live(s)).toBe('churn/v1/model.onnx');
    expect(results(s).toSorted()).toEqual([
      'Failed ABORTED',
      'Live',
      'Live',
      'Live',
      'RolledBack ROLLED_BACK',
    ]);
    const back = ledgerOf(s.world, 'churn').live;
    expect((back?.since ?? Infinity) - asked.at).toBeLessThan(2 * MINUTE);
  });
});

describe('what was live and cannot be undeployed', () => {
  const ways: { way: string; set: (s: TestApp) => void }[] = [
    { way: 'whose operation fails', set: (s) => s.world.vertex.operations.failing.set('undeploy', BROKEN) },
    { way: 'whose operation hangs', set: (s) => s.world.vertex.operations.hanging.add('undeploy') },
    ...(['FAILED_PRECONDITION', 'PERMISSION_DENIED', 'INTERNAL', 'NOT_FOUND'] as const).map((status) => ({
      way: `which is refused with ${status}`,
      set: (s: TestApp) => void refuse(s.world, 'undeploy', status, BROKEN.message),
    })),
  ];

  it.each(ways)('holds up no newer release, is told once, and asked for rarely: $way', async ({ set }) => {
    const s = begin();
    set(s);
    await withLive(s, 'v1', 'v2', 'v3');
    await passTime(s, HOUR);
    expect(live(s)).toBe('churn/v3/model.onnx');
    await passTime(s, 24 * HOUR);
    expect(results(s)).toEqual(['Live', 'Live', 'Live']);
    const { leftovers } = ledgerOf(s.world, 'churn');
    expect(leftovers).toMatchObject([{ kind: 'undeploy' }, { kind: 'undeploy' }]);
    expect(notices(s)).toHaveLength(2);
    expect(notices(s)).toMatchObject([
      { data: { notice: 'LeftDeployed', cause: { code: 'UNDEPLOY_FAILED' }, models: 1, replicas: 1 } },
      { data: { notice: 'LeftDeployed', models: 2, replicas: 2 } },
    ]);
    expect(Math.max(...(leftovers ?? []).map(({ failures }) => failures))).toBeLessThan(14);
  });

  it('goes once it can', async () => {
    const s = begin();
    s.world.vertex.operations.failing.set('undeploy', BROKEN);
    await withLive(s, 'v1', 'v2');
    await passTime(s, 5 * HOUR);
    s.world.vertex.operations.failing.clear();
    await passTime(s, 7 * HOUR);
    expect(deployed(s)).toBe(1);
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('leftovers');
  });
});

describe('no machines', () => {
  const STOCKOUT =
    'Machine type temporarily unavailable. Machine type: "g2-standard-24". Accelerator type: "nvidia-l4".';

  it('for two hours are waited for, within the deadline', async () => {
    const s = await withLive(begin({ deadline: '3h' }), 'v0');
    s.world.vertex.operations.failing.set('deploy', { status: 'UNAVAILABLE', message: STOCKOUT });
    await land(s, 'v1');
    await passTime(s, 2 * HOUR);
    expect(ledgerOf(s.world, 'churn').release?.lastCause).toMatchObject({ code: 'DEPLOY_CAPACITY' });
    s.world.vertex.operations.failing.clear();
    await passTime(s, HOUR);
    expect(results(s)).toEqual(['Live', 'Live']);
  });

  it.each(['in the operation', 'in the call'])(
    'at all end the release at the deadline, said %s',
    async (where) => {
      const s = await withLive(begin({ deadline: '3h' }), 'v0');
      if (where === 'in the call') {
        s.world.vertex.deploy = () => Promise.reject(new CallError('DeployModel', 'UNAVAILABLE', STOCKOUT));
      } else s.world.vertex.operations.failing.set('deploy', { status: 'UNAVAILABLE', message: STOCKOUT });
      await land(s, 'v1');
      const began = s.world.clock.now();
      await passTime(s, 5 * HOUR);
      const [outcome] = ledgerOf(s.world, 'churn').outcomes;
      expect(outcome).toMatchObject({
        result: 'Failed',
        cause: { detail: expect.stringContaining(STOCKOUT) },
      });
      const minutes = ((outcome?.endedAt ?? 0) - began) / MINUTE;
      expect(minutes).toBeGreaterThanOrEqual(180);
      expect(minutes).toBeLessThan(200);
    },
  );

  it('are the code that the release ends with', async () => {
    const s = await withLive(begin({ deadline: '3h' }), 'v0');
    s.world.vertex.operations.failing.set('deploy', { status: 'UNAVAILABLE', message: STOCKOUT });
    await land(s, 'v1');
    await passTime(s, 5 * HOUR);
    expect(results(s)).toEqual(['Live', 'Failed DEPLOY_CAPACITY']);
  });
});
