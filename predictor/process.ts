/** The entry of one of several processes that serve on one port; the predictor's first process starts it. */
import { serveAsOneOf } from './processes/serve.ts';
import { logFatal } from './fatal.ts';
import { besides } from './model/scripts.ts';

try {
  await serveAsOneOf({
    workerScript: besides('worker', import.meta.url),
    watchdogScript: besides('watchdog', import.meta.url),
  });
} catch (error) {
  logFatal(error);
  process.exit(1);
}
