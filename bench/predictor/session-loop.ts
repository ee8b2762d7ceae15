/** ONNX Runtime alone: one run after the other in one thread, without HTTP or JSON. Started by session.ts. */
import { readFileSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { InferenceSession, Tensor } from 'onnxruntime-node';
import type { SessionTask, SessionResult } from './session.ts';

// oxlint-disable-next-line typescript/no-unsafe-type-assertion -- session.ts starts this and nothing else does
const { model, rows, ms } = workerData as SessionTask;
const session = await InferenceSession.create(readFileSync(model), {
  intraOpNumThreads: 1,
  interOpNumThreads: 1,
});
const columns = rows[0]?.length ?? 0;
const feeds = { features: new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, columns]) };

const samples: number[] = [];
const cpu = process.threadCpuUsage();
const start = performance.now();
for (let last = start; last - start < ms;) {
  await session.run(feeds);
  const now = performance.now();
  samples.push(now - last);
  last = now;
}
const { user, system } = process.threadCpuUsage(cpu);
const sorted = samples.toSorted((a, b) => a - b);
const result: SessionResult = {
  requests: samples.length,
  ms: performance.now() - start,
  cpuMicros: user + system,
  p50Ms: sorted[Math.floor(sorted.length * 0.5)] ?? 0,
  p99Ms: sorted[Math.floor(sorted.length * 0.99)] ?? 0,
};
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
parentPort?.postMessage(result);
await session.release();
