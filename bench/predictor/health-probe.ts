/** Asks a health route again and again until told to stop, in a thread of its own: the load must not delay it. */
import { Agent, get } from 'node:http';
import { parentPort, workerData } from 'node:worker_threads';

const agent = new Agent({ keepAlive: true });
const waits: number[] = [];
let asking = true;
parentPort?.once('message', () => {
  asking = false;
});

function ask(): Promise<void> {
  return new Promise((resolve, reject) => {
    get({ port: Number(workerData), path: '/health', agent }, (response) => {
      response.resume().once('end', resolve);
    }).once('error', reject);
  });
}

while (asking) {
  const start = performance.now();
  await ask();
  waits.push(performance.now() - start);
  await new Promise((resolve) => {
    setTimeout(resolve, 5);
  });
}
agent.destroy();
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a worker thread, not a window
parentPort?.postMessage(waits);
