import { expect, it } from 'vitest';
import { progressOf } from '../../../cli/progress.ts';
import { deployedOn, type ServiceStatus } from '../../../cli/status/report.ts';
import { statusText } from '../../../cli/status/text.ts';
import { causeOf } from '../../../functions/release/outcome.ts';
import { atRest, churn, endpointWith, NOW, outcome, plain, releaseOf, request } from '../fixtures.ts';

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
  hold: null,
  live,
  release: null,
  waiting: [],
  deployed: [],
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

it('shows a release under way, who waits, and the drift', () => {
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
    `           ${failed.cause?.text}`,
    '           exit 1',
  ]);
});

it.each([
  ['nothing was asked', { live: null }, ['  live     nothing has been released yet']],
  [
    'the ledger is damaged',
    { live: null, problem: 'It is damaged.' },
    ['  problem  It is damaged.', '           "slipway rebuild churn" makes it anew'],
  ],
  [
    'it is on hold',
    {
      live: null,
      hold: { since: '2026-11-23T17:58:00Z', reason: 'incident 7' },
      drift: [{ mendedBy: 'UndeployModel', text: 'deployed model 9 has no traffic' }],
    },
    [
      '  on hold  for 2 m: incident 7',
      '  live     nothing has been released yet',
      '  drift    deployed model 9 has no traffic; left so while on hold',
    ],
  ],
])('shows that %s', (_, more, lines) => {
  expect(statusText({ ...status, ...more }, plain)).toEqual(['churn', ...lines]);
});
