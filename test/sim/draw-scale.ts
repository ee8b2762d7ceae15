/** Replicas that change in slipway.yaml, and by hand, while releases and rollbacks go on. */
import type { Chance } from '../support/random.ts';
import type { Input, Scenario, ScaleChange } from './scenario.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

export function drawScale(base: Scenario, chance: Chance): Scenario {
  const scales: ScaleChange[] = [];
  let at = 0;
  for (let n = chance.whole('scales', 1, 4); n > 0; n -= 1) {
    const minReplicas = chance.whole('replicas', 1, 4);
    scales.push({ at, minReplicas, maxReplicas: minReplicas + chance.whole('more', 0, 4) });
    at += chance.pick('then scaled', [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 80 * MINUTE]);
  }
  const acts: Input[] = [];
  for (let n = chance.pick('by hand', [0, 0, 1, 2]); n > 0; n -= 1)
    acts.push({ at: chance.whole('by hand', MINUTE, 120 * MINUTE), do: 'rescale', minReplicas: n });
  const rollout = chance.chance('standby', 0.6) && base.rollout;
  if (rollout && chance.chance('goes back', 0.7))
    acts.push({
      at: chance.whole('goes back', 40 * MINUTE, 200 * MINUTE),
      do: 'command',
      action: 'rollback',
    });
  return {
    ...base,
    inputs: [...base.inputs, ...acts].toSorted((a, b) => a.at - b.at),
    durations: { ...base.durations, mutate: chance.whole('mutate', 10 * SECOND, 8 * MINUTE) },
    scales,
    ...(rollout && { standbyReplicas: 1, rollout: { ...rollout, standbyMs: 120 * MINUTE } }),
  };
}
