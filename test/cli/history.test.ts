import { expect, it } from 'vitest';
import { historyReport, historyText } from '../../cli/history.ts';
import { causeOf } from '../../functions/release/outcome.ts';
import { churn, ledger, outcome, plain, request } from './fixtures.ts';

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
    `                      ${cause.text}`,
    '                      model.onnx is missing',
    `2026-11-23 17:12:00Z  v1         by artifact  Live after 12 m, version 1, deployed model ${live.deployedModel}`,
  ]);
});

it('says that there is nothing to list', () => {
  expect(historyText(churn, historyReport(churn, null), plain)).toEqual([
    'churn: nothing has been released yet',
  ]);
});
