/** The line that says why a process could not start. */
import { ConfigError } from './config.ts';
import { FeatureError } from './features/feature-error.ts';
import { createLogger } from './log.ts';
import { causesOf, ModelError } from './model/model-error.ts';

/** Logs why. The caller ends the process. */
export function logFatal(error: unknown): void {
  const log = createLogger('info');
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, 'configuration refused');
  else if (error instanceof FeatureError) log.fatal({ causes: causesOf(error) }, 'features refused');
  else if (error instanceof ModelError) log.fatal({ causes: causesOf(error) }, 'model refused');
  else log.fatal({ err: error }, 'predictor failed');
}
