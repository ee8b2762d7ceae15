import { describe, expect, it } from 'vitest';
import { runRelease, runSteering } from '../../../cli/commands.ts';
import { progressOf } from '../../../cli/ledger-view/progress.ts';
import type { Session } from '../../../cli/session.ts';
import { isRolledBack, steer, type Steering } from '../../../cli/commands/steer.ts';
import { releaseId } from '../../../functions/release/ids.ts';
import type { Ledger } from '../../../functions/release/ledger/ledger.ts';
import { withAbort, withRollback } from '../../../functions/release/requests/operator.ts';
import { causeOf } from '../../../functions/release/publish/outcome.ts';
import type { World } from '../../../functions/world.ts';
import {
  artifactsOf,
  atRest,
  churn,
  config,
  fastClock,
  ledger,
  ledgersReading,
  NOW,
  outcome,
  recorder,
  releaseOf,
  request,
  stored,
  withStandby,
  noUploads,
} from '../fixtures.ts';

const { ledger: rest } = withStandby('v2', 'v1');
const v3 = request('v3', 20, { version: '3' });
const inProgress: Ledger = { ...rest, release: releaseOf(v3, { startedAt: 0, deployed: true, step: 0 }) };

/** Each reading of the ledger is one further; what is published is kept. */
function session(...looks: readonly (Ledger | null)[]) {
  const published: unknown[] = [];
  const world = {
    clock: fastClock(),
    ledgers: ledgersReading(looks),
    bus: {
      publish: (topic: string, data: unknown, attributes: unknown) => {
        published.push([topic, data, attributes]);
        return Promise.resolve();
      },
    },
    artifacts: artifactsOf([stored('v3')]),
  };
  const opened: Session = {
    config,
    world: world as unknown as World,
    uploads: noUploads,
    env: {},
    versionDetails: () => Promise.resolve(null),
  };
  return { opened, published };
}

describe('what is asked', () => {
  it('is a rollback to the standby, under the id that the functions will give it', async () => {
    const { opened, published } = session(rest);
    const asked = await steer(opened, churn, 'rollback', { reason: 'incident 7', requestId: 'mine' });
    expect(published).toEqual([
      [
        'requests',
        { schema: 1, service: 'churn', action: 'rollback', requestId: 'mine', reason: 'incident 7' },
        { service: 'churn' },
      ],
    ]);
    expect(asked).toMatchObject({
      release: releaseId('churn', 'models', 'churn/v1/model.onnx', '11', 'mine'),
      name: 'v1',
      from: rest.live?.request.id,
      isDeployed: true,
    });
    const taken = withRollback(rest, { id: 'mine', at: NOW, reason: '' }, NOW);
    expect(taken.queue.map(({ id }) => id)).toEqual([asked.release]);
  });

  it.each<[Steering, string, string | null]>([
    ['rollback', 'abort requested for v3 of churn; the live model keeps serving', v3.id],
    ['abort', 'abort requested for v3 of churn; the live model keeps serving', v3.id],
    ['promote', 'promotion requested: v3 of churn receives all the traffic', null],
  ])('is %s of what is in progress', async (action, text, from) => {
    const { opened, published } = session(inProgress);
    const screen = recorder();
    expect(await runSteering({ session: opened, screen, form: 'text' }, 'churn', action)).toBe(0);
    expect(screen.lines[0]).toBe(text);
    expect(screen.lines[1]).toMatch(new RegExp(`^release ${v3.id}, request cli-[0-9a-f]{8}$`));
    expect(published).toMatchObject([['requests', { service: 'churn', action }, { service: 'churn' }]]);
    const json = recorder();
    await runSteering({ session: opened, screen: json, form: 'json' }, 'churn', action);
    expect(json.values).toMatchObject([{ service: 'churn', action, reason: null, release: v3.id, from }]);
  });

  it('says that what is gone has to be deployed again', async () => {
    const { opened } = session({
      ...rest,
      ...(rest.previous && { previous: { ...rest.previous, retired: true } }),
    });
    const screen = recorder();
    await runSteering({ session: opened, screen, form: 'text' }, 'churn', 'rollback');
    expect(screen.lines[0]).toBe(
      `rollback requested from ${rest.live?.request.id} to v1 of churn, which must be deployed again`,
    );
  });

  const repair = rest.live && { ...rest, release: releaseOf(rest.live.request) };
  it.each<[Steering, string, Ledger | null]>([
    ['rollback', 'ROLLBACK_IMPOSSIBLE', null],
    ['rollback', 'ROLLBACK_IMPOSSIBLE', atRest('v1').ledger],
    ['abort', 'NOTHING_UNDER_WAY', null],
    ['abort', 'NOTHING_UNDER_WAY', repair],
    ['promote', 'NOTHING_UNDER_WAY', rest],
  ])('is nothing where %s would be refused with %s', async (action, code, held) => {
    const { opened, published } = session(held);
    const asked = steer(opened, churn, action, { reason: undefined, requestId: 'mine' });
    await expect(asked).rejects.toMatchObject({ code });
    expect(published).toEqual([]);
  });

  it('is a release that may break the contract, and says so only then', async () => {
    const { opened, published } = session(rest);
    const run = { session: opened, screen: recorder(), form: 'json' } as const;
    await runRelease(run, 'churn', { overrideContract: true, requestId: 'a' });
    await runRelease(run, 'churn', { requestId: 'b' });
    expect(published[0]).toMatchObject(['requests', { overrideContract: true }, {}]);
    expect(JSON.stringify(published[1])).not.toContain('overrideContract');
    expect(run.screen.values).toMatchObject([{ overrideContract: true }, { overrideContract: false }]);
  });
});

