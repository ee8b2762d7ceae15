import { expect, it } from 'vitest';
import { progressOf } from '../../../../cli/ledger-view/progress.ts';
import { hoursNow, parkedIn } from '../../../../cli/commands/status/parked.ts';
import { deployedOn, standbyOf, type ServiceStatus } from '../../../../cli/commands/status/report.ts';
import { outageIn } from '../../../../cli/commands/status/outage.ts';
import { statusText } from '../../../../cli/commands/status/text.ts';
import { parseHours } from '../../../../functions/config/hours.ts';
import { causeOf } from '../../../../functions/release/publish/outcome.ts';
import {
  atRest,
  canary,
  churn,
  endpointWith,
  NOW,
  outcome,
  plain,
  releaseOf,
  request,
  verdict,
  withStandby,
} from '../../fixtures.ts';

const { ledger } = atRest('v1');
const live = {
  release: ledger.live?.request.id ?? '',
  name: 'v1',
  artifact: 'gs://models/churn/v1/model.onnx#11',
  version: '1',
  deployedModel: ledger.live?.deployedModel ?? '',
  askedBy: 'artifact',
  since: '2026-11-23T17:10:00.000Z',
};
const status: ServiceStatus = {
  service: 'churn',
  endpoint: 'e',
  host: null,
  fixed: [],
  hold: null,
  parked: null,
  hours: null,
  outage: null,
  live,
  standby: null,
  release: null,
  waiting: [],
  refused: [],
  left: [],
  leftDeployed: null,
  deployed: [],
  cost: null,
  drift: [],
  problem: null,
};

it('shows a service at rest', () => {
  const both = endpointWith([
    { folder: 'v1', percent: 90 },
    { folder: 'v0', percent: 0 },
  ]);
  const theirs = { id: '77', model: 'm', version: '3', displayName: 'by\u001bhand' };
  const endpoint = {
    ...both,
    deployedModels: [...both.deployedModels, theirs],
    traffic: new Map([...both.traffic, ['77', 10]]),
  };
  const deployed = deployedOn(endpoint, churn, ledger);
  const v0 = both.deployedModels[1];
  const text = statusText({ ...status, deployed }, plain);
  expect(text).toEqual([
    'churn',
    `  live     v1, version 1, deployed model ${live.deployedModel}, for 50 m`,
    `  traffic   90 %  v1 (${live.deployedModel}, live)`,
    '            10 %  by�hand (77, not deployed by Slipway)',
    `             0 %  ${v0?.displayName} (${v0?.id}, leftover)`,
  ]);
  const onTerminal = statusText({ ...status, deployed }, { ...plain, bars: true });
  expect(onTerminal[2]).toContain('█████████████████████▋░░  90 %');
});

it('shows a service that is parked outside its hours, and until when', () => {
  const since = '2026-11-23T16:00:00.000Z';
  const hours = parseHours([{ from: '07:00', to: '16:00', timeZone: 'UTC' }], 'hours', []);
  const parked = parkedIn({ ...ledger, parked: { since: Date.parse(since), reason: '', by: 'schedule' } });
  const text = statusText({ ...status, parked, hours: hoursNow(hours, NOW) }, plain);
  expect(text.slice(1, 3)).toEqual([
    '  parked   for 2 h: outside its hours; a release or "slipway wake churn" wakes it',
    '  hours    parked until 2026-11-24 07:00:00Z',
  ]);
});

it('shows a release in progress, who waits, and the drift', () => {
  const v2 = request('v2', 3, { version: '2' });
  const lastCause = causeOf('DEPLOY_FAILED', 'UNAVAILABLE: no machine');
  const running = { ...ledger, release: releaseOf(v2, { attempt: 2, lastCause }) };
  const text = statusText(
    {
      ...status,
      release: progressOf(churn, running, v2.id, null, NOW),
      waiting: [
        {
          release: 'r-3',
          name: 'v3',
          artifact: 'gs://models/churn/v3/model.onnx#12',
          askedBy: 'pipeline',
          acceptedAt: '2026-11-23T17:59:30Z',
        },
      ],
      drift: [{ mendedBy: 'UndeployModel', text: 'deployed model 9 has no traffic and is still deployed' }],
    },
    plain,
  );
  expect(text.slice(2)).toEqual([
    '  release  v2  deploying (attempt 2)  3 m of usually 10 m  after: UNAVAILABLE: no machine',
    '  waiting  v3 for 30 s (r-3, by pipeline)',
    '  drift    deployed model 9 has no traffic and is still deployed; the next sweep calls UndeployModel',
  ]);
});

