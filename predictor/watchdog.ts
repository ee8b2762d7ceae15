/**
 * The entry of the thread that watches over the runs of another one, which cannot see for itself that one of them
 * never ends; and over the process that started this one, whose end nothing tells it while it is in the runtime.
 */
import { writeSync } from 'node:fs';
import { workerData } from 'node:worker_threads';
import { RUN, STOP, type WatchData } from './model/watchdog.ts';

const LOOK_MS = 500;

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- `watched` starts this with nothing else
const { cells, limitMs, parent, lastWords } = workerData as WatchData;

let seen = 0;
let since = performance.now();
while (Atomics.wait(cells, STOP, 0, Math.min(LOOK_MS, limitMs / 4)) === 'timed-out') {
  if (parent !== null && process.ppid !== parent) end('');
  const run = Atomics.load(cells, RUN);
  if (run !== seen) {
    seen = run;
    since = performance.now();
  } else if (run !== 0 && performance.now() - since > limitMs) {
    end(lastWords.text);
  }
}

/** Not `exit`, which would wait for the thread that is in the runtime. */
function end(words: string): void {
  if (words !== '') writeSync(lastWords.fd, words);
  process.kill(process.pid, 'SIGKILL');
}
