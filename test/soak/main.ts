/**
 * `npm run soak -- --minutes M --seed S [--services N] [--rps R] [--json] [--log FILE]`: real processes, disturbed at random for so
 * many minutes, and what has to hold at the end. Exit code 1: something did not. Ctrl-C ends all that was started.
 */
import { createWriteStream } from 'node:fs';
import { parseArgs } from 'node:util';
import { FULL_PACE } from './crew.ts';
import { figuresOf, progressLine, table } from './figures.ts';
import { violationsOf, type Violation } from './invariants.ts';
import { Soak } from './soak.ts';

/** Violations that are shown with the events around them. */
const SHOWN = 10;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    services: { type: 'string', default: '3' },
    rps: { type: 'string', default: '30' },
    json: { type: 'boolean', default: false },
    /** Gets each line that the functions print, and each event of the soak. */
    log: { type: 'string' },
  },
});

const minutes = numberOf('minutes', values.minutes, 0.1, 1_440);
const seed = numberOf('seed', values.seed, 0, 2 ** 31);
const services = numberOf('services', values.services, 2, 12);
const perSecond = numberOf('rps', values.rps, 1, 1_000);

const say = (text: string) => (values.json ? process.stderr : process.stdout).write(`${text}\n`);
const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

process.exit(await main());

async function main(): Promise<number> {
  say(`soak: seed ${seed}, ${minutes} minutes, ${services} services, ${perSecond} predictions a second`);
  const log = values.log === undefined ? null : createWriteStream(values.log);
  const soak = await Soak.start({
    seed,
    forMs: minutes * 60_000,
    services,
    perSecond,
    pace: FULL_PACE,
    ...(log !== null && { onLine: (line: string) => log.write(`${line}\n`) }),
  });
  const progress = setInterval(() => say(progressLine(soak)), 60_000);
  try {
    const facts = await soak.run(interrupted.signal);
    const violations = violationsOf(facts);
    clearInterval(progress);
    const figures = figuresOf(soak, facts, violations);
    const left = await soak.close();
    const all = [...violations, ...left.map((text) => leftBehind(text))];
    for (const violation of all.slice(0, SHOWN)) show(soak, violation);
    if (all.length > SHOWN) say(`and ${all.length - SHOWN} more violations`);
    const result = { ...figures, violations: all.length };
    say(table(result));
    if (values.json)
      process.stdout.write(`${JSON.stringify({ ...result, violated: all.map(({ text }) => text) })}\n`);
    return all.length === 0 ? 0 : 1;
  } catch (error) {
    if (!interrupted.signal.aborted) throw error;
    say('soak: interrupted');
    return 130;
  } finally {
    clearInterval(progress);
    await soak.close();
  }
}

function leftBehind(text: string): Violation {
  return { invariant: 'no process is left behind', text, at: Date.now() };
}

function show({ world }: Soak, { invariant, text, at }: Violation): void {
  say(`\nVIOLATION of "${invariant}", seed ${world.seed}, minute ${world.journal.minute(at)}: ${text}`);
  for (const line of world.journal.around(at)) say(`    ${line}`);
}

/** Ends the process with a sentence if it is none. */
function numberOf(name: string, text: string, least: number, most: number): number {
  const number = Number(text);
  if (Number.isFinite(number) && number >= least && number <= most) return number;
  process.stderr.write(`soak: --${name}: expected a number from ${least} to ${most}, got "${text}"\n`);
  return process.exit(2);
}
