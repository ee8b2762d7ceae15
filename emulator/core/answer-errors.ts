/** Errors of a service's routes, in the form that Google's APIs have. */
import type { FastifyInstance } from 'fastify';

import { ApiError, asApiError } from './errors.ts';

/** Fastify's own refusals, such as a body that is no JSON, are the caller's mistakes; what else is unknown is ours. */
export function answerErrors(app: FastifyInstance): void {
  app.setErrorHandler((error, request, reply) => {
    const unreadable = error instanceof Error && 'statusCode' in error && Number(error.statusCode) < 500;
    const known = unreadable ? new ApiError('INVALID_ARGUMENT', error.message, { cause: error }) : error;
    if (!(known instanceof ApiError)) request.log.error({ err: error }, 'request failed');
    const answer = asApiError(known);
    void reply.code(answer.httpStatus).send(answer.toBody());
  });
}
