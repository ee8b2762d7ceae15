/**
 * The predictor's entry. It listens at once, answers 503 on the health route until the model is loaded and has
 * made a prediction, and ends with a non-zero code and one log line if the artifact cannot be served.
 */
import { ConfigError, readConfig } from './config.ts';
import { createLogger } from './log.ts';
import { causesOf, ModelError } from './model/model-error.ts';
import { startServer } from './server.ts';

try {
  await startServer(readConfig(process.env));
} catch (error) {
  const log = createLogger('info');
  if (error instanceof ConfigError) log.fatal({ problems: error.problems }, 'configuration refused');
  else if (error instanceof ModelError) log.fatal({ causes: causesOf(error) }, 'model refused');
  else log.fatal({ err: error }, 'predictor failed');
  process.exit(1);
}
