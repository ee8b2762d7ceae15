/**
 * The entry of the process that loads, runs and checks a model before the server has it. Malformed models have
 * killed the runtime (https://github.com/microsoft/onnxruntime/issues/4349), and stalled it; here that ends nothing
 * that serves. Arguments: milliseconds a run may take, and the server's process.
 */
import { hostModel } from './model/host.ts';
import { besides } from './model/scripts.ts';
import { watched } from './model/watchdog.ts';

const [, , limit = '', parent = ''] = process.argv;
const limitMs = Number(limit);

const watch = watched({
  script: besides('watchdog', import.meta.url),
  limitMs,
  parent: Number(parent),
  lastWords: {
    fd: 2,
    text: `a run of one made-up or golden row, or of a few, took longer than ${limitMs} ms\n`,
  },
});
hostModel(
  {
    send: (message) => process.send?.(message),
    onMessage: (listener) => {
      process.on('message', listener);
    },
  },
  watch,
);
// The server is gone, or done with it.
process.on('disconnect', () => process.exit(0));
