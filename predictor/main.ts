/**
 * The predictor's entry. It listens at once, answers 503 on the health route until the model is loaded and has
 * answered, and ends with a non-zero code and one log line if the artifact cannot be served.
 */
import { prepareAllocator } from './allocator.ts';
import { begin } from './load/preload.ts';
import { readConfig } from './config.ts';
import { besides } from './model/scripts.ts';

try {
  const config = readConfig(process.env);
  prepareAllocator(config.storageUri);
  const script = (name: string): URL => besides(name, import.meta.url);
  // Before the server is even imported: the trial's process starts while this one does.
  const preload = begin(config, script('trial'));
  const { startServer } = await import('./server.ts');
  await startServer({
    config,
    preload,
    workerScript: script('worker'),
    watchdogScript: script('watchdog'),
    processScript: script('process'),
  });
} catch (error) {
  const { logFatal } = await import('./fatal.ts');
  logFatal(error);
  process.exit(1);
}
