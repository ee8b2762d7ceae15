/**
 * The HTTP side: Vertex AI's contract for custom containers as a Fastify application. It listens before there
 * is a model; until `service` has one, predictions are answered 503.
 * https://cloud.google.com/vertex-ai/docs/predictions/custom-container-requirements
 */
import fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { Bodies, type Done } from './bodies.ts';
import { bodyLimit, type Config } from './config.ts';
import { contractOf, openapiOf } from './contract.ts';
import { errorSender, sendError } from './errors.ts';
import type { Health } from './health.ts';
import { createHttpServer } from './http-server.ts';
import { jsonFault } from './json-fault.ts';
import { traceFields, type Logger } from './log.ts';
import { refuseMalformed, refuseUrl } from './malformed.ts';
import type { Metrics } from './metrics.ts';
import type { Whole } from './processes/messages.ts';
import { BadInput } from './serve/bad-input.ts';
import type { Outcome } from './serve/job.ts';
import { readNumberRows } from './serve/number-rows.ts';
import { YieldingQueue } from './serve/one-per-turn.ts';
import { assertCapacity, LoopWatch, Overloaded } from './serve/overload.ts';
import { ReplyTooLarge } from './serve/reply-too-large.ts';
import type { Service } from './service.ts';

export interface AppOptions {
  readonly config: Config;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: Metrics;
  /** What is served, or null while there is no model. */
  readonly service: () => Service | null;
  /** Where several processes serve: what all of them tell as one. */
  readonly whole?: {
    readonly now: () => Whole;
    /** The metrics of all. */
    readonly page: () => Promise<string>;
  };
}

const JSON_TYPE = 'application/json; charset=utf-8';
// Bytes; a body of as many takes about half a millisecond to parse and to pack.
const LARGE_BODY = 100_000;
// Prometheus' text format.
const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8';

export function buildApp(options: AppOptions): FastifyInstance {
  const { config, health, log, metrics, service, whole } = options;
  const maxReply = bodyLimit(config);
  const fail = errorSender(config, log, metrics);
  const app = fastify({
    // Fastify's request log costs up to 40 % of the requests a second.
    logger: false,
    bodyLimit: bodyLimit(config),
    serverFactory: (listener) => createHttpServer(config, listener),
    clientErrorHandler: refuseMalformed,
    frameworkErrors: refuseUrl,
    // While draining, requests on open connections are still answered.
    return503OnClosing: false,
  });
  const loop = new LoopWatch();
  app.server.on('drop', () => metrics.onShed('connections'));

  const large = new YieldingQueue();
  const bodies = new Bodies(config.maxBodiesBytes, bodyLimit(config), (bytes, done, release) => {
    if (bytes.length < LARGE_BODY) {
      readBody(bytes, done);
      release();
      return;
    }
    large.add(() => {
      readBody(bytes, done);
      release();
      // Each has its own turn: none is late for another.
      loop.leave();
    });
  });
  app.removeAllContentTypeParsers();
  // Only known fields are read and nothing is merged: Fastify's scan of the body for __proto__ guards nothing here.
  app.addContentTypeParser(/^application\/json\b/, (_request, payload, done) => bodies.read(payload, done));
  app.setErrorHandler(fail);

  app.get(literal(config.healthRoute), (_request, reply) => {
    const told = whole?.now() ?? { state: health.state };
    void reply.code(told.state === 'ready' ? 200 : 503).send(told);
  });

  app.post(literal(config.predictRoute), (request, reply) => {
    metrics.requests += 1;
    const { predictor, predict } = present();
    const { weight: rows, bytes } = predictor.queue;
    assertCapacity({ rows, bytes, backlogMs: predictor.backlogMs, loopLagMs: loop.enter() }, config);
    predict(
      request.body,
      (outcome) => {
        try {
          answer(outcome, request, reply);
        } catch (error) {
          // There is no other way left to answer.
          log.error({ err: error }, 'answer not sent');
          request.raw.socket.destroy();
        }
      },
      () => request.raw.socket.destroyed,
    );
  });

  app.get('/metrics', async (_request, reply) => {
    const page = whole?.page() ?? metrics.page(health.state, service()?.predictor.queue.rows ?? 0);
    return reply.type(METRICS_TYPE).send(await page);
  });
  app.get('/contract', () => contractOf(present().predictor, config));
  app.get('/openapi.json', () => openapiOf(present().predictor, config));

  app.setNotFoundHandler((request, reply) => {
    const [path = ''] = request.url.split('?', 1);
    if (path === config.predictRoute) {
      const message = `expected POST ${path}, got ${request.method}`;
      sendError(reply.header('allow', 'POST'), { code: 405, status: 'INVALID_ARGUMENT', message });
      return;
    }
    const message = `no such route; predictions are made by POST ${config.predictRoute}`;
    sendError(reply, { code: 404, status: 'NOT_FOUND', message });
  });
  if (config.accessLog) logAccess(app, config, log);
  return app;

  function present(): Service {
    const current = service();
    if (current !== null) return current;
    throw new Overloaded('not-ready', `the model is not ready: ${health.state}`);
  }

  function readBody(bytes: Buffer, done: Done): void {
    const shape = service()?.numberShape ?? null;
    const rows = shape === null ? null : readNumberRows(bytes, shape);
    if (rows === null) parseBody(bytes.toString('utf8'), done);
    else done(null, rows);
  }

  function answer(outcome: Outcome, request: FastifyRequest, reply: FastifyReply): void {
    if (!outcome.ok) {
      fail(outcome.error, request, reply);
      return;
    }
    const length = Buffer.byteLength(outcome.text);
    if (length > maxReply) {
      fail(new ReplyTooLarge(), request, reply);
      return;
    }
    metrics.onResponse(200);
    sendText(reply, outcome.text, length, health.state === 'draining');
  }
}

function parseBody(text: string, done: Done): void {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    const { got, hint } = jsonFault(text);
    done(new BadInput({}, 'a JSON body', got, hint));
    return;
  }
  done(null, body);
}

/** Sends JSON as it is. Fastify's own way to do that has more steps than a small model takes to run. */
function sendText(reply: FastifyReply, text: string, length: number, last: boolean): void {
  const headers = ['content-type', JSON_TYPE, 'content-length', String(length)];
  reply.hijack();
  reply.raw.writeHead(200, last ? [...headers, 'connection', 'close'] : headers);
  // Text of ASCII alone is the same in both, and copied faster as latin1.
  reply.raw.end(text, length === text.length ? 'latin1' : 'utf8');
}

/** One line a request, in the field Cloud Logging shows as a request. */
function logAccess(app: FastifyInstance, config: Config, log: Logger): void {
  app.addHook('onResponse', (request, reply, done) => {
    const httpRequest = {
      requestMethod: request.method,
      requestUrl: request.url,
      status: reply.statusCode,
      latency: `${(reply.elapsedTime / 1000).toFixed(6)}s`,
    };
    log.info({ httpRequest, ...traceFields(request.headers, config.project) }, 'request');
    done();
  });
}

/** A route without parameters: Vertex's default routes have a colon in them. */
function literal(route: string): string {
  return route.replaceAll(':', '::');
}
