/**
 * `npm run sim:mutants [-- --json] [--only NAME] [--seeds N]`: breaks the design on purpose, one defence at a time,
 * and checks that the simulation notices each. Exit 1 if one survives that should not.
 */
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { Worker } from 'node:worker_threads';
import type { Noticed, Trial } from './mutant-worker.ts';
import { MUTATIONS } from './mutations.ts';
import type { Mutation } from './mutations/mutation.ts';

interface Verdict {
  readonly name: string;
  readonly killedBy: string | null;
  readonly seeds: number;
  readonly text: string | null;
  readonly equivalent?: string;
}

const { values } = parseArgs({
  options: {
    json: { type: 'boolean', default: false },
    only: { type: 'string' },
    seeds: { type: 'string', default: '20000' },
    workers: { type: 'string' },
  },
});

const waiting = MUTATIONS.filter(({ name }) => values.only === undefined || name.includes(values.only));
const verdicts: Verdict[] = [];
const threads = Number(values.workers ?? availableParallelism());
await Promise.all(Array.from({ length: threads }, takeTurns));

const mutants = MUTATIONS.flatMap(({ name }) => verdicts.filter((verdict) => verdict.name === name));
const survivors = mutants.filter(({ killedBy, equivalent }) => killedBy === null && equivalent === undefined);
if (values.json) console.log(JSON.stringify({ mutants, survivors: survivors.map(({ name }) => name) }));
else console.log(`${mutants.length} mutants, ${survivors.length} survivors`);
process.exitCode = survivors.length === 0 ? 0 : 1;

async function takeTurns(): Promise<void> {
  for (let mutation = waiting.shift(); mutation !== undefined; mutation = waiting.shift()) {
    const verdict = await judge(mutation);
    verdicts.push(verdict);
    if (!values.json) console.log(describe(verdict));
  }
}

function judge({ name, profile, equivalent }: Mutation): Promise<Verdict> {
  const trial: Trial = { mutation: name, profile, seeds: Number(values.seeds) };
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('mutant-worker.ts', import.meta.url), { workerData: trial });
    worker.once('error', (cause) => reject(new Error(`mutation "${name}"`, { cause })));
    worker.once('message', ({ runs, killedBy, text }: Noticed) =>
      resolve({ name, killedBy, seeds: runs, text, ...(equivalent !== undefined && { equivalent }) }),
    );
  });
}

function describe({ name, killedBy, seeds, text, equivalent }: Verdict): string {
  const end = killedBy === null ? (equivalent === undefined ? 'SURVIVES' : 'equivalent') : killedBy;
  return `${end.padEnd(10)} ${String(seeds).padStart(6)} seeds  ${name}${text === null ? '' : `: ${text.slice(0, 100)}`}`;
}
