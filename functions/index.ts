/**
 * Registers the three functions with the Functions Framework. A configuration that cannot be used stops the start
 * with everything that is wrong with it.
 */
import { cloudEvent } from '@google-cloud/functions-framework';
import type { App } from './app.ts';
import { ConfigError, loadConfig } from './config.ts';
import type { Event } from './envelope.ts';
import { googleWorld } from './google/world.ts';
import { createLog } from './log.ts';
import { handleArtifact } from './on-artifact.ts';
import { handleRequest } from './on-request.ts';
import { handleTick } from './on-tick.ts';

const app = start();

cloudEvent('onArtifact', (event: Event) => handleArtifact(event, app));
cloudEvent('onRequest', (event: Event) => handleRequest(event, app));
cloudEvent('onTick', (event: Event) => handleTick(event, app));

function start(): App {
  const log = createLog();
  try {
    const config = loadConfig();
    return { config, world: googleWorld(config), log };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    log.error({ problems: error.problems }, 'configuration cannot be used');
    return process.exit(1);
  }
}
