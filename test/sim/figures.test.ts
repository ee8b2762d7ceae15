/** What a release costs when nothing goes wrong: operations of 1, 10 and 2 minutes. */
import { describe, expect, it } from 'vitest';
import { runTape, type Run } from './run.ts';
import { PLAIN, type Input, type RolloutScenario } from './scenario.ts';

const MINUTE = 60_000;
const OPERATIONS_SECONDS = 660;

describe('a release without faults', () => {
  it('makes one upload, one deployment and one traffic update', async () => {
    const run = await release([land('v1', 1_000)]);
    expect(run.violation).toBeNull();
    expect(countsOf(run)).toEqual({ upload: 1, deploy: 1, updateEndpoint: 1, undeploy: 0, deleteVersion: 0 });
    expect(run.callCount).toBeLessThanOrEqual(72);
  });

  it('undeploys each old model once, and has two deployed at most', async () => {
    const first = await release([land('v1', 1_000)]);
    const both = await release([land('v1', 1_000), land('v2', 40 * MINUTE)]);
    expect(both.violation).toBeNull();
    expect(countsOf(both)).toEqual({
      upload: 2,
      deploy: 2,
      updateEndpoint: 2,
      undeploy: 1,
      deleteVersion: 0,
    });
    expect(both.callCount - first.callCount).toBeLessThanOrEqual(72);
    expect(both.mostDeployed).toBe(2);
  });

  it('is live within a twentieth of what the operations take', async () => {
    const run = await release([land('v1', 1_000), land('v2', 40 * MINUTE)]);
    const landed = secondsOf(run, 'input ');
    const live = secondsOf(run, 'bus.events');
    expect(live).toHaveLength(2);
    for (const [i, at] of live.entries()) {
      expect((at - (landed[i] ?? NaN)) / OPERATIONS_SECONDS).toBeLessThanOrEqual(1.05);
    }
  });
});

describe('a rollback from standby', () => {
  it('makes one traffic update until it is live, and nothing else', async () => {
    const inputs: Input[] = [
      land('v1', 1_000),
      land('v2', 40 * MINUTE),
      { at: 60 * MINUTE, do: 'command', action: 'rollback' },
    ];
    const rollout = { ...PLAIN_ROLLOUT, standbyMs: 60 * MINUTE };
    const run = await runTape(
      { seed: 1, scenario: { ...PLAIN, inputs, rollout }, faults: [] },
      undefined,
      true,
    );
    expect(run.violation).toBeNull();
    expect(run.mostDeployed).toBe(2);
    const lines = run.lines ?? [];
    const asked = lines.findIndex((line) => line.includes('"rollback"'));
    const told = lines.findIndex((line, i) => i > asked && line.includes('bus.events'));
    const changes = lines.slice(asked, told).filter((line) => MUTATION.test(line));
    expect(changes).toHaveLength(1);
    expect(changes[0]).toContain('vertex.updateEndpoint');
    expect(Number.parseFloat(lines[told] ?? '') - 3600).toBeLessThan(5);
  });
});

describe('a canary', () => {
  it('that passes costs one traffic update a step', async () => {
    const inputs = [land('v1', 1_000), land('v2', 40 * MINUTE)];
    const steps = [
      { traffic: 5, bakeMs: 5 * MINUTE },
      { traffic: 50, bakeMs: 5 * MINUTE },
      { traffic: 100, bakeMs: 0 },
    ];
    const rollout = { ...PLAIN_ROLLOUT, steps, gates: ['golden', 'comparison', 'metrics'] as const };
    const run = await runTape({ seed: 1, scenario: { ...PLAIN, inputs, rollout }, faults: [] });
    expect(run.violation).toBeNull();
    expect(countsOf(run)).toEqual({ upload: 2, deploy: 2, updateEndpoint: 4, undeploy: 1, deleteVersion: 0 });
    expect(run.mostDeployed).toBe(2);
  });
});

const MUTATION =
  /vertex\.(upload|deploy|undeploy|updateEndpoint|moveAliases|deleteVersion|createEndpoint) ->/;

const PLAIN_ROLLOUT: RolloutScenario = {
  steps: [{ traffic: 100, bakeMs: 0 }],
  standbyMs: 0,
  gates: [],
  whenUnsure: 'fail',
  perMinute: 60,
};

function land(folder: string, at: number): Input {
  return { at, do: 'land', folder, flaw: null };
}

function release(inputs: readonly Input[]): Promise<Run> {
  return runTape({ seed: 1, scenario: { ...PLAIN, inputs }, faults: [] }, undefined, true);
}

function countsOf({ calls }: Run): Record<string, number> {
  const methods = ['upload', 'deploy', 'updateEndpoint', 'undeploy', 'deleteVersion'];
  return Object.fromEntries(methods.map((method) => [method, calls.get(`vertex.${method}`) ?? 0]));
}

function secondsOf({ lines }: Run, what: string): number[] {
  return (lines ?? []).filter((line) => line.includes(what)).map((line) => Number.parseFloat(line));
}
