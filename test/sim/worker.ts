/** A thread of `runEverywhere`: runs its share of the seeds and hands the figures back. */
import { parentPort, workerData } from 'node:worker_threads';
import { runBatch, type Order } from './batch.ts';

// Given by runEverywhere, which is typed.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
parentPort?.postMessage(await runBatch(workerData as Order));
