/**
 * The entry of the process that loads and runs a model before the server does. Malformed models have killed the
 * runtime (https://github.com/microsoft/onnxruntime/issues/4349); here that kills nothing that serves.
 */
import { hostModel } from './model/host.ts';

hostModel({
  send: (message) => process.send?.(message),
  onMessage: (listener) => {
    process.on('message', listener);
  },
});
// The server is gone, or done with it.
process.on('disconnect', () => process.exit(0));
