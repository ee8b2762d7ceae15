/** A thread of mutants.ts: loads the engine with one mutation and runs seeds until something is noticed. */
import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parentPort, workerData } from 'node:worker_threads';
import { MUTATIONS } from './mutations.ts';
import type { Edit } from './mutations/mutation.ts';
import type { Profile, Tape } from './run.ts';
import type { Invariant } from './invariants.ts';

export interface Trial {
  readonly mutation: string;
  readonly profile: Profile;
  readonly seeds: number;
}

/** What a trial has found. */
export interface Noticed {
  readonly runs: number;
  readonly killedBy: Invariant | null;
  readonly text: string | null;
}

// Given by mutants.ts, which is typed.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
const trial = workerData as Trial;
const mutation = MUTATIONS.find(({ name }) => name === trial.mutation);
if (mutation === undefined) throw new Error(`no mutation is named ${trial.mutation}`);

const root = new URL('../../', import.meta.url);
const sources = new Map<string, string>();
for (const { file, find, put } of mutation.edits) {
  const url = new URL(file, root).href;
  const source = sources.get(url) ?? readFileSync(fileURLToPath(url), 'utf8');
  sources.set(url, replaceOnce(source, { file, find, put }));
}

registerHooks({
  load(url, context, nextLoad) {
    const source = sources.get(url);
    return source === undefined
      ? nextLoad(url, context)
      : { format: 'module-typescript', source, shortCircuit: true };
  },
});

// Loaded only now, with the mutation in place.
const { runBatch } = await import('./batch.ts');
const { runTape } = await import('./run.ts');
parentPort?.postMessage(mutation.tape === undefined ? await seeds() : await tape(mutation.tape));

async function seeds(): Promise<Noticed> {
  const { runs, found } = await runBatch({ profile: trial.profile, from: 1, seeds: trial.seeds }, true);
  return { runs, killedBy: found[0]?.invariant ?? null, text: found[0]?.text ?? null };
}

async function tape(name: string): Promise<Noticed> {
  const text = readFileSync(new URL(`tapes/${name}.json`, import.meta.url), 'utf8');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion
  const { violation } = await runTape(JSON.parse(text) as Tape);
  return {
    runs: 1,
    killedBy: violation?.invariant ?? null,
    text: violation && `tape ${name}: ${violation.text}`,
  };
}

function replaceOnce(source: string, { file, find, put }: Edit): string {
  const parts = source.split(find);
  const [before, after] = parts;
  if (parts.length !== 2 || before === undefined || after === undefined) {
    throw new Error(`expected ${file} to hold this once, found it ${parts.length - 1} times: ${find}`);
  }
  return before + put + after;
}
