/** One model at a time: releases that undeploy what serves, beside people who abort, roll back, hold and park. */
import type { Chance } from '../support/random.ts';
import { drawPark } from './draw-park.ts';
import type { Scenario } from './scenario.ts';

const MINUTE = 60_000;

export function drawRecreate(base: Scenario, chance: Chance): Scenario {
  const { rollout } = base;
  const bakeMs = chance.pick('recreate bakes', [0, 0, 30_000, 5 * MINUTE]);
  const gates = rollout?.gates.filter((gate) => gate !== 'comparison') ?? [];
  const scenario: Scenario = {
    ...base,
    recreate: true,
    ...(rollout && { rollout: { ...rollout, steps: [{ traffic: 100, bakeMs }], standbyMs: 0, gates } }),
  };
  return chance.chance('parks too', 0.25) ? drawPark(scenario, chance) : scenario;
}
