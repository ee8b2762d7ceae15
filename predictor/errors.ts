/** Errors as callers see them: Google's form, a code, and a message that helps. https://google.aip.dev/193 */
import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { bodyLimit, type Config } from './config.ts';
import { traceFields, type Logger } from './log.ts';
import type { Metrics } from './metrics.ts';
import { BadInput } from './serve/bad-input.ts';
import { Overloaded } from './serve/overload.ts';
import { Refused } from './serve/refused.ts';
import { ReplyTooLarge } from './serve/reply-too-large.ts';

interface ErrorAnswer {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
}

export type SendError = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Answers any error. What is nobody's mistake but ours gets an id, and its cause goes to the log alone. */
export function errorSender(config: Config, log: Logger, metrics: Metrics): SendError {
  return (error, request, reply) => {
    const answer = answerTo(error, config) ?? hidden(error, request);
    if (error instanceof Overloaded) metrics.onShed(error.reason);
    if (answer.code === 503) reply.header('retry-after', '1');
    if (!request.is404) metrics.onResponse(answer.code);
    sendError(reply, answer);
  };

  function hidden(error: unknown, request: FastifyRequest): ErrorAnswer {
    const errorId = randomUUID();
    log.error({ err: error, errorId, ...traceFields(request.headers, config.project) }, 'prediction failed');
    const message = `the prediction failed; the log has the cause under errorId ${errorId}`;
    return { code: 500, status: 'INTERNAL', message, details: { errorId } };
  }
}

export function sendError(reply: FastifyReply, { code, status, message, details }: ErrorAnswer): void {
  void reply.code(code).send({ error: { code, status, message, ...details } });
}

/** What to tell the caller, or null if it is not the caller's business. */
function answerTo(error: unknown, config: Config): ErrorAnswer | null {
  if (error instanceof BadInput) {
    const { message, instance, field, expected, got } = error;
    return { code: 400, status: 'INVALID_ARGUMENT', message, details: { instance, field, expected, got } };
  }
  if (error instanceof Refused) {
    const { message, rows } = error;
    return { code: 400, status: 'INVALID_ARGUMENT', message, details: { instance: rows[0]?.instance } };
  }
  if (error instanceof Overloaded) return { code: 503, status: 'UNAVAILABLE', message: error.message };
  if (error instanceof ReplyTooLarge) return tooLarge('predictions', config);
  if (!isFastifyError(error)) return null;
  if (error.code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge('a body', config);
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { code: 415, status: 'INVALID_ARGUMENT', message: 'expected content-type application/json' };
  }
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? { code: statusCode, status: 'INVALID_ARGUMENT', message } : null;
}

function tooLarge(what: string, config: Config): ErrorAnswer {
  const limit = bodyLimit(config);
  const whose =
    config.maxBodyBytes > 0
      ? 'SLIPWAY_MAX_BODY_BYTES'
      : `a ${config.endpointType} Vertex AI endpoint's limit`;
  const message = `expected ${what} of at most ${limit} bytes (${whose}); send fewer instances at a time`;
  return { code: 413, status: 'OUT_OF_RANGE', message };
}

function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'statusCode' in error && 'code' in error;
}
