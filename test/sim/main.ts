/**
 * `npm run sim -- --profile single|live|zombie|drift|general|rollout|park|hours|recreate|scale|lasting|burst|year|slow|batch [--seeds N] [--from S] [--workers W] [--json] [--save DIR]`
 * runs seeds and says what was found; exit 1 on any violation, each with its shrunk list of faults and the command
 * that replays it. `--tape FILE` replays a tape, `--trace` prints every event of the first run.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { allSingles, PROFILE_NAMES, runEverywhere, type Batch, type Found, type Order } from './batch.ts';
import { HANDLERS, runSeed, runTape, type Tape } from './run.ts';
import { shrink } from './shrink.ts';

const SHRINK_MS = 25_000;
/** A broken engine breaks in thousands of seeds: a few are shrunk. */
const SHRUNK_MAX = 3;

const { values } = parseArgs({
  options: {
    profile: { type: 'string', default: 'general' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string' },
    json: { type: 'boolean', default: false },
    save: { type: 'string' },
    tape: { type: 'string' },
    trace: { type: 'boolean', default: false },
  },
});

process.exitCode = values.tape === undefined ? await runProfile() : await replay(values.tape);

async function runProfile(): Promise<number> {
  const profile = PROFILE_NAMES.find((name) => name === values.profile);
  if (profile === undefined) {
    console.error(`expected --profile ${PROFILE_NAMES.join('|')}, got ${values.profile}`);
    return 2;
  }
  const all = profile === 'single' ? (await allSingles()).length : 1_000;
  const order: Order = { profile, from: Number(values.from), seeds: Number(values.seeds ?? all) };
  if (!Number.isInteger(order.from) || !Number.isInteger(order.seeds) || order.seeds < 1) {
    console.error('expected whole numbers for --seeds and --from');
    return 2;
  }
  if (values.trace) return trace(order);
  const started = performance.now();
  const batch = await runEverywhere(order, values.workers === undefined ? undefined : Number(values.workers));
  const seconds = (performance.now() - started) / 1000;
  const violations = [];
  for (const found of batch.found)
    violations.push(await describeFound(order, found, violations.length < SHRUNK_MAX));
  const figures = {
    profile,
    seeds: order.seeds,
    from: order.from,
    runs: batch.runs,
    faults: batch.faults,
    virtualHours: Math.round(batch.hours),
    callsPerRelease: {
      mean: round(batch.calls / Math.max(1, batch.releases)),
      max: round(batch.mostCallsPerRelease),
    },
    mostDeployedAtOnce: batch.mostDeployed,
    seconds: round(seconds),
    violations,
  };
  console.log(values.json ? JSON.stringify(figures) : describe(figures, batch));
  return batch.violations === 0 ? 0 : 1;
}

async function describeFound(order: Order, found: Found, small: boolean) {
  const tape = small ? await shrink(found.tape, found.invariant, HANDLERS, SHRINK_MS) : found.tape;
  const save = values.save;
  let replay = `npm run sim -- --profile ${order.profile} --from ${found.seed} --seeds 1 --trace`;
  if (small && save !== undefined) {
    mkdirSync(save, { recursive: true });
    const file = join(save, `${order.profile}-${found.seed}.json`);
    writeFileSync(file, `${JSON.stringify({ invariant: found.invariant, ...tape }, null, 2)}\n`);
    replay = `npm run sim -- --tape ${file} --trace`;
  }
  const { seed, invariant, text } = found;
  return { seed, invariant, text, shrunk: small, inputs: tape.scenario.inputs, faults: tape.faults, replay };
}

function describe(
  figures: { readonly violations: readonly Awaited<ReturnType<typeof describeFound>>[] } & Record<
    string,
    unknown
  >,
  batch: Batch,
): string {
  const { violations, ...rest } = figures;
  const lines = Object.entries(rest).map(([name, value]) => `${name.padEnd(20)} ${JSON.stringify(value)}`);
  lines.push(`${'violations'.padEnd(20)} ${batch.violations}`);
  for (const { seed, invariant, text, faults, inputs, replay } of violations.slice(0, SHRUNK_MAX)) {
    lines.push(
      '',
      `seed ${seed}: ${invariant} ${text}`,
      ...inputs.map((input) => `  ${JSON.stringify(input)}`),
    );
    lines.push(...faults.map(({ site, fault }) => `  ${site} ${JSON.stringify(fault)}`), `  ${replay}`);
  }
  return lines.join('\n');
}

async function trace(order: Order): Promise<number> {
  const tape = order.profile === 'single' ? (await allSingles())[order.from - 1] : undefined;
  const run =
    order.profile === 'single'
      ? tape === undefined
        ? null
        : await runTape(tape, HANDLERS, true)
      : await runSeed(order.profile, order.from, HANDLERS, true);
  console.log(run?.lines?.join('\n'));
  return run?.violation === null ? 0 : 1;
}

async function replay(file: string): Promise<number> {
  // A tape is written by this program; what it cannot play it says itself.
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const tape = JSON.parse(readFileSync(file, 'utf8')) as Tape;
  const run = await runTape(tape, HANDLERS, values.trace);
  if (run.lines !== null) console.log(run.lines.join('\n'));
  console.log(run.violation === null ? 'no violation' : `${run.violation.invariant} ${run.violation.text}`);
  return run.violation === null ? 0 : 1;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
