import { expect, it } from 'vitest';
import type { PlanReport } from '../../../../cli/commands/plan/report.ts';
import { planText } from '../../../../cli/commands/plan/text.ts';
import { plain } from '../../fixtures.ts';

const plan: PlanReport = {
  service: 'churn',
  requestId: 'mine',
  release: 'r-0123456789ab',
  name: 'v2',
  artifact: 'gs://models/churn/v2/model.onnx#11',
  inProgress: null,
  onHold: false,
  calls: [
    {
      afterSeconds: 1,
      method: 'DeployModel',
      target: 'projects/p/locations/l/endpoints/7',
      arguments: {
        deployedModelId: '1234567890',
        model: 'projects/p/locations/l/models/slipway-churn@4',
        machineType: 'n1-standard-2',
        minReplicas: 1,
        maxReplicas: 2,
      },
      takesSeconds: 720,
    },
    {
      afterSeconds: 725,
      method: 'UpdateEndpoint',
      target: 'projects/p/locations/l/endpoints/7',
      arguments: { trafficSplit: { '1234567890': 90, '5': 10 }, labels: {} },
      takesSeconds: null,
    },
  ],
  result: 'Live',
  cause: null,
  seconds: 730,
  restSeconds: 860,
  overlapReplicaHours: 0.2361,
  leftDeployed: { models: 0, replicas: 0 },
  rollout: {
    strategy: 'blue-green',
    steps: [{ traffic: 100, bakeSeconds: 0 }],
    gates: ['contract'],
    standbySeconds: 0,
    hasPartner: true,
    minutes: 13,
    downtimeSeconds: 0,
    replicaHours: 0.0333,
    rollbackSeconds: { standby: 2, redeploy: 720 },
  },
  replicas: 1,
  machineType: 'n1-standard-2',
  price: { perHour: 0.11, unknown: null, date: '2026-11-28' },
  wakes: false,
  times: 'typical',
};

it('lists the calls with their times, and what they cost', () => {
  expect(planText(plan, plain)).toEqual([
    'churn: release v2 (gs://models/churn/v2/model.onnx#11)',
    'as r-0123456789ab, if asked for with --request-id mine',
    '',
    '  after 1 s       DeployModel     takes 12 m  slipway-churn@4 as 1234567890 on endpoint 7, no traffic, 1 to 2 × n1-standard-2',
    '  after 12 m 5 s  UpdateEndpoint  at once     endpoint 7: traffic 1234567890: 90 %, 5: 10 %',
    '',
    'Live after about 12 m 10 s, all done after 14 m 20 s (durations as usual on Vertex AI; none measured yet)',
    'steps: 100 %',
    'gates, assumed to pass: contract',
    'overlap: 0.24 replica-hours (1 replica of n1-standard-2 more while two models are deployed)',
    'rollback: about 12 m (redeploy)',
    'cost: about $0.11 an hour while it is live, and $0.026 for the overlap (prices of 2026-11-28)',
  ]);
});

it('tells how long nothing serves where one model takes the place of the other', () => {
  const rollbackSeconds = { standby: 2, redeploy: 720 };
  const rollout = { ...plan.rollout, strategy: 'recreate' as const, downtimeSeconds: 720, rollbackSeconds };
  const lines = planText({ ...plan, rollout }, plain);
  expect(lines).toContain('outage: nothing serves for about 12 m (strategy: recreate)');
  expect(lines).toContain('overlap: none, one model at a time');
  expect(lines).toContain('rollback: about 12 m (redeploy, nothing serves meanwhile)');
  const first = planText({ ...plan, rollout: { ...rollout, hasPartner: false } }, plain);
  expect(first.some((line) => line.startsWith('outage'))).toBe(false);
});

it('tells the steps of a canary, its bakes and gates, and what going back and standing by cost', () => {
  const steps = [
    { traffic: 5, bakeSeconds: 300 },
    { traffic: 25, bakeSeconds: 0 },
    { traffic: 100, bakeSeconds: 900 },
  ];
  const gates = ['contract', 'golden', 'metrics'];
  const rollout = { ...plan.rollout, steps, gates, standbySeconds: 7200, minutes: 33, replicaHours: 2.37 };
  expect(planText({ ...plan, rollout }, plain).slice(-6, -1)).toEqual([
    'steps: 5 % for 5 m, 25 %, 100 % for 15 m',
    'with all bakes: 33 m from its start to Live',
    'gates, assumed to pass: contract, golden, metrics',
    'overlap: 2.37 replica-hours (1 replica of n1-standard-2 more while two models are deployed, 2 h of it as standby)',
    'rollback: 2 s during standby, then about 12 m (redeploy)',
  ]);
  const first = { ...plan, rollout: { ...rollout, hasPartner: false }, overlapReplicaHours: 0 };
  expect(planText(first, plain).slice(-5, -1)).toEqual([
    'steps: 100 % for 15 m',
    'gates, assumed to pass: contract, golden, metrics',
    'overlap: none, no other model is deployed',
    'rollback: no earlier release',
  ]);
});

it('tells that a parked service wakes, and after how long', () => {
  expect(planText({ ...plan, wakes: true }, plain)).toContain(
    'wake: the service is parked, and this release wakes it: callers get answers after about 12 m 10 s',
  );
});

it('says why there is no price', () => {
  const price = { perHour: null, unknown: 'no price of n9-mega-2 in the table', date: '2026-11-28' };
  expect(planText({ ...plan, price }, plain).at(-1)).toBe('cost: no price of n9-mega-2 in the table');
});

it('tells what else stays deployed and is billed', () => {
  const text = (models: number) =>
    planText({ ...plan, leftDeployed: { models, replicas: 2 * models } }, plain);
  expect(text(0).join()).not.toContain('left deployed');
  expect(text(1)).toContain(
    'left deployed: 1 model that could not be undeployed, at least 2 replicas of n1-standard-2; this release comes on top of it',
  );
  expect(text(3)).toContain(
    'left deployed: 3 models that could not be undeployed, at least 6 replicas of n1-standard-2; this release comes on top of them',
  );
});

it('says why nothing would come of it', () => {
  const cause = { code: 'MANIFEST_INVALID', text: 'Write it again.', detail: 'a\nb' };
  const refused = { ...plan, calls: [], result: 'Refused' as const, cause, inProgress: 'r-1', onHold: true };
  expect(planText(refused, plain).slice(2)).toEqual([
    'r-1 is in progress: it ends or is requeued first; its calls are in the list',
    'on hold: the release starts after "slipway resume churn"',
    '',
    '  no calls: nothing would change',
    '',
    'it would end Refused: Write it again. (a b)',
  ]);
});
