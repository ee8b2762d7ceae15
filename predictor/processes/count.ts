/**
 * How many processes serve. Each reads requests, runs the model and writes answers for the connections that it has, so
 * more of them use more cores; but rows of requests in different processes share no run, and each holds the model.
 */
import { statSync } from 'node:fs';
import { availableParallelism, totalmem } from 'node:os';
import type { Findings } from '../check/check-model.ts';
import type { ModelSource } from '../model/runtime.ts';

export interface Machine {
  /** That the container may use. */
  readonly cores: number;
  /** Bytes that the container may use. */
  readonly memory: number;
}

export interface ModelCosts {
  /** Milliseconds of a row in the best of the timed runs; null: nothing was timed. */
  readonly rowMs: number | null;
  /** Bytes of the model's file. */
  readonly bytes: number;
}

export interface WantedProcesses {
  readonly processes: number | 'auto';
  /** Threads of ONNX Runtime, of one process. */
  readonly threads: number;
}

export interface ProcessCount {
  readonly processes: number;
  /** Threads of ONNX Runtime for each of them. */
  readonly threads: number;
  /** How many there would be if memory were no bound. */
  readonly wanted: number;
}

/** Milliseconds: where a row costs less, Node's own work on a request is most of it, and rows had better share runs. */
const COSTLY_ROW_MS = 0.1;

const MB = 1e6;
/** Bytes that the first process keeps, which does not serve, and that each of the others takes beside the model. */
const PRIMARY_BYTES = 100 * MB;
const PROCESS_BYTES = 220 * MB;
/** Of the memory, what may be planned with: callers' bodies and waiting rows need the rest. */
const PLANNED_SHARE = 0.8;
/** Times the model's size: while it loads, its file is in memory beside what becomes of it. */
const LOADING = 2;

/** One process where the model's rows are cheap, or one for each core, if memory holds as many. */
export function processCount(wanted: WantedProcesses, machine: Machine, model: ModelCosts): ProcessCount {
  const asked = wanted.processes === 'auto' ? byCost(wanted.threads, machine, model) : wanted.processes;
  const held = Math.floor(
    (machine.memory * PLANNED_SHARE - PRIMARY_BYTES) / (PROCESS_BYTES + LOADING * model.bytes),
  );
  const processes = Math.max(1, Math.min(asked, held));
  // One process keeps what was configured for it; several would only take the cores from one another.
  const threads =
    processes === 1
      ? wanted.threads
      : Math.max(1, Math.min(wanted.threads, Math.floor(machine.cores / processes)));
  return { processes, threads, wanted: asked };
}

function byCost(threads: number, { cores }: Machine, { rowMs }: ModelCosts): number {
  if (rowMs === null || rowMs < COSTLY_ROW_MS) return 1;
  return Math.max(1, Math.floor(cores / threads));
}

/** This machine, as the container's limits leave it: libuv reads those of the CPU, and Node those of memory. */
export function thisMachine(): Machine {
  const limit = process.constrainedMemory();
  return {
    cores: availableParallelism(),
    // Without a limit, Node tells 0, or more than any machine has.
    memory: limit > 0 ? Math.min(limit, totalmem()) : totalmem(),
  };
}

/** What the trial has found out; null: there was none. */
export function costsOf({ model }: ModelSource, findings: Findings | null): ModelCosts {
  const timings = findings?.timings ?? [];
  const rowMs = timings.length === 0 ? null : Math.min(...timings.map(({ rows, ms }) => ms / rows));
  return { rowMs, bytes: typeof model === 'string' ? statSync(model).size : model.byteLength };
}
