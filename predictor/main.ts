/**
 * The predictor's entry. It listens at once, answers 503 on the health route until the model is loaded and has
 * answered, and ends with a non-zero code and one log line if the artifact cannot be served.
 */
import { prepareAllocator } from './allocator.ts';
import { begin } from './load/preload.ts';
import { ConfigError, readConfig } from './config.ts';
import { FeatureError } from './features/feature-error.ts';
import { causesOf, ModelError } from './model/model-error.ts';
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
  });
} catch (error) {
  const { createLogger } = await import('./log.ts');
  const log = createLogger('info');
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, 'configuration refused');
  else if (error instanceof FeatureError) log.fatal({ causes: causesOf(error) }, 'features refused');
  else if (error instanceof ModelError) log.fatal({ causes: causesOf(error) }, 'model refused');
  else log.fatal({ err: error }, 'predictor failed');
  process.exit(1);
}
