import { expect, it } from 'vitest';
import { Failure } from '../../../../cli/terminal/failure.ts';
import type { Session } from '../../../../cli/session.ts';
import { targetsOf, watch } from '../../../../cli/commands/watch/watch.ts';
import { CallError } from '../../../../functions/errors.ts';
import type { Ledger, Release } from '../../../../functions/release/ledger/ledger.ts';
import { causeOf, type Verdict } from '../../../../functions/release/publish/outcome.ts';
import type { World } from '../../../../functions/world.ts';
import {
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
  serviceOf,
  verdict,
  noUploads,
} from '../../fixtures.ts';

const v2 = request('v2', 0);
const deploying = { kind: 'deploy', subject: 's', name: 'o', since: NOW } as const;
const inProgress = ledger({ release: releaseOf({ ...v2, version: '2' }), pending: deploying });

type Theme = Ledger | null | CallError;

/** A world that is one look further at every reading of the ledger, and stays at the last. Sleeping takes no time. */
function session(looks: readonly Theme[], stages: readonly string[] = []): Session {
  let stage = 0;
  const world = {
    clock: fastClock(),
    ledgers: ledgersReading(looks),
    vertex: {
      getOperation: (name: string) => {
        const seen = { name, done: false, error: null, stage: stages[stage] ?? null };
        stage += 1;
        return Promise.resolve(seen);
      },
    },
  };
  return {
    config,
    world: world as unknown as World,
    uploads: noUploads,
    env: {},
    versionDetails: () => Promise.resolve(null),
  };
}

const targets = [{ service: churn, release: v2.id }];

it('tells each change once, and how it ended', async () => {
  const screen = recorder();
  const looks = [
    null,
    null,
    ledger({ queue: [v2] }),
    inProgress,
    // A read that met a write.
    null,
    inProgress,
    inProgress,
    ledger({ outcomes: [outcome(v2, 1)] }),
  ];
  const stages = ['PREPARING_MODEL', 'PREPARING_MODEL', 'STARTING_MODEL_SERVER'];
  expect(await watch(session(looks, stages), screen, targets, 'text')).toBe(0);
  expect(screen.lines).toEqual([
    `${v2.id}  waiting to be picked up`,
    'v2  waiting  1 s',
    'v2  deploying: PREPARING_MODEL  2 s',
    'v2  deploying: STARTING_MODEL_SERVER  4 s',
    `v2  Live after 1 m, version 1, deployed model ${outcome(v2, 1).deployedModel}`,
  ]);
});

it('draws on a terminal at every look, and leaves the end there in full', async () => {
  const screen = recorder(true);
  const looks = [inProgress, inProgress, ledger({ outcomes: [outcome(v2, 1)] })];
  await watch(session(looks), screen, targets, 'text');
  expect(screen.lines.map((line) => line.replace(/,.*/, ''))).toEqual([
    '~v2  deploying  0 s',
    '~v2  deploying  1 s',
    'v2  Live after 1 m',
  ]);
});

it('gives one value for each change as JSON', async () => {
  const screen = recorder();
  await watch(
    session([inProgress, inProgress, ledger({ outcomes: [outcome(v2, 1)] })]),
    screen,
    targets,
    'json',
  );
  expect(screen.lines).toEqual([]);
  expect(screen.values).toMatchObject([
    { release: v2.id, state: 'running', step: 'deploy' },
    { release: v2.id, state: 'ended', result: 'Live' },
  ]);
});

