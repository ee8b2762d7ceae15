/** What the official clients throw → CallError. gRPC clients give status numbers, Cloud Storage HTTP codes. */
import { CallError, STATUSES, type Status } from '../errors.ts';

const BY_HTTP = new Map<number, Status>([
  [400, 'INVALID_ARGUMENT'],
  [401, 'UNAUTHENTICATED'],
  [403, 'PERMISSION_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'DEADLINE_EXCEEDED'],
  [409, 'ABORTED'],
  [412, 'FAILED_PRECONDITION'],
  [429, 'RESOURCE_EXHAUSTED'],
  [499, 'CANCELLED'],
  [500, 'INTERNAL'],
  [501, 'UNIMPLEMENTED'],
  [504, 'DEADLINE_EXCEEDED'],
]);

/** Runs a call and turns whatever it throws into a CallError with its cause. */
export async function calling<T>(method: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw toCallError(method, error);
  }
}

/** The same, with `fallback` for what is not there. */
export async function orElse<T>(fallback: T, method: string, call: () => Promise<T>): Promise<T> {
  try {
    return await calling(method, call);
  } catch (error) {
    if (error instanceof CallError && error.status === 'NOT_FOUND') return fallback;
    throw error;
  }
}

export function toCallError(method: string, error: unknown): CallError {
  if (error instanceof CallError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new CallError(method, statusOf(error), message.slice(0, 1000), { cause: error });
}

function statusOf(error: unknown): Status {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined;
  if (typeof code === 'number' && code < 100) return STATUSES[code] ?? 'UNKNOWN';
  if (typeof code === 'number') return statusOfHttp(code);
  // ECONNRESET, ENOTFOUND and their like: the call may or may not have arrived.
  return typeof code === 'string' ? 'UNAVAILABLE' : 'UNKNOWN';
}

export function statusOfHttp(code: number): Status {
  return BY_HTTP.get(code) ?? (code >= 500 ? 'UNAVAILABLE' : 'UNKNOWN');
}
