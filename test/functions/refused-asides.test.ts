/** A call that Google goes on refusing, and that a release can do without. */
import { describe, expect, it } from 'vitest';
import type { RolloutFile } from '../../functions/config/schema.ts';
import { HOUR, land, refuse, refusing, REFUSED_ERRORS } from './support/refusing.ts';
import { yamlWith } from './release/steps/rollout-samples.ts';
import { ledgerOf, passTime, testApp } from '../support/test-app.ts';

const NOBODY = "Permission 'aiplatform.endpoints.update' denied on resource (or it may not exist).";

describe('what a release can do without', () => {
  it('aliases: it goes live, and they are moved once they can be', async () => {
    const s = await refusing('moveAliases', 'PERMISSION_DENIED', NOBODY);
    await passTime(s, HOUR);
    expect(ledgerOf(s.world, 'churn')).toMatchObject({
      live: { request: { marker: 'churn/v1/model.onnx' } },
      leftovers: [{ kind: 'moveAliases', detail: expect.stringContaining(NOBODY) }],
    });
    s.refused.end();
    await passTime(s, 8 * HOUR);
    expect(s.world.vertex.versions.at(-1)?.aliases).toEqual(['live', 'default']);
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('leftovers');
  });

  it('metrics: an unsure gate rolls it back within its patience', async () => {
    const canary: RolloutFile = { strategy: 'canary', steps: [{ traffic: 10, bake: '5m' }] };
    const gates = { metrics: {}, patience: '10m' };
    const s = testApp({ yaml: yamlWith({ ...canary, gates, deadline: '2h' }), errors: REFUSED_ERRORS });
    await land(s, 'v0');
    await passTime(s, HOUR);
    await land(s, 'v1');
    const refused = refuse(s.world, 'monitoring.served', 'PERMISSION_DENIED', NOBODY);
    await passTime(s, HOUR);
    const [outcome] = ledgerOf(s.world, 'churn').outcomes;
    expect(outcome).toMatchObject({ result: 'RolledBack', cause: { code: 'GATE_UNSURE' } });
    expect(outcome?.cause?.detail).toContain(NOBODY);
    expect(refused.at.length).toBeLessThan(50);
  });

  it('the events topic: the outcome waits, nothing else does, and it is told in the end', async () => {
    const s = await refusing('publish events', 'PERMISSION_DENIED', NOBODY);
    await passTime(s, HOUR);
    expect(ledgerOf(s.world, 'churn')).toMatchObject({
      live: { request: { marker: 'churn/v1/model.onnx' } },
      refusals: [{ asked: 'announce', code: 'EVENTS_REFUSED' }],
      outcomes: [{ announced: false }, { announced: true }],
    });
    await land(s, 'v2');
    await passTime(s, HOUR);
    expect(ledgerOf(s.world, 'churn').live?.request.marker).toBe('churn/v2/model.onnx');
    const before = s.refused.at.length;
    await passTime(s, 24 * HOUR);
    expect(s.refused.at.length - before).toBeLessThanOrEqual(96);
    s.refused.end();
    await passTime(s, HOUR);
    expect(ledgerOf(s.world, 'churn').outcomes.every(({ announced }) => announced)).toBe(true);
  });
});

describe('the candidate of a service whose endpoint cannot be changed', () => {
  it('is undeployed, or is reported as left deployed', async () => {
    const s = await refusing('updateEndpoint', 'PERMISSION_DENIED', NOBODY);
    await passTime(s, 24 * HOUR);
    const deployed = [...s.world.vertex.endpoints.values()].flatMap(({ deployedModels }) => deployedModels);
    const told = s.world.published.filter(({ data }) => Object.hasOwn(Object(data), 'notice'));
    expect(deployed.length - told.length).toBe(1);
  });

  it('is undeployed once the endpoint can be changed again', async () => {
    const s = await refusing('updateEndpoint', 'PERMISSION_DENIED', NOBODY, { forMs: 3 * HOUR });
    await passTime(s, 16 * HOUR);
    const deployed = [...s.world.vertex.endpoints.values()].flatMap(({ deployedModels }) => deployedModels);
    expect(deployed).toHaveLength(1);
    expect(ledgerOf(s.world, 'churn')).not.toHaveProperty('leftovers');
  });
});