it('tells verdicts as they come, each once, and why it gave its traffic back', async () => {
  const at = (verdicts: Verdict[], more: Partial<Release> = {}) =>
    ledger({ release: releaseOf({ ...v2, version: '2' }, { deployed: true, verdicts, ...more }) });
  const golden = verdict('golden', 'pass', '32 rows');
  const unsure = verdict('metrics', 'hold', '12 of 50 requests');
  const failed = verdict('metrics', 'fail', '9 % errors');
  const goingBack = causeOf('GATE_METRICS', failed.reason);
  const end = outcome(v2, 1, { result: 'RolledBack', cause: goingBack, verdicts: [golden, failed] });
  const looks = [
    at([golden]),
    at([golden]),
    at([golden, unsure]),
    at([golden, { ...unsure, at: NOW }]),
    at([golden, failed], { goingBack }),
    ledger({ outcomes: [end] }),
  ];
  const screen = recorder();
  expect(await watch(session(looks), screen, targets, 'text')).toBe(1);
  expect(screen.lines).toEqual([
    '  golden passed in step 1: 32 rows',
    'v2  shifting the traffic  0 s',
    '  metrics is inconclusive in step 1: 12 of 50 requests',
    '  metrics failed in step 1: 9 % errors',
    'v2  moving the traffic back  4 s  because: 9 % errors',
    `v2  RolledBack after 1 m, version 1, deployed model ${end.deployedModel}`,
    `  ${goingBack.text} (GATE_METRICS)`,
    '  9 % errors',
  ]);
  const json = recorder();
  await watch(session(looks), json, targets, 'json');
  expect(json.values).toMatchObject([
    { state: 'running', verdicts: [{ gate: 'golden', step: 1 }] },
    { state: 'running', verdicts: [{ gate: 'golden' }, { gate: 'metrics', verdict: 'hold' }] },
    { state: 'running', step: 'goBack', cause: { code: 'GATE_METRICS' } },
    { state: 'ended', result: 'RolledBack', verdicts: [{ gate: 'golden' }, { gate: 'metrics' }] },
  ]);
  const terminal = recorder(true);
  await watch(session(looks.slice(3)), terminal, targets, 'text');
  expect(terminal.lines.slice(0, 3)).toEqual([
    '~  golden passed in step 1: 32 rows',
    '~  metrics is inconclusive in step 1: 12 of 50 requests',
    '~v2  shifting the traffic  0 s',
  ]);
});

it.each([
  ['Live', 0],
  ['Failed', 1],
  ['Refused', 1],
  ['Superseded', 1],
  ['RolledBack', 1],
] as const)('exits after %s with %i', async (result, exitCode) => {
  const cause = causeOf('DEPLOY_FAILED', 'why');
  const ended = ledger({ outcomes: [outcome(v2, 1, { result, cause })] });
  const screen = recorder();
  expect(await watch(session([ended]), screen, targets, 'text')).toBe(exitCode);
  expect(screen.lines.slice(1)).toEqual([`  ${cause.text} (${cause.code})`, '  why']);
});

it('does not take the live release for one that never was, and one that never comes for one that will', async () => {
  const { ledger: rest } = atRest('v1');
  const never = watch(session([rest]), recorder(), targets, 'text');
  await expect(never).rejects.toThrow(Failure);
  await expect(never).rejects.toMatchObject({ exitCode: 3, message: expect.stringContaining('1 m') });
});

it('outlasts what passes, and nothing else', async () => {
  const passing = new CallError('ledgers.read', 'UNAVAILABLE', 'no');
  const ended = ledger({ outcomes: [outcome(v2, 1)] });
  const four = [passing, passing, passing, passing];
  expect(await watch(session([...four, inProgress, ...four, ended]), recorder(), targets, 'text')).toBe(0);
  await expect(watch(session([passing]), recorder(), targets, 'text')).rejects.toBe(passing);
  const denied = new CallError('ledgers.read', 'PERMISSION_DENIED', 'no');
  await expect(watch(session([denied, ended]), recorder(), targets, 'text')).rejects.toBe(denied);
});

it('watches every service that has work, or the one named', async () => {
  const spam = serviceOf('spam');
  expect(await targetsOf(session([inProgress]), undefined)).toEqual([
    { service: churn, release: v2.id },
    { service: spam, release: v2.id },
  ]);
  const { ledger: rest } = atRest('v1');
  expect(await targetsOf(session([rest]), undefined)).toEqual([]);
  expect(await targetsOf(session([rest]), churn)).toEqual([
    { service: churn, release: rest.live?.request.id },
  ]);
});
