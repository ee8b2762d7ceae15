import { expect, it } from 'vitest';
import { parseConfig, type Service } from '../../../../functions/config/config.ts';
import { estimate } from '../../../../functions/release/view/estimate.ts';

function service(rollout: string, serving = '{}'): Service {
  const config = parseConfig(`
project: my-project
region: us-central1
state: my-state
services:
  churn:
    artifacts: "gs://models/churn/*/model.onnx"
    image: registry/churn
    endpoint: churn
    serving: ${serving}
    rollout: ${rollout}
`);
  const found = config.services.get('churn');
  if (found === undefined) throw new Error('expected the service');
  return found;
}

it('takes what is not measured to be typical', () => {
  expect(estimate(service('{}'), undefined)).toEqual({
    minutes: 11,
    downtimeSeconds: 0,
    replicaHours: 2 / 60,
    rollbackSeconds: { standby: 2, redeploy: 600 },
  });
});

it('adds all bakes to the way to Live, and the standby to what is paid for twice', () => {
  const canary = service(
    '{ strategy: canary, steps: [{ traffic: 5, bake: 5m }, { traffic: 25, bake: 10m }, { traffic: 50 }], bake: 15m, standby: 2h }',
    '{ minReplicas: 3, maxReplicas: 9 }',
  );
  const took = { upload: 30_000, deploy: 420_000, undeploy: 60_000 };
  expect(estimate(canary, took)).toEqual({
    minutes: 0.5 + 7 + 30,
    downtimeSeconds: 0,
    replicaHours: (3 * (30 + 120 + 1)) / 60,
    rollbackSeconds: { standby: 2, redeploy: 420 },
  });
});

it('knows some operations better than others', () => {
  expect(estimate(service('{ bake: 30s }'), { deploy: 60_000 })).toMatchObject({
    minutes: 2.5,
    rollbackSeconds: { redeploy: 60 },
  });
});

it('adds the undeploying to what takes a model down, and pays for no second one', () => {
  expect(estimate(service('{ strategy: recreate, bake: 5m }'), undefined)).toEqual({
    minutes: 1 + 12 + 5,
    downtimeSeconds: 720,
    replicaHours: 0,
    rollbackSeconds: { standby: 2, redeploy: 720 },
  });
});
