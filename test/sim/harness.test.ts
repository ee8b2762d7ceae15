/** The simulation itself: its clock, its chance, its shrinker, and that it notices what it has to. */
import { readFileSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { Agenda } from '../../common/agenda.ts';
import type { Noticed, Trial } from './mutant-worker.ts';
import { INVARIANTS } from './invariants.ts';
import { MUTATIONS } from './mutations.ts';
import { Chance } from '../support/random.ts';
import { HANDLERS, runSeed, type Run } from './run.ts';
import { shrink } from './shrink.ts';

describe('the agenda', () => {
  it('lets things happen in their order, and at one instant in the order they were planned', () => {
    const agenda = new Agenda(100);
    const happened: string[] = [];
    for (const [at, what] of [
      [300, 'c'],
      [200, 'a'],
      [200, 'b'],
      [50, 'past'],
      [300, 'd'],
    ] as const) {
      agenda.at(at, () => happened.push(`${what} ${agenda.now}`));
    }
    while (agenda.step());
    expect(happened).toEqual(['past 100', 'a 200', 'b 200', 'c 300', 'd 300']);
  });
});

describe('chance', () => {
  it('of one place does not depend on what other places ask', () => {
    const alone = new Chance(7);
    const together = new Chance(7);
    together.next('b');
    expect([alone.next('a'), alone.next('a')]).toEqual([together.next('a'), together.next('a')]);
  });

  it('is spread evenly', () => {
    const chance = new Chance(3);
    const tenths = Array.from({ length: 10 }, () => 0);
    for (let n = 0; n < 10_000; n += 1) {
      const tenth = Math.floor(chance.next('a') * 10);
      tenths[tenth] = (tenths[tenth] ?? 0) + 1;
    }
    expect(Math.min(...tenths)).toBeGreaterThan(850);
    expect(Math.max(...tenths)).toBeLessThan(1150);
  });
});

describe('an invariant', () => {
  it('is told in docs/reliability.md as it is here', () => {
    const rows = readFileSync('docs/reliability.md', 'utf8').matchAll(/^\| ([SLBX]\d+) +\| (.*?) +\|$/gm);
    expect(Object.fromEntries([...rows].map(([, code, text]) => [code, text]))).toEqual(INVARIANTS);
  });
});

/** Acknowledges every tick and does nothing. */
const IDLE = { ...HANDLERS, ticks: () => Promise.resolve() };

describe('the shrinker', () => {
  it('leaves of a failing run what makes it fail', async () => {
    const run = await failing();
    const small = await shrink(run, 'L1', IDLE, 20_000);
    expect(run.faults.length).toBeGreaterThan(3);
    expect(small.faults).toEqual([]);
    expect(small.scenario.inputs).toHaveLength(1);
  });
});

async function failing(): Promise<Run> {
  for (let seed = 1; ; seed += 1) {
    const run = await runSeed('general', seed, IDLE);
    if (run.violation?.invariant === 'L1' && run.faults.length > 3) return run;
  }
}

describe('a mutation of the design', () => {
  it('is one of at least seventeen', () => {
    expect(new Set(MUTATIONS.map(({ name }) => name)).size).toBeGreaterThanOrEqual(17);
  });

  it('finds what it edits', () => {
    const lost = MUTATIONS.flatMap(({ name, edits }) =>
      edits
        .filter(({ file, find }) => readFileSync(file, 'utf8').split(find).length !== 2)
        .map(({ file }) => `${name} in ${file}`),
    );
    expect(lost).toEqual([]);
  });

  // Those that show within a few seeds; `npm run sim:mutants` has them all.
  it.each([
    ['acknowledge when the lease is busy', 'S8'],
    ['passing failure taken for final', 'L1'],
    ['model taken for ready when it shows', 'S1'],
    ['split with the deployment', 'S5'],
  ])(
    'is noticed: %s',
    async (mutation, invariant) => {
      expect(await noticed({ mutation, profile: 'live', seeds: 200 })).toMatchObject({ killedBy: invariant });
    },
    60_000,
  );

  it.each(MUTATIONS.filter(({ tape, equivalent }) => tape !== undefined && equivalent === undefined))(
    'is noticed by its tape: $name',
    async ({ name, profile }) => {
      const { killedBy } = await noticed({ mutation: name, profile, seeds: 1 });
      expect(killedBy).not.toBeNull();
    },
    60_000,
  );
});

function noticed(trial: Trial): Promise<Noticed> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('mutant-worker.ts', import.meta.url), { workerData: trial });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
