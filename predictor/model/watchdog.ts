/**
 * Ends the process when a run in one of its threads never ends. A run on the main thread stops everything there,
 * timers too, so this watches from a thread of its own, `predictor/watchdog.ts`.
 */
import { Worker } from 'node:worker_threads';
import type { Runtime } from './runtime.ts';

export interface WatchOptions {
  /** The script of the watching thread. */
  readonly script: URL;
  /** Milliseconds a run may take. */
  readonly limitMs: number;
  /** The process whose end is this one's end too, or null. */
  readonly parent: number | null;
  /** What is written, to the file descriptor, before the process ends. */
  readonly lastWords: { readonly fd: number; readonly text: string };
}

/** What the threads share: the number of the current run, or 0; and whether to stop watching. */
export const RUN = 0;
export const STOP = 1;

/** What the thread is started with. */
export interface WatchData extends Omit<WatchOptions, 'script'> {
  readonly cells: Int32Array<SharedArrayBuffer>;
}

// The thread only waits: the defaults would give it as much memory as a server.
const LIMITS = { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 2, stackSizeMb: 1 };

/** The runtime with its runs watched, until it is closed. */
export function watched(options: WatchOptions): (runtime: Runtime) => Runtime {
  const { script, ...rest } = options;
  const cells = new Int32Array(new SharedArrayBuffer(2 * Int32Array.BYTES_PER_ELEMENT));
  const workerData: WatchData = { ...rest, cells };
  new Worker(script, { workerData, resourceLimits: LIMITS, stdout: false, stderr: false }).unref();
  let runs = 0;
  return (runtime) => ({
    ...runtime,
    async run(feeds) {
      // Numbers that come again after two billion runs are not taken for the same run: they are seconds apart.
      runs = (runs + 1) & 0x7fffffff || 1;
      cells[RUN] = runs;
      try {
        return await runtime.run(feeds);
      } finally {
        cells[RUN] = 0;
      }
    },
    async close() {
      Atomics.store(cells, STOP, 1);
      Atomics.notify(cells, STOP);
      await runtime.close();
    },
  });
}