it('shows the views that no model reads', () => {
  const unusedViews = [{ view: 'customer', version: '3', table: 'customer_v3' }];
  expect(statusText({ ...status, unusedViews }, plain)).toContain(
    '  unused   view customer version 3 (customer_v3) is read by neither the live model, its standby nor the candidate',
  );
});

it('shows what Google refuses, and what is left behind', () => {
  const refused = {
    call: 'upload',
    code: 'UPLOAD_FAILED',
    words: 'PERMISSION_DENIED: storage.objects.get',
    since: '2026-11-23T17:56:00.000Z',
    times: 7,
  };
  const left = {
    what: 'undeploy',
    subject: '42',
    words: 'INTERNAL: try later',
    since: '2026-11-23T17:00:00.000Z',
    nextTry: '2026-11-23T18:30:00.000Z',
  } as const;
  expect(statusText({ ...status, refused: [refused], left: [left] }, plain).slice(2)).toEqual([
    '  refused  Google refuses upload (UPLOAD_FAILED, 7 times in 4 m)',
    '           PERMISSION_DENIED: storage.objects.get',
    '  left     model is still deployed and billed: 42; the next try is in 30 m',
    '           INTERNAL: try later',
  ]);
});

it('shows what is billed for nothing', () => {
  const leftDeployed = { models: 2, replicas: 4, machineType: 'n1-standard-2' };
  expect(statusText({ ...status, leftDeployed }, plain)).toContain(
    '           2 models left deployed: at least 4 replicas of n1-standard-2 billed for nothing',
  );
});

it('shows the step, the bake and the gates of a candidate, and the standby', () => {
  const { ledger: rest } = withStandby('v2', 'v1');
  const v3 = request('v3', 20, { version: '3' });
  const running = {
    ...rest,
    release: releaseOf(v3, {
      deployed: true,
      step: 1,
      stepSince: NOW - 420_000,
      verdicts: [verdict('golden', 'pass', '32 rows'), verdict('metrics', 'hold', '12 of 50 requests', 1)],
    }),
  };
  const endpoint = endpointWith([
    { folder: 'v2', percent: 75 },
    { folder: 'v3', percent: 25 },
    { folder: 'v1', percent: 0 },
  ]);
  const [v2Id, v3Id, v1Id] = endpoint.deployedModels.map(({ id }) => id);
  const shown: ServiceStatus = {
    ...status,
    standby: standbyOf(canary, running, endpoint),
    release: progressOf(canary, running, v3.id, null, NOW),
    deployed: deployedOn(endpoint, canary, running),
  };
  expect(shown.standby).toEqual({
    release: request('v1').id,
    name: 'v1',
    version: '1',
    deployedModel: v1Id,
    isDeployed: true,
    until: '2026-11-23T19:00:00.000Z',
  });
  expect(statusText(shown, plain).slice(2)).toEqual([
    '  standby  v1 stays deployed until 2026-11-23 19:00:00Z, 1 h more; "slipway rollback churn" brings it back in seconds',
    `  traffic   75 %  v2 (${v2Id}, live)`,
    `            25 %  v3 (${v3Id}, candidate)`,
    `             0 %  v1 (${v1Id}, standby)`,
    '  release  v3  baking at 25 % (step 2 of 3, 3 m left)  20 m of usually 10 m',
    '           baking since 2026-11-23 17:53:00Z',
    '  gates    golden passed in step 1: 32 rows',
    '           metrics is inconclusive in step 2: 12 of 50 requests',
  ]);
  expect(statusText(shown, { ...plain, bars: true })[4]).toContain('██████░░░░░░░░░░░░░░░░░░  25 %');
});

