/** Many runs of one profile, in this thread or over several. */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import type { Struck } from './faults.ts';
import { HANDLERS, PROFILES, runSeed, runTape, type Profile, type Run, type Tape } from './run.ts';
import { SINGLES, singleFaults } from './single.ts';
import type { Invariant } from './invariants.ts';

export const PROFILE_NAMES = ['single', ...Object.keys(PROFILES)] as readonly (Profile | 'single')[];

export interface Order {
  readonly profile: Profile | 'single';
  readonly from: number;
  readonly seeds: number;
  /** Of so many seeds one is played; default: each. */
  readonly every?: number;
}

export interface Found {
  readonly seed: number;
  readonly invariant: Invariant;
  readonly text: string;
  readonly tape: Tape;
}

export interface Batch {
  runs: number;
  faults: number;
  hours: number;
  calls: number;
  releases: number;
  mostCallsPerRelease: number;
  mostDeployed: number;
  /** The first few, and how many there are. */
  found: Found[];
  violations: number;
}

/** Beyond these a violation is counted and not kept. */
const FOUND_MAX = 50;

export function emptyBatch(): Batch {
  return {
    runs: 0,
    faults: 0,
    hours: 0,
    calls: 0,
    releases: 0,
    mostCallsPerRelease: 0,
    mostDeployed: 0,
    found: [],
    violations: 0,
  };
}

export async function runBatch(order: Order, stopAtFirst = false): Promise<Batch> {
  const batch = emptyBatch();
  const runOf = await runner(order.profile);
  for (let seed = order.from; seed < order.from + order.seeds; seed += order.every ?? 1) {
    const run = await runOf(seed);
    if (run === null) break;
    count(batch, run, seed);
    if (stopAtFirst && batch.violations > 0) break;
  }
  return batch;
}

/** In the profile of single faults a seed is the place in the list of all of them. */
async function runner(profile: Order['profile']): Promise<(seed: number) => Promise<Run | null>> {
  if (profile !== 'single') return (seed) => runSeed(profile, seed);
  const tapes = await allSingles();
  return async (seed) => {
    const tape = tapes[seed - 1];
    return tape === undefined ? null : runTape(tape, HANDLERS);
  };
}

export async function allSingles(): Promise<Tape[]> {
  const tapes: Tape[] = [];
  for (const scenario of Object.values(SINGLES)) tapes.push(...(await singleFaults(scenario)));
  return tapes;
}

function count(batch: Batch, run: Run, seed: number): void {
  batch.runs += 1;
  batch.faults += run.faults.length;
  batch.hours += run.hours;
  batch.calls += run.callCount;
  batch.releases += run.releases;
  batch.mostCallsPerRelease = Math.max(batch.mostCallsPerRelease, run.callCount / Math.max(1, run.releases));
  batch.mostDeployed = Math.max(batch.mostDeployed, run.mostDeployed);
  if (run.violation === null) return;
  batch.violations += 1;
  if (batch.found.length >= FOUND_MAX) return;
  const { scenario, faults } = run;
  const plain: Struck[] = faults.map(({ site, fault }) => ({ site, fault }));
  batch.found.push({ seed, ...run.violation, tape: { seed: run.seed, scenario, faults: plain } });
}

export function merge(batches: readonly Batch[]): Batch {
  const sum = emptyBatch();
  for (const batch of batches) {
    sum.runs += batch.runs;
    sum.faults += batch.faults;
    sum.hours += batch.hours;
    sum.calls += batch.calls;
    sum.releases += batch.releases;
    sum.mostCallsPerRelease = Math.max(sum.mostCallsPerRelease, batch.mostCallsPerRelease);
    sum.mostDeployed = Math.max(sum.mostDeployed, batch.mostDeployed);
    sum.violations += batch.violations;
    sum.found.push(...batch.found);
  }
  return sum;
}

/** Splits the seeds over threads. */
export async function runEverywhere(order: Order, workers = availableParallelism()): Promise<Batch> {
  if (workers <= 1) return runBatch(order);
  const share = Math.ceil(order.seeds / workers);
  const parts = Array.from({ length: workers }, (_, i) => ({
    ...order,
    from: order.from + i * share,
    seeds: Math.max(0, Math.min(share, order.seeds - i * share)),
  }));
  return merge(await Promise.all(parts.map(inThread)));
}

function inThread(order: Order): Promise<Batch> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.ts', import.meta.url), { workerData: order });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}
