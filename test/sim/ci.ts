/**
 * `npm run sim:ci`: the fixed part of the simulation for every change of the engine, a minute and a half on two cores.
 * Some seeds of every drawn profile, by what one of them costs, a sixth of the single faults of every scenario of single.ts
 * (all of them: `npm run sim -- --profile single`), and a few seeds twice, which must be the same to the byte. `npm test`
 * plays a slice of it.
 */
import { allSingles, runEverywhere, type Batch, type Order } from './batch.ts';
import { HANDLERS, runSeed, type Profile } from './run.ts';

const SEEDS: Readonly<Record<Profile, number>> = {
  live: 600,
  zombie: 600,
  drift: 600,
  general: 1_000,
  rollout: 1_500,
  park: 600,
  hours: 600,
  recreate: 600,
  scale: 600,
  lasting: 400,
  slow: 500,
  batch: 800,
  burst: 6,
  year: 6,
};
const TWICE: Readonly<Partial<Record<Profile, number>>> = { general: 50, lasting: 10, burst: 1, year: 1 };

/** `npm test` plays the ones before. */
const FIRST = 301;

/** All of them take as long as everything else together. */
const SINGLES_EVERY = 6;

let failed = false;
for (const [profile, seeds] of Object.entries(SEEDS) as [Profile, number][])
  await check({ profile, from: FIRST, seeds });
await check({ profile: 'single', from: 1, seeds: (await allSingles()).length, every: SINGLES_EVERY });
await checkTwice();
process.exitCode = failed ? 1 : 0;

async function check(order: Order): Promise<void> {
  const started = performance.now();
  const batch = await runEverywhere(order);
  const seconds = Math.round((performance.now() - started) / 1000);
  console.log(
    `${order.profile.padEnd(8)} ${batch.runs} runs, ${batch.faults} faults, ${batch.violations} violations, ${seconds} s`,
  );
  tell(order, batch);
}

function tell({ profile }: Order, batch: Batch): void {
  if (batch.violations > 0) failed = true;
  for (const { seed, invariant, text } of batch.found) {
    console.log(`  ${invariant} ${text}`);
    console.log(`  npm run sim -- --profile ${profile} --from ${seed} --seeds 1`);
  }
}

async function checkTwice(): Promise<void> {
  let [runs, different] = [0, 0];
  for (const [profile, seeds] of Object.entries(TWICE) as [Profile, number][])
    for (let seed = 1; seed <= seeds; seed += 1) {
      runs += 1;
      const [first, second] = [await logOf(profile, seed), await logOf(profile, seed)];
      if (first !== second) different += 1;
    }
  console.log(`twice    ${runs} seeds, ${different} different`);
  if (different > 0) failed = true;
}

async function logOf(profile: Profile, seed: number): Promise<string> {
  return (await runSeed(profile, seed, HANDLERS, true)).lines?.join('\n') ?? '';
}
