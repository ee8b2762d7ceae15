/**
 * Makes a failing run small: fewer faults (delta debugging), fewer inputs, Vertex AI as usual, shorter delays. A
 * smaller run counts only if it breaks the same invariant.
 */
import type { Struck } from './faults.ts';
import { runTape, type Tape } from './run.ts';
import type { Handlers } from './pubsub.ts';
import { USUAL, type Scenario, type Switches } from './scenario.ts';
import type { Invariant } from './invariants.ts';

export async function shrink(
  tape: Tape,
  invariant: Invariant,
  handlers: Handlers,
  budgetMs: number,
): Promise<Tape> {
  const deadline = performance.now() + budgetMs;
  const stillFails = async (candidate: Tape): Promise<boolean> => {
    if (performance.now() > deadline) return false;
    return (await runTape(candidate, handlers)).violation?.invariant === invariant;
  };
  let best = tape;
  for (;;) {
    const before = size(best);
    best = await withFewerFaults(best, stillFails);
    best = await simpler(best, stillFails);
    if (size(best) >= before) return best;
  }
}

function size(tape: Tape): number {
  return JSON.stringify(tape).length;
}

type Check = (candidate: Tape) => Promise<boolean>;

async function withFewerFaults(tape: Tape, stillFails: Check): Promise<Tape> {
  let faults = tape.faults;
  for (let chunk = Math.ceil(faults.length / 2); chunk >= 1; chunk = chunk === 1 ? 0 : Math.ceil(chunk / 2)) {
    for (let from = 0; from < faults.length;) {
      const fewer = faults.toSpliced(from, chunk);
      if (await stillFails({ ...tape, faults: fewer })) faults = fewer;
      else from += chunk;
    }
  }
  return { ...tape, faults };
}

async function simpler(tape: Tape, stillFails: Check): Promise<Tape> {
  let best = tape;
  const accept = async (candidate: Tape): Promise<void> => {
    if (await stillFails(candidate)) best = candidate;
  };
  for (let i = best.scenario.inputs.length - 1; i >= 0; i -= 1) {
    await accept(withScenario(best, { inputs: best.scenario.inputs.toSpliced(i, 1) }));
  }
  for (const key of Object.keys(USUAL) as (keyof Switches)[]) {
    if (best.scenario.switches[key] === USUAL[key]) continue;
    await accept(withScenario(best, { switches: { ...best.scenario.switches, [key]: USUAL[key] } }));
  }
  const plainer: Partial<Scenario>[] = [
    { foreign: false },
    { exact: true },
    { outages: [] },
    { endpoint: 'there' },
    { keepVersions: 5 },
    { healAt: 0 },
  ];
  for (const change of plainer) {
    if (Object.entries(change).some(([key, value]) => best.scenario[key as keyof Scenario] !== value)) {
      await accept(withScenario(best, change));
    }
  }
  for (let i = 0; i < best.faults.length; i += 1) {
    const struck = best.faults[i];
    if (struck === undefined || !('ms' in struck.fault)) continue;
    for (const ms of [1_000, 60_000, 600_000]) {
      const shorter: Struck = { ...struck, fault: { ...struck.fault, ms } };
      if (ms < struck.fault.ms && (await stillFails({ ...best, faults: best.faults.with(i, shorter) }))) {
        best = { ...best, faults: best.faults.with(i, shorter) };
        break;
      }
    }
  }
  return best;
}

function withScenario(tape: Tape, change: Partial<Scenario>): Tape {
  return { ...tape, scenario: { ...tape.scenario, ...change } };
}
