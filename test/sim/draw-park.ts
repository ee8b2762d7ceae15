/** People who park a service and wake it, beside everything else. */
import type { Chance } from '../support/random.ts';
import type { Input, Scenario } from './scenario.ts';

const SECOND = 1_000;
const MINUTE = 60_000;

export function drawPark(base: Scenario, chance: Chance): Scenario {
  const acts: Input[] = [];
  const count = chance.pick('parks', [1, 1, 2, 3]);
  let at = chance.whole('park at', MINUTE, 90 * MINUTE);
  for (let n = 0; n < count; n += 1) {
    acts.push({ at, do: 'command', action: 'park' });
    const until = at + chance.pick('parked for', [SECOND, 20 * SECOND, 2 * MINUTE, 10 * MINUTE, 60 * MINUTE]);
    const wakes = chance.pick('then', ['wake', 'wake', 'land', 'nothing'] as const);
    if (wakes === 'wake') acts.push({ at: until, do: 'command', action: 'wake' });
    if (wakes === 'land') acts.push({ at: until, do: 'land', folder: `p${n}`, flaw: null });
    at = until + chance.pick('then parked', [SECOND, MINUTE, 15 * MINUTE, 60 * MINUTE]);
  }
  return {
    ...base,
    inputs: [...base.inputs, ...acts].toSorted((a, b) => a.at - b.at),
    artifactsWait: chance.chance('artifacts wait', 0.3),
  };
}
