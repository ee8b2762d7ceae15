/** What a release costs when nothing goes wrong: operations of 1, 10 and 2 minutes. */
import { describe, expect, it } from 'vitest';
import { runTape, type Run } from './run.ts';
import { PLAIN, type Input } from './scenario.ts';

const MINUTE = 60_000;
const OPERATIONS_SECONDS = 660;

describe('a release without faults', () => {
  it('makes one upload, one deployment and one traffic update', async () => {
    const run = await release([land('v1', 1_000)]);
    expect(run.violation).toBeNull();
    expect(countsOf(run)).toEqual({ upload: 1, deploy: 1, updateEndpoint: 1, undeploy: 0, deleteVersion: 0 });
    expect(run.callCount).toBeLessThanOrEqual(60);
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
    expect(both.callCount - first.callCount).toBeLessThanOrEqual(60);
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
