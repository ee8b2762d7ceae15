/** The entry of the model's own thread. */
import { parentPort } from 'node:worker_threads';
import { hostModel } from './model/host.ts';

const port = parentPort;
if (port === null) throw new Error('expected to run as a worker thread');
hostModel({
  send: (message) => port.postMessage(message),
  onMessage: (listener) => {
    port.on('message', listener);
  },
});