it.each([
  ['is about to go', { until: NOW - 1 }, 'v1 will be undeployed shortly; "slipway'],
  ['has gone', { retired: true }, 'v1 is no longer deployed: a rollback deploys it again'],
])('says that the standby %s', (_, more, text) => {
  const { ledger: rest, endpoint } = withStandby('v2', 'v1');
  const changed = { ...rest, ...(rest.previous && { previous: { ...rest.previous, ...more } }) };
  const standby = standbyOf(canary, changed, endpoint);
  expect(statusText({ ...status, standby }, plain)[2]).toContain(`  standby  ${text}`);
  expect(standbyOf(canary, changed, null)?.isDeployed).toBe(false);
});

it('takes the standby that a rollback brings back for the candidate', () => {
  const { ledger: rest, endpoint } = withStandby('v2', 'v1');
  const back = request('v1', 0, {
    id: 'r-back00000000',
    rollback: { from: rest.live?.request.id ?? '', deployedModel: rest.previous?.live.deployedModel ?? '' },
  });
  const roles = deployedOn(endpoint, canary, { ...rest, release: releaseOf(back) }).map(({ role }) => role);
  expect(roles).toEqual(['live', 'candidate']);
});

it('tells that nothing serves while it lasts, and how long that usually takes', () => {
  const outage = outageIn({ ...ledger, outage: { release: 'r-2', since: NOW - 120_000, ms: 0 } });
  expect(statusText({ ...status, outage }, plain)).toContain(
    '  outage   nothing has served for 2 m: r-2 recreates, which usually takes 12 m',
  );
  expect(outageIn({ ...ledger, outage: { release: 'r-2', ms: 5 } })).toBeNull();
  expect(outageIn(ledger)).toBeNull();
});

it('tells how the last release ended where that is not what is live', () => {
  const failed = outcome(request('v2'), 1, {
    result: 'Failed',
    cause: causeOf('DEPLOY_FAILED', 'exit 1'),
    version: null,
    deployedModel: null,
  });
  const ended = { ...ledger, outcomes: [failed, ...ledger.outcomes] };
  const text = (id: string) =>
    statusText({ ...status, release: progressOf(churn, ended, id, null, NOW) }, plain).slice(2);
  expect(text(live.release)).toEqual([]);
  expect(text(failed.release)).toEqual([
    '  last     v2 Failed after 1 m',
    `           ${failed.cause?.text} (${failed.cause?.code})`,
    '           exit 1',
  ]);
});

it.each([
  ['nothing was asked', { live: null }, ['  live     no release yet']],
  [
    'the ledger is damaged',
    { live: null, problem: 'It is damaged.' },
    ['  problem  It is damaged.', '           "slipway rebuild churn" rebuilds it'],
  ],
  [
    'it is on hold',
    {
      live: null,
      hold: { since: '2026-11-23T17:58:00Z', reason: 'incident 7', requestedBy: null },
      drift: [{ mendedBy: 'UndeployModel', text: 'deployed model 9 has no traffic' }],
    },
    [
      '  on hold  for 2 m: incident 7',
      '  live     no release yet',
      '  drift    deployed model 9 has no traffic; not repaired while on hold',
    ],
  ],
])('shows that %s', (_, more, lines) => {
  expect(statusText({ ...status, ...more }, plain)).toEqual(['churn', ...lines]);
});

it('names the host of a dedicated endpoint, and what it cannot be any more', () => {
  const host = '1.us-central1-2.prediction.vertexai.goog';
  const fixed = ['endpoint.dedicated is false, and the endpoint is dedicated'];
  const text = statusText({ ...status, host, fixed }, plain).join('\n');
  expect(text).toContain(`  host     ${host}`);
  expect(text).toContain(`  endpoint ${fixed[0]}; only a new endpoint can be otherwise`);
});
