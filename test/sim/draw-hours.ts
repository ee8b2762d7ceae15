/** Hours of a service, every day in UTC, beside everything else, and beside people who park and wake it. */
import type { Chance } from '../support/random.ts';
import { drawPark } from './draw-park.ts';
import type { OpeningScenario, Scenario } from './scenario.ts';

const HOUR = 3_600_000;
const DAY_MINUTES = 1440;

export function drawHours(base: Scenario, chance: Chance): Scenario {
  const openings: OpeningScenario[] = [];
  const count = chance.pick('openings', [1, 2, 3]);
  let minute = chance.whole('opens at', 1, 180);
  for (let n = 0; n < count; n += 1) {
    const to = minute + chance.pick('open for', [40, 60, 120, 240]);
    openings.push({ from: minute, to });
    minute = to + chance.pick('closed for', [40, 60, 180]);
  }
  if (minute > DAY_MINUTES) throw new Error('the openings of a day are longer than a day');
  const scenario = chance.chance('people park', 0.5)
    ? drawPark(base, chance)
    : { ...base, artifactsWait: chance.chance('artifacts wait', 0.3) };
  return { ...scenario, openings, openUntil: chance.pick('hours for', [4, 8, 14, 26]) * HOUR };
}
