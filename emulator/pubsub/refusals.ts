/** Pub/Sub's refusals, in Google's words as far as public reports show them. */
import { ApiError } from '../core/errors.ts';

export function invalid(message: string): ApiError {
  return new ApiError('INVALID_ARGUMENT', message);
}

export function invalidArgument(field: string): ApiError {
  return invalid(`You have passed an invalid argument to the service (argument=${field}).`);
}

export function tooSmall(field: string, value: number | string, minimum: number | string): ApiError {
  return invalid(
    `The value for ${field} is too small. You passed ${value} in the request, but the minimum value is ${minimum}.`,
  );
}

export function tooLarge(field: string, value: number | string, maximum: number | string): ApiError {
  return invalid(
    `The value for ${field} is too large. You passed ${value} in the request, but the maximum value is ${maximum}.`,
  );
}

/** Google names the last segment of the resource only (googleapis/nodejs-pubsub#1269). */
export function notFound(name: string): ApiError {
  return new ApiError('NOT_FOUND', `Resource not found (resource=${lastSegment(name)}).`);
}

export function alreadyExists(name: string): ApiError {
  return new ApiError(
    'ALREADY_EXISTS',
    `Resource already exists in the project (resource=${lastSegment(name)}).`,
  );
}

export function detached(subscription: string): ApiError {
  return new ApiError(
    'FAILED_PRECONDITION',
    `The subscription is detached (resource=${lastSegment(subscription)}).`,
  );
}

export function malformedAckId(): ApiError {
  return invalid(
    'Some acknowledgement ids in the request were invalid. This could be because the acknowledgement ids have expired or the acknowledgement ids were malformed.',
  );
}

export function unimplemented(what: string): ApiError {
  return new ApiError('UNIMPLEMENTED', `The emulator does not offer ${what}.`);
}

function lastSegment(name: string): string {
  return name.slice(name.lastIndexOf('/') + 1);
}
