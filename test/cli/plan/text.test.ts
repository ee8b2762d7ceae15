import { expect, it } from 'vitest';
import type { PlanReport } from '../../../cli/plan/report.ts';
import { planText } from '../../../cli/plan/text.ts';
import { plain } from '../fixtures.ts';

const plan: PlanReport = {
  service: 'churn',
  requestId: 'mine',
  release: 'r-0123456789ab',
  name: 'v2',
  artifact: 'gs://models/churn/v2/model.onnx#11',
  underWay: null,
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
  replicas: 1,
  machineType: 'n1-standard-2',
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
    'Live after about 12 m 10 s, all done after 14 m 20 s (what Vertex AI commonly takes; nothing is measured yet)',
    'overlap: 0.24 replica-hours (1 replica of n1-standard-2 more while two models are deployed)',
  ]);
});

it('says why nothing would come of it', () => {
  const cause = { code: 'MANIFEST_INVALID', text: 'Write it anew.', detail: 'a\nb' };
  const refused = { ...plan, calls: [], result: 'Refused' as const, cause, underWay: 'r-1', onHold: true };
  expect(planText(refused, plain).slice(2)).toEqual([
    'r-1 is under way: it gives way, or ends first; its calls are in the list',
    'on hold: nothing of it before "slipway resume churn"',
    '',
    '  no call: nothing would change',
    '',
    'it would end Refused: Write it anew. (a b)',
  ]);
});
