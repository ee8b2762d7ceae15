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
  const code: unknown = Reflect.get(Object(error), 'code');
  // The clients of Google's tokens give HTTP codes as text.
  const number = typeof code === 'string' && /^\d{3}$/.test(code) ? Number(code) : code;
  if (typeof number === 'number' && number < 100) return STATUSES[number || 2] ?? 'UNKNOWN';
  if (typeof number === 'number') return statusOfHttp(number);
  return typeof code === 'string' ? statusOfText(code) : 'UNKNOWN';
}

/** Codes of Node and of the clients: no connection, one that broke off, or bytes that are not what they should be. */
const BY_TEXT: readonly (readonly [RegExp, Status])[] = [
  [/TIMEDOUT|TIMEOUT|^ABORT_ERR$/, 'DEADLINE_EXCEEDED'],
  // zlib's: what was sent cannot be unpacked, and will not be the next time.
  [/^Z_/, 'DATA_LOSS'],
  // A checksum that does not fit what arrived (storage 8.4.0): the next time it may.
  [/^CONTENT_DOWNLOAD_MISMATCH$/, 'UNAVAILABLE'],
  // ECONNRESET, ENOTFOUND and their like: the call may or may not have arrived.
  [/^(E[A-Z0-9]+|UND_ERR_.*|ERR_(HTTP2|STREAM|SOCKET|TLS|SSL)_.*)$/, 'UNAVAILABLE'],
  [/CERT|SIGNATURE$/, 'UNAVAILABLE'],
  [/^invalid_(grant|client)$/, 'UNAUTHENTICATED'],
];

function statusOfText(code: string): Status {
  return BY_TEXT.find(([form]) => form.test(code))?.[1] ?? 'UNKNOWN';
}

export function statusOfHttp(code: number): Status {
  return BY_HTTP.get(code) ?? (code >= 500 ? 'UNAVAILABLE' : 'UNKNOWN');
}
