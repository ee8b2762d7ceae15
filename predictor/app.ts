/**
 * The HTTP side: Vertex AI's contract for custom containers as a Fastify application. It listens before there
 * is a model; `serve` hands it the predictor once that is warm.
 * https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
 */
import { randomUUID } from 'node:crypto';
import fastify, {
  type FastifyError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify';
import { bodyLimit, type Config } from './config.ts';
import type { Health } from './health.ts';
import { traceFields, type Logger } from './log.ts';
import { BadInput } from './serve/bad-input.ts';
import type { Outcome } from './serve/job.ts';
import { Overloaded } from './serve/overload.ts';
import type { Predictor } from './serve/predictor.ts';

export interface AppOptions {
  readonly config: Config;
  readonly health: Health;
  readonly log: Logger;
  /** The predictor, or null while there is none. */
  readonly predictor: () => Predictor | null;
}

const JSON_TYPE = 'application/json; charset=utf-8';
const RETRY_AFTER_SECONDS = '1';

export function buildApp(options: AppOptions): FastifyInstance {
  const { config, health, log, predictor } = options;
  const app = fastify({
    // Fastify's own request logging costs up to 40 % of the requests a second.
    logger: false,
    bodyLimit: bodyLimit(config),
    // Requests on open connections are answered while the server drains.
    return503OnClosing: false,
    requestTimeout: config.timeoutMs,
    // Longer than Google's front ends keep a connection (600 s): theirs ends first, so no request meets a closing one.
    keepAliveTimeout: 620_000,
  });

  app.removeAllContentTypeParsers();
  // Only `instances` and `parameters` are read, and nothing is merged: Fastify's scan for __proto__ guards nothing here.
  app.addContentTypeParser('application/json', { parseAs: 'string' }, (_request, body, done) => {
    try {
      done(null, JSON.parse(String(body)));
    } catch {
      done(new BadInput({}, 'a JSON body', 'something else'));
    }
  });

  app.get(literal(config.healthRoute), (_request, reply) => {
    reply.code(health.state === 'ready' ? 200 : 503).send({ state: health.state });
  });

  app.post(literal(config.predictRoute), (request, reply) => {
    const current = predictor();
    if (current === null) {
      sendUnavailable(reply, `the model is not ready: ${health.state}`);
      return;
    }
    current.predict(
      request.body,
      (outcome) => sendOutcome(outcome, request, reply),
      () => reply.raw.destroyed,
    );
  });

  function sendOutcome(outcome: Outcome, request: FastifyRequest, reply: FastifyReply): void {
    if (!outcome.ok) {
      sendError(outcome.error, request, reply);
      return;
    }
    if (health.state === 'draining') reply.header('connection', 'close');
    reply.header('content-type', JSON_TYPE).send(outcome.text);
  }

  function sendError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
    if (error instanceof BadInput) {
      const { message, instance, field, expected, got } = error;
      send(reply, 400, 'INVALID_ARGUMENT', message, { instance, field, expected, got });
      return;
    }
    if (error instanceof Overloaded) {
      sendUnavailable(reply, error.message);
      return;
    }
    const known = httpError(error, config);
    if (known !== null) {
      send(reply, known.code, known.status, known.message);
      return;
    }
    const id = randomUUID();
    log.error({ err: error, errorId: id, ...traceFields(request.headers, config.project) }, 'request failed');
    send(reply, 500, 'INTERNAL', `the prediction failed; the log has the cause under errorId ${id}`);
  }

  app.setErrorHandler(sendError);
  app.setNotFoundHandler((request, reply) => {
    send(reply, 404, 'NOT_FOUND', `no such route; predictions are made by POST ${config.predictRoute}`);
  });
  return app;
}

/** Fastify's own refusals in words for the caller, or null for what is not the caller's doing. */
function httpError(error: unknown, config: Config): { code: number; status: string; message: string } | null {
  if (!isFastifyError(error)) return null;
  const { statusCode, code } = error;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') {
    const message = `expected a body of at most ${bodyLimit(config)} bytes, which is what a ${config.endpointType} Vertex AI endpoint takes; send fewer instances`;
    return { code: 413, status: 'OUT_OF_RANGE', message };
  }
  if (statusCode === undefined || statusCode >= 500) return null;
  return { code: statusCode, status: 'INVALID_ARGUMENT', message: error.message };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && 'code' in error;
}

function sendUnavailable(reply: FastifyReply, message: string): void {
  reply.header('retry-after', RETRY_AFTER_SECONDS);
  send(reply, 503, 'UNAVAILABLE', message);
}

/** An error in the form of Google's APIs. https://google.aip.dev/193 */
function send(
  reply: FastifyReply,
  code: number,
  status: string,
  message: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  reply.code(code).send({ error: { code, status, message, ...details } });
}

/** A route without parameters: Vertex's default routes have a colon in them. */
function literal(route: string): string {
  return route.replaceAll(':', '::');
}
