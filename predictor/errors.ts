/** Errors as callers see them: Google's form, a code, and a message that helps. https://google.aip.dev/193 */
import { randomUUID } from 'node:crypto';
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify';
import { BodyTooLarge } from './bodies.ts';
import { answersBatch, bodyLimit, type Config } from './config.ts';
import { FeatureRefused, FeaturesUnavailable } from './features/refusals.ts';
import { NotStored } from './stored/refusal.ts';
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
    // Most of the body may still be on its way: nothing else comes on this connection.
    if (error instanceof BodyTooLarge) reply.header('connection', 'close');
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
  if (error instanceof FeatureRefused) {
    const { message, instance, feature, reason } = error;
    return { code: 400, status: 'FAILED_PRECONDITION', message, details: { instance, feature, reason } };
  }
  if (error instanceof NotStored) {
    const { message, instance, reason } = error;
    return { code: 400, status: 'FAILED_PRECONDITION', message, details: { instance, reason } };
  }
  if (error instanceof FeaturesUnavailable) {
    const { message, view, reason } = error;
    return { code: 503, status: 'UNAVAILABLE', message, details: { view, reason } };
  }
  if (error instanceof Overloaded) return { code: 503, status: 'UNAVAILABLE', message: error.message };
  if (error instanceof ReplyTooLarge) return tooLarge('predictions', FEWER_PREDICTIONS, config);
  if (error instanceof BodyTooLarge) return tooLarge('a body', SMALLER_BODY, config);
  if (!isFastifyError(error)) return null;
  if (error.code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE') {
    return { code: 415, status: 'INVALID_ARGUMENT', message: 'expected content-type application/json' };
  }
  const { statusCode = 500, message } = error;
  return statusCode < 500 ? { code: statusCode, status: 'INVALID_ARGUMENT', message } : null;
}

const SMALLER_BODY =
  'send fewer instances at a time, numbers with fewer digits, or uint8 and text inputs as base64 ({"b64": …})';
const FEWER_PREDICTIONS =
  'send fewer instances at a time, or ask for fewer outputs or digits by parameters.outputs and parameters.decimals';

function tooLarge(what: string, advice: string, config: Config): ErrorAnswer {
  const expected = `expected ${what} of at most ${bodyLimit(config)} bytes`;
  return {
    code: 413,
    status: 'OUT_OF_RANGE',
    message: `${expected} ${whose(config)}; ${advice}${elsewhere(config)}`,
  };
}

function whose(config: Config): string {
  if (config.maxBodyBytes > 0) return '(SLIPWAY_MAX_BODY_BYTES)';
  if (answersBatch(config)) return '(the limit in a batch)';
  return `(a ${config.endpointType} Vertex AI endpoint's limit)`;
}

function elsewhere(config: Config): string {
  if (config.maxBodyBytes > 0) return '';
  if (answersBatch(config))
    return '; batchSize in slipway.yaml says how many instances Vertex AI sends at a time';
  if (config.endpointType === 'dedicated') return '';
  return '; a dedicated endpoint takes 10 MB: SLIPWAY_ENDPOINT_TYPE=dedicated, in serving.env of slipway.yaml';
}

/** True of what Fastify itself refuses. Errors of others have a code and a status as well, and are hidden. */
function isFastifyError(error: unknown): error is FastifyError {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('FST_');
}