describe('rollback --watch', () => {
  const watched = async (...looks: (Ledger | null)[]) => {
    const screen = recorder();
    const { opened } = session(...looks);
    const exitCode = await runSteering({ session: opened, screen, form: 'text' }, 'churn', 'rollback', {
      watch: true,
    });
    return { exitCode, last: screen.lines.at(-1) };
  };
  const ended = (result: 'Live' | 'RolledBack' | 'Failed', code: 'ABORTED' | 'GATE_METRICS') =>
    ledger({ outcomes: [outcome(v3, 1, { result, cause: causeOf(code, 'why') })] });

  it('is as asked when what was in progress has been given up', async () => {
    const going = withAbort(inProgress, { id: 'a', at: NOW, reason: '' }, NOW);
    expect(await watched(inProgress, going, ended('RolledBack', 'ABORTED'))).toEqual({
      exitCode: 0,
      last: '  why',
    });
    expect(await watched(inProgress, ended('Failed', 'ABORTED'))).toMatchObject({ exitCode: 0 });
  });

  it('is not when it ended otherwise', async () => {
    expect(await watched(inProgress, ended('Live', 'ABORTED'))).toMatchObject({ exitCode: 1 });
    expect(await watched(inProgress, ended('RolledBack', 'GATE_METRICS'))).toMatchObject({ exitCode: 1 });
  });

  it('is as asked when the model before is live again, and only then', async () => {
    const { opened } = session(rest);
    const asked = await steer(opened, churn, 'rollback', { reason: undefined, requestId: 'mine' });
    const end = (result: 'Live' | 'Failed') =>
      progressOf(
        churn,
        ledger({ outcomes: [outcome(request('v1', 5, { id: asked.release }), 1, { result })] }),
        asked.release,
        null,
        NOW,
      );
    expect(isRolledBack(asked, end('Live'))).toBe(true);
    expect(isRolledBack(asked, end('Failed'))).toBe(false);
  });

  it('fails where nobody takes it in', async () => {
    await expect(watched(rest)).rejects.toMatchObject({ exitCode: 3 });
  });
});
