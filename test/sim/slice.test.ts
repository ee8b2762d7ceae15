/** A slice of the simulation for every run of the tests; `npm run sim` runs as much of it as is wanted. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { runBatch } from './batch.ts';
import { HANDLERS, PROFILES, runSeed, runTape, type Profile, type Tape } from './run.ts';
import { SINGLES, singleFaults } from './single.ts';

const SEEDS = 300;

describe('the shipped handlers hold every invariant', () => {
  it.each<Profile>(['live', 'zombie', 'general', 'rollout'])(
    `in ${SEEDS} seeds of the profile %s`,
    async (profile) => {
      const batch = await runBatch({ profile, from: 1, seeds: SEEDS });
      expect(
        batch.found.map(({ seed, invariant, text }) => `${profile} ${seed}: ${invariant} ${text}`),
      ).toEqual([]);
      // A run in which nothing went wrong, or nothing was released, would prove nothing.
      expect(batch.runs).toBe(SEEDS);
      expect(batch.faults).toBeGreaterThan(SEEDS);
      expect(batch.releases).toBeGreaterThan(SEEDS);
    },
  );

  // While people act behind their back, with what lasts, with slow calls, and beside batches.
  it.each<[Profile, number]>([
    ['drift', 100],
    ['lasting', 40],
    ['slow', 60],
    ['batch', 150],
  ])('in seeds of the profile %s', async (profile, seeds) => {
    const batch = await runBatch({ profile, from: 1, seeds });
    expect(batch.found.map(({ seed, text }) => `${profile} ${seed}: ${text}`)).toEqual([]);
    expect(batch.runs).toBe(seeds);
  });

  it('under every single fault of a first release', async () => {
    const tapes = await singleFaults(SINGLES['first release']);
    expect(tapes.length).toBeGreaterThan(500);
    const failed: string[] = [];
    for (const tape of tapes) {
      const { violation } = await runTape(tape);
      if (violation !== null) failed.push(`${JSON.stringify(tape.faults)}: ${violation.text}`);
    }
    expect(failed).toEqual([]);
  });
});

describe('what was found once', () => {
  const tapes = readdirSync(new URL('tapes/', import.meta.url)).filter((name) => name.endsWith('.json'));

  it.each(tapes)('%s', async (name) => {
    const text = readFileSync(new URL(`tapes/${name}`, import.meta.url), 'utf8');
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion
    const run = await runTape(JSON.parse(text) as Tape);
    expect(run.violation).toBeNull();
  });
});

describe('a seed', () => {
  it('is the same run each time, to the byte', async () => {
    const profiles = Object.keys(PROFILES) as Profile[];
    // Bursts and years take seconds each: sim:ci plays one of them twice.
    for (const profile of profiles.filter((name) => name !== 'burst' && name !== 'year')) {
      for (let seed = 1; seed <= 10; seed += 1) {
        const [first, second] = [await logOf(profile, seed), await logOf(profile, seed)];
        expect(first.length).toBeGreaterThan(10);
        expect(digest(second)).toBe(digest(first));
      }
    }
  });

  it('is the same run as the tape that it leaves', async () => {
    for (let seed = 1; seed <= 10; seed += 1) {
      const drawn = await runSeed('general', seed, HANDLERS, true);
      const played = await runTape({ seed, scenario: drawn.scenario, faults: drawn.faults }, HANDLERS, true);
      expect(digest(played.lines ?? [])).toBe(digest(drawn.lines ?? []));
    }
  });
});

async function logOf(profile: Profile, seed: number): Promise<readonly string[]> {
  return (await runSeed(profile, seed, HANDLERS, true)).lines ?? [];
}

function digest(lines: readonly string[]): string {
  return createHash('sha256').update(lines.join('\n')).digest('hex');
}
