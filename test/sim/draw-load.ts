/** Draws what is much: many artifacts within seconds, months of releases, and calls and files that take their time. */
import type { Chance } from '../support/random.ts';
import { wordsFor } from './refusals.ts';
import { FATAL_FLAWS, type Input, type Scenario, type Trouble } from './scenario.ts';

const MINUTE = 60_000;
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

export type Load = 'burst' | 'year' | 'slow';

export function drawLoad(load: Load, scenario: Scenario, chance: Chance): Scenario {
  const { rollout, ...plain } = scenario;
  const base: Scenario = chance.chance('plain', 0.5) || rollout === undefined ? plain : scenario;
  if (load === 'burst') return drawBurst(base, chance);
  return load === 'year' ? drawYear(base, chance) : drawSlow(scenario, chance);
}

/** Up to 200 artifacts within seconds, before, while or after a release; half the time nobody can be told of them. */
function drawBurst(base: Scenario, chance: Chance): Scenario {
  const count = chance.pick('burst', [20, 40, 40, 80, 200]);
  const from = chance.whole('burst at', 1_000, 40 * MINUTE);
  const gap = chance.pick('burst gap', [0, 5, 50, 300]);
  const burst = Array.from({ length: count }, (_, n) => landing(`b${n + 1}`, from + n * gap, chance));
  const refused = chance.pick('events refused', [0, 0, 20 * MINUTE, 2 * HOUR, 4 * HOUR]);
  const words = chance.pick('words', wordsFor('bus.events'));
  const trouble: Trouble = { is: 'refused', of: 'bus.events', ...words, from: 0, ms: from + refused };
  return {
    ...base,
    inputs: [...base.inputs, ...burst].toSorted((a, b) => a.at - b.at),
    sweep: 15 * MINUTE,
    deadlineMs: chance.pick('deadline', [2 * HOUR, 3 * HOUR]),
    lasting: refused === 0 ? [] : [trouble],
    restMs: 3 * HOUR,
    deliveries: 50,
    longestMs: 120 * HOUR,
  };
}

/** An artifact every few hours or days, now and then a rollback, once all of them written again. */
function drawYear(base: Scenario, chance: Chance): Scenario {
  const count = chance.whole('year', 30, 100);
  const inputs: Input[] = [];
  let at = 1_000;
  for (let n = 1; n <= count; n += 1) {
    inputs.push(landing(`y${n}`, at, chance));
    const next =
      at +
      Math.round(chance.pick('gap', [20 * MINUTE, 3 * HOUR, DAY, 4 * DAY]) * chance.between('gap', 0.5, 1.5));
    if (chance.chance('rollback', 0.12))
      inputs.push({ at: chance.whole('rollback at', at, next), do: 'command', action: 'rollback' });
    if (chance.chance('ask', 0.05))
      inputs.push({ at: chance.whole('ask at', at, next), do: 'ask', folder: `y${n}`, requestId: null });
    at = next;
  }
  if (chance.chance('rewrite', 0.5)) {
    const then = chance.whole('rewrite at', at / 2, at);
    const landed = inputs.filter((input) => input.do === 'land' && input.at < then);
    for (const input of landed)
      if (input.do === 'land')
        inputs.push({ at: then + chance.whole('rewrite', 0, 60_000), do: 'rewrite', folder: input.folder });
  }
  return {
    ...base,
    inputs: inputs.toSorted((a, b) => a.at - b.at),
    sweep: 6 * HOUR,
    healAt: at,
    deadlineMs: chance.pick('deadline', [2 * HOUR, 12 * HOUR]),
    lasting: [],
    restMs: 8 * HOUR,
    deliveries: 50,
    longestMs: at + 30 * DAY,
  };
}

/** Every file takes its time to be read. */
function drawSlow(base: Scenario, chance: Chance): Scenario {
  return { ...base, readingMs: chance.pick('reading', [0, 20_000, 150_000, 400_000, 30 * MINUTE]) };
}

function landing(folder: string, at: number, chance: Chance): Input {
  const isFlawed = chance.chance('flawed', 0.15);
  return { at, do: 'land', folder, flaw: isFlawed ? chance.pick('flaw', FATAL_FLAWS) : null };
}
