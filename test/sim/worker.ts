/** A thread of `runEverywhere`: runs its share of the seeds and hands the figures back. */
import { parentPort, workerData } from 'node:worker_threads';
import { runBatch, type Order } from './batch.ts';

// Refusals are errors, and so many of them are made here that their stacks are a sixth of the work.
Error.stackTraceLimit = 0;

// Given by runEverywhere, which is typed.
// oxlint-disable-next-line typescript/no-unsafe-type-assertion
parentPort?.postMessage(await runBatch(workerData as Order));
