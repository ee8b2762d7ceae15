/**
 * Where a model runs and how many rows a run may take, from how long its runs took. On the main thread a run
 * holds up everything else, the health route too, so it is kept short; a model that cannot be kept short without
 * losing much gets a thread of its own.
 */
import type { Timing } from '../check/timing.ts';

export interface Placement {
  readonly thread: 'main' | 'worker';
  readonly maxBatchRows: number;
}

/** Milliseconds a run may hold up the event loop. */
const MAIN_RUN_MS = 5;
/** Milliseconds a run may take in its own thread: how long a request at most waits for the one before. */
const WORKER_RUN_MS = 100;
/** Milliseconds a run may take, by its thread. */
export const RUN_MS = { main: MAIN_RUN_MS, worker: WORKER_RUN_MS } as const;
/** How much more a row may cost for the sake of a short run before a thread of its own is worth it. */
const ROW_COST_RATIO = 1.25;

/** What the check has found out about the cost of runs. */
export interface Costs {
  /** From one row up; those of other lengths come last. */
  readonly timings: readonly Timing[];
  /** True if a caller decides how much a run costs. */
  readonly costVaries: boolean;
}

/** `wanted`: what the configuration says. */
export function placementOf(
  { timings, costVaries }: Costs,
  wanted: 'auto' | 'main' | 'worker',
  maxBatchRows: number,
): Placement {
  const alike = timings.filter((timing) => timing.elements === timings[0]?.elements);
  const onMain = mostRows(alike, MAIN_RUN_MS, maxBatchRows);
  const inWorker = mostRows(alike, WORKER_RUN_MS, maxBatchRows);
  // What was never timed, or what takes longer for a longer text, is not known to be short.
  const isKnown = alike.length > 0 && !costVaries;
  const fits = isKnown && onMain.cost <= inWorker.cost * ROW_COST_RATIO;
  const thread = wanted === 'auto' ? (fits ? 'main' : 'worker') : wanted;
  return { thread, maxBatchRows: thread === 'main' ? onMain.rows : inWorker.rows };
}

/** The largest timed batch that runs within `ms`, and what a row costs in it; one row if none does. */
function mostRows(timings: readonly Timing[], ms: number, all: number): { rows: number; cost: number } {
  const [smallest] = timings;
  if (smallest === undefined) return { rows: all, cost: 0 };
  const largest = timings.findLast((timing) => timing.ms <= ms);
  if (largest !== undefined) return { rows: largest.rows, cost: largest.ms / largest.rows };
  // Not even one row fits: as bad as can be.
  return { rows: 1, cost: ms === MAIN_RUN_MS ? Number.POSITIVE_INFINITY : smallest.ms };
}
