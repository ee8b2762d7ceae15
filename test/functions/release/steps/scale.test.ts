/** Changes of scale: when they are asked for, followed, refused, and waited for. */
import { describe, expect, it } from 'vitest';
import type { Action, Observed } from '../../../../functions/release/decisions.ts';
import { applyTransition } from '../../../../functions/release/ledger/apply-transition.ts';
import type { Ledger } from '../../../../functions/release/ledger/ledger.ts';
import { plan } from '../../../../functions/release/plan.ts';
import { changedFields, scaleKey, scaleOf, scaleText } from '../../../../functions/release/view/scale.ts';
import type { DeployedModel, Operation } from '../../../../functions/world.ts';
import {
  deployedOf,
  ENDPOINT,
  endpointWith,
  ledgerWith,
  liveOf,
  NOW,
  releasing,
  requestOf,
  serviceChurn,
  versionOf,
} from '../../../support/samples.ts';

const churn = serviceChurn();
const serving = { ...churn.serving, minReplicas: 3, maxReplicas: 5 };
const service = { ...churn, serving, rollout: { ...churn.rollout, standbyReplicas: 1 } };
const wanted = scaleOf(serving);
const small = { ...wanted, minReplicas: 1 };
const [old, current] = [deployedOf(0), deployedOf(1)];
const versions = [versionOf(1, { aliases: ['live', 'default'] })];
const atRest = ledgerWith({ endpoint: ENDPOINT, live: liveOf(1) });
const OPERATION: Operation = { name: 'op', done: false, error: null, stage: null, tookMs: null };

function of(model: DeployedModel, scale = wanted): DeployedModel {
  return { ...model, scale };
}

function decide(ledger: Ledger, models: DeployedModel[], seen: Observed = {}, now = NOW): Action {
  const traffic = { [current.id]: 100 };
  return plan(service, ledger, { endpoints: [endpointWith(models, traffic)], versions, ...seen }, now);
}

describe('at rest', () => {
  it('the live model gets what slipway.yaml says, and nothing else', () => {
    expect(decide(atRest, [of(current, small)])).toMatchObject({
      do: 'mutate',
      model: current,
      scale: wanted,
    });
    expect(decide(atRest, [of(current)])).toEqual({ do: 'stop' });
    expect(decide(atRest, [current])).toEqual({ do: 'stop' });
  });

  it('the standby shrinks, by its minimum alone', () => {
    const previous = { live: liveOf(0), until: NOW + 60_000, retired: false };
    expect(decide({ ...atRest, previous }, [of(old), of(current)])).toMatchObject({
      do: 'mutate',
      model: old,
      scale: small,
    });
  });

  it('a change is asked for behind the fence', () => {
    const endpoint = endpointWith([of(current, small)], { [current.id]: 100 }, '2');
    expect(plan(service, atRest, { endpoints: [endpoint], versions }, NOW)).toMatchObject({ do: 'fence' });
  });
});

describe('a change in progress', () => {
  const scaling = { deployedModel: current.id, to: scaleKey(wanted), name: 'op', since: NOW - 60_000 };
  const changing = { ...atRest, scaling };

  it('is followed to its end, which has to show', () => {
    expect(decide(changing, [of(current, small)])).toEqual({ do: 'look', at: 'scaling' });
    expect(decide(changing, [of(current, small)], { scaling: OPERATION })).toMatchObject({ do: 'wait' });
    const done = { ...OPERATION, done: true };
    expect(decide(changing, [of(current)], { scaling: done })).toMatchObject({ change: { type: 'scaled' } });
    expect(decide(changing, [of(current, small)], { scaling: done })).toMatchObject({
      change: { type: 'scaleDoubted' },
    });
  });

  it('holds back no release', () => {
    expect(decide({ ...changing, queue: [requestOf(2)] }, [of(current, small)])).toMatchObject({
      change: { type: 'requestStarted' },
    });
  });

  it('that fails is tried again after a pause, and at once where another one is wanted', () => {
    const error = { status: 'RESOURCE_EXHAUSTED', message: 'quota exceeded' } as const;
    const seen = { scaling: { ...OPERATION, done: true, error } };
    const failed = decide(changing, [of(current, small)], seen);
    expect(failed).toMatchObject({ change: { type: 'scaleFailed', refusal: { code: 'SCALE_FAILED' } } });
    if (failed.do !== 'record') throw new Error('nothing is recorded');
    const refused = applyTransition(changing, failed.change, NOW, () => 0.5);
    expect(decide(refused, [of(current, small)])).toMatchObject({ do: 'wait', why: 'refused' });
    const other = { ...service, serving: { ...serving, minReplicas: 2 } };
    const endpoints = [endpointWith([of(current, small)], { [current.id]: 100 })];
    expect(plan(other, refused, { endpoints, versions }, NOW)).toMatchObject({ change: { type: 'scaled' } });
  });

  it('whose reply was lost is asked for again', () => {
    const lost = { ...atRest, scaling: { ...scaling, name: null } };
    expect(decide(lost, [of(current, small)])).toMatchObject({ change: { type: 'scaleFailed' } });
    expect(decide(lost, [of(current)])).toMatchObject({ change: { type: 'scaled' } });
  });
});

describe('a rollback to a standby that has shrunk', () => {
  const rollback = { from: liveOf(1).request.id, deployedModel: old.id };
  const back = releasing(
    { live: liveOf(1), previous: { live: liveOf(0), until: NOW + 60_000, retired: false } },
    { request: requestOf(0, { version: '1', rollback }), startedAt: NOW },
  );
  const models = [of(old, small), of(current)];

  it('lets it grow first', () => {
    expect(decide(back, models)).toMatchObject({ do: 'mutate', model: old, scale: wanted });
    const scaling = { deployedModel: old.id, to: scaleKey(wanted), name: 'op', since: NOW };
    const growing = { ...back, scaling };
    expect(decide(growing, models, { scaling: OPERATION })).toMatchObject({ do: 'wait', why: 'growth' });
    expect(decide(growing, models, { scaling: { ...OPERATION, done: true } })).toMatchObject({ do: 'shift' });
  });

  it('does not wait for longer than five minutes, nor where that is refused', () => {
    expect(decide(back, models, {}, NOW + 301_000)).toMatchObject({ do: 'shift' });
    const refusals = [
      {
        asked: 'mutate',
        code: 'SCALE_FAILED',
        detail: 'no',
        patience: 'deadline' as const,
        since: NOW,
        at: NOW,
        count: 1,
        notBefore: NOW + 60_000,
      },
    ];
    const scaling = { deployedModel: old.id, to: scaleKey(wanted), name: null, since: NOW, ended: true };
    expect(decide({ ...back, refusals, scaling }, models)).toMatchObject({ do: 'shift' });
  });
});

describe('two scales', () => {
  it('are alike where Vertex AI treats them alike', () => {
    const sixty = { ...wanted, autoscaling: { ...wanted.autoscaling, cpu: 60 } };
    expect(changedFields(wanted, sixty)).toEqual([]);
    expect(changedFields(wanted, { ...sixty, maxReplicas: 9, containerLogging: false })).toEqual([
      'maxReplicas',
      'containerLogging',
    ]);
  });

  it('are told in words', () => {
    expect(scaleText({ ...wanted, containerLogging: false })).toBe('3 to 5 replicas, no container logs');
  });
});
