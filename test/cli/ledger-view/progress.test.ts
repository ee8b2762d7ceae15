import { describe, expect, it } from 'vitest';
import { currentRelease, progressOf, type Progress } from '../../../cli/ledger-view/progress.ts';
import { causeLines, progressLine, resultText } from '../../../cli/terminal/progress-text.ts';
import { causeOf } from '../../../functions/release/publish/outcome.ts';
import type { Operation } from '../../../functions/world.ts';
import { atRest, churn, ledger, NOW, outcome, plain, releaseOf, request } from '../fixtures.ts';

const v2 = request('v2', 3);
const version = { ...v2, version: '4' };
const deploying: Operation = {
  name: 'o',
  done: false,
  error: null,
  stage: 'STARTING_MODEL_SERVER',
  tookMs: null,
};
const pending = (kind: 'upload' | 'deploy' | 'undeploy') => ({ kind, subject: 's', name: 'o', since: NOW });

describe('where a release stands', () => {
  it.each([
    ['verifying', { release: releaseOf(v2) }, 'verifying the artifact'],
    ['about to be uploaded', { release: releaseOf(v2, { verified: true }) }, 'uploading the model'],
    ['being uploaded', { release: releaseOf(v2), pending: pending('upload') }, 'uploading the model'],
    ['about to be deployed', { release: releaseOf(version) }, 'deploying'],
    [
      'being deployed',
      { release: releaseOf(version), pending: pending('deploy') },
      'deploying: STARTING_MODEL_SERVER',
    ],
    [
      'being deployed again',
      { release: releaseOf(version, { attempt: 2 }), pending: pending('deploy') },
      'deploying: STARTING_MODEL_SERVER (attempt 2)',
    ],
    ['in want of room', { release: releaseOf(version), pending: pending('undeploy') }, 'undeploying a model'],
    ['deployed', { release: releaseOf(version, { deployed: true }) }, 'shifting the traffic'],
    ['failed once', { release: releaseOf(version, { notBefore: NOW + 9 }) }, 'waiting for the next attempt'],
  ])('%s', (_, state, text) => {
    const operation = 'pending' in state ? deploying : null;
    const progress = progressOf(churn, ledger(state), v2.id, operation, NOW);
    expect(progressLine(progress, plain)).toBe(`v2  ${text}  3 m`);
  });

  it('waits behind another one', () => {
    const held = ledger({ release: releaseOf(request('v3', 1)), queue: [v2] });
    const progress = progressOf(churn, held, v2.id, null, NOW);
    expect(progress.state).toBe('waiting');
    expect(progressLine(progress, plain)).toBe('v2  waiting  3 m');
  });

  it('waits while the service is on hold', () => {
    const held = ledger({ queue: [v2], hold: { since: NOW, reason: 'incident' } });
    expect(progressLine(progressOf(churn, held, v2.id, null, NOW), plain)).toBe('v2  waiting, on hold  3 m');
  });

  it('has not been taken in', () => {
    const progress = progressOf(churn, ledger(), 'r-000000000000', null, NOW);
    expect(progressLine(progress, plain)).toBe('r-000000000000  waiting to be picked up');
  });

  it('has ended, with its cause', () => {
    const cause = causeOf('DEPLOY_FAILED', 'exit\n1');
    const progress = progressOf(
      churn,
      ledger({ outcomes: [outcome(v2, 2, { result: 'Failed', cause, deployedModel: null })] }),
      v2.id,
      null,
      NOW,
    );
    expect(progress).toMatchObject({ state: 'ended', result: 'Failed', elapsedSeconds: 120 });
    expect(progressLine(progress, plain)).toBe('v2  Failed after 2 m, version 1');
    expect(causeLines(progress.cause, 2, plain)).toEqual([
      `  ${cause.text} (${cause.code})`,
      '  exit',
      '  1',
    ]);
  });

  it('is live though its outcome is forgotten', () => {
    const { ledger: held } = atRest('v1');
    const progress = progressOf(churn, { ...held, outcomes: [] }, held.live?.request.id ?? '', null, NOW);
    expect(progress).toMatchObject({ state: 'ended', result: 'Live', elapsedSeconds: 600 });
  });

  it('counts the time of a repair from its own start', () => {
    const { ledger: held } = atRest('v1');
    const live = held.live?.request ?? v2;
    const repaired = { ...held, release: releaseOf(live, { startedAt: NOW - 4_000 }) };
    expect(progressOf(churn, repaired, live.id, null, NOW)).toMatchObject({
      state: 'running',
      elapsedSeconds: 4,
    });
  });
});

it('tells what is usual by the median of those that went live', () => {
  const past = [4, 30, 6].map((minutes, i) => outcome(request(`p${i}`), minutes));
  const failed = outcome(request('p9'), 1, { result: 'Failed' });
  const held = ledger({ release: releaseOf(v2), outcomes: [failed, ...past] });
  const progress = progressOf(churn, held, v2.id, null, NOW);
  expect(progressLine(progress, plain)).toBe('v2  verifying the artifact  3 m of usually 6 m');
  expect(progressLine(progress, { ...plain, bars: true })).toMatch(/^████████░░░░░░░░ v2/);
});

it.each([
  ['in progress', { release: releaseOf(v2), queue: [request('v3', 1)] }, v2.id],
  ['next', { queue: [v2, request('v3', 1), request('v1', 9)] }, request('v3').id],
  ['last', { outcomes: [outcome(v2, 1), outcome(request('v1'), 1)] }, v2.id],
  ['none', {}, null],
])('takes the release that is %s', (_, state, id) => {
  expect(currentRelease(ledger(state))).toBe(id);
});

it('tells a result with what it is about', () => {
  const ended: Pick<Progress, 'result' | 'elapsedSeconds' | 'version' | 'deployedModel'> = {
    result: 'Live',
    elapsedSeconds: 61,
    version: '4',
    deployedModel: '1234567890',
  };
  expect(resultText(ended, plain)).toBe('Live after 1 m 1 s, version 4, deployed model 1234567890');
});
