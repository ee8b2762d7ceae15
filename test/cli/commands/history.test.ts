import { expect, it } from 'vitest';
import { historyReport, historyText } from '../../../cli/commands/history.ts';
import { causeOf } from '../../../functions/release/publish/outcome.ts';
import { churn, ledger, outcome, plain, request, verdict } from '../fixtures.ts';

it('lists how releases ended, the last one first', () => {
  const cause = causeOf('MANIFEST_INVALID', 'model.onnx is missing');
  const refused = outcome(request('nightly-2', 5, { askedBy: 'pipeline' }), 0, {
    result: 'Refused',
    cause,
    version: null,
    deployedModel: null,
  });
  const live = outcome(request('v1', 60), 12);
  const releases = historyReport(churn, ledger({ outcomes: [refused, live] }));
  expect(releases).toMatchObject([
    { name: 'nightly-2', result: 'Refused', cause, elapsedSeconds: 0, endedAt: '2026-11-23T17:55:00.000Z' },
    { name: 'v1', result: 'Live', cause: null, elapsedSeconds: 720, askedBy: 'artifact' },
  ]);
  expect(historyText(churn, releases, plain)).toEqual([
    '2026-11-23 17:55:00Z  nightly-2  by pipeline  Refused after 0 s',
    `                      ${cause.text} (${cause.code})`,
    '                      model.onnx is missing',
    `2026-11-23 17:12:00Z  v1         by artifact  Live after 12 m, version 1, deployed model ${live.deployedModel}`,
  ]);
});

it('tells what the gates said of one that was rolled back, and what a rollback went back from', () => {
  const v2 = request('v2', 60);
  const cause = causeOf('GATE_METRICS', '9 % errors');
  const given = outcome(v2, 10, {
    result: 'RolledBack',
    cause,
    verdicts: [verdict('golden', 'pass', '32 rows'), verdict('metrics', 'fail', '9 % errors', 1)],
  });
  const v3 = request('v3', 30);
  const back = outcome(request('v1', 5, { id: 'r-back00000000', askedBy: 'request' }), 1);
  const gone = outcome(v3, 0, {
    result: 'RolledBack',
    cause: causeOf('ROLLED_BACK', 'back to v1'),
    endedAt: back.endedAt,
  });
  const releases = historyReport(churn, ledger({ outcomes: [back, gone, given] }));
  expect(releases).toMatchObject([
    { result: 'Live', rollbackFrom: v3.id, verdicts: [] },
    { result: 'RolledBack', rollbackFrom: null, cause: { code: 'ROLLED_BACK' } },
    {
      result: 'RolledBack',
      verdicts: [
        { gate: 'golden', step: 1 },
        { gate: 'metrics', step: 2 },
      ],
    },
  ]);
  const text = historyText(churn, releases, plain);
  expect(text[0]).toBe(
    `2026-11-23 17:56:00Z  v1  by request   Live after 1 m, version 1, deployed model ${back.deployedModel}, back from ${v3.id}`,
  );
  expect(text.slice(-4)).toEqual([
    `                      ${cause.text} (${cause.code})`,
    '                      9 % errors',
    '                      golden passed in step 1: 32 rows',
    '                      metrics failed in step 2',
  ]);
});

it('says that there is nothing to list', () => {
  expect(historyText(churn, historyReport(churn, null), plain)).toEqual(['churn: no release yet']);
});
