/** Registers the three functions with the Functions Framework. */
import { cloudEvent } from '@google-cloud/functions-framework';
import type { App } from './app.ts';
import { takeBodiesAsBytes } from './bodies.ts';
import { handleArtifact } from './on-artifact.ts';
import { handleRequest } from './on-request.ts';
import { handleTick } from './on-tick.ts';

export function register(app: App): void {
  takeBodiesAsBytes();
  cloudEvent('onArtifact', (event: unknown) => handleArtifact(event, app));
  cloudEvent('onRequest', (event: unknown) => handleRequest(event, app));
  cloudEvent('onTick', (event: unknown) => handleTick(event, app));
}
