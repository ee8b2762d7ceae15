/** Registers the three functions with the Functions Framework, as the HTTP functions that Terraform declares. */
import { http, type Request, type Response } from '@google-cloud/functions-framework';
import { Redeliver, type App } from './app.ts';
import { takeBodiesAsBytes } from './intake/bodies.ts';
import { handleArtifact } from './intake/on-artifact.ts';
import { handleRequest } from './intake/on-request.ts';
import { handleTick } from './intake/on-tick.ts';

type Handle = (body: Uint8Array, app: App) => Promise<void>;

export function register(app: App): void {
  takeBodiesAsBytes();
  http('onArtifact', (request, response) => serve(handleArtifact, app, request, response));
  http('onRequest', (request, response) => serve(handleRequest, app, request, response));
  http('onTick', (request, response) => serve(handleTick, app, request, response));
}

/**
 * One Pub/Sub push in, one status out: 204 acknowledges, 500 asks for redelivery. To what is thrown besides, which is
 * a fault of ours, the framework answers 500 and prints its stack.
 */
async function serve(handle: Handle, app: App, request: Request, response: Response): Promise<void> {
  if (request.method !== 'POST') {
    response.set('Allow', 'POST').sendStatus(405);
    return;
  }
  try {
    await handle(request.rawBody ?? new Uint8Array(), app);
    response.sendStatus(204);
  } catch (error) {
    if (!(error instanceof Redeliver)) throw error;
    app.log.warn({ why: error.message, ...error.fields }, 'event will be redelivered');
    response.sendStatus(500);
  }
}
