/**
 * `npm run sim:ci`: the fixed part of the simulation for every change. 2,000 seeds of each drawn profile, every
 * single fault of every scenario of single.ts, and 100 seeds twice, which must be the same to the byte.
 */
import { allSingles, runEverywhere, type Batch, type Order } from './batch.ts';
import { HANDLERS, PROFILES, runSeed, type Profile } from './run.ts';

const SEEDS = 2_000;
const TWICE = 100;
/** What the engine does not hold yet. */
const EXPECTED_TO_FAIL: ReadonlySet<Profile> = new Set(['lasting', 'burst', 'year', 'slow']);

let failed = false;
for (const profile of (Object.keys(PROFILES) as Profile[]).filter((name) => !EXPECTED_TO_FAIL.has(name))) {
  await check({ profile, from: 1, seeds: SEEDS });
}
await check({ profile: 'single', from: 1, seeds: (await allSingles()).length });
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
  let different = 0;
  for (let seed = 1; seed <= TWICE; seed += 1) {
    const [first, second] = [await logOf(seed), await logOf(seed)];
    if (first !== second) different += 1;
  }
  for (const profile of ['burst', 'year'] as const)
    if ((await logOf(1, profile)) !== (await logOf(1, profile))) different += 1;
  console.log(`twice    ${TWICE + 2} seeds, ${different} different`);
  if (different > 0) failed = true;
}

async function logOf(seed: number, profile: Profile = 'general'): Promise<string> {
  return (await runSeed(profile, seed, HANDLERS, true)).lines?.join('\n') ?? '';
}
