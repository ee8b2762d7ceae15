/**
 * The module that Cloud Functions loads. A configuration that cannot be used stops the start with everything that is
 * wrong with it.
 */
import type { App } from './app.ts';
import { ConfigError, loadConfig } from './config/config.ts';
import { googleWorld } from './google/world.ts';
import { createLog } from './log.ts';
import { register } from './register.ts';
import { Doorbell } from './release/requests/doorbell.ts';

register(start());

function start(): App {
  const log = createLog();
  try {
    const config = loadConfig();
    const world = googleWorld(config);
    return { config, world, batch: world.batch, log, doorbell: new Doorbell(world.clock) };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problems: error.problems }, 'configuration cannot be used');
    return process.exit(1);
  }
}
