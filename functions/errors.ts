/** A problem met while handling a message or a release, and a call to Google that did not succeed. */
import { PROBLEMS, type ProblemCode } from './problems.ts';

/** A problem of the closed list, met while handling a message or a release. */
export class Problem extends Error {
  override readonly name = 'Problem';
  readonly code: ProblemCode;
  /** The particulars: what was expected, what was found. Never a payload. */
  readonly detail: string;

  constructor(code: ProblemCode, detail: string, options?: ErrorOptions) {
    super(`${PROBLEMS[code].text} (${detail})`, options);
    this.code = code;
    this.detail = detail;
  }

  get retry(): 'again' | 'never' {
    return PROBLEMS[this.code].retry;
  }
}

/**
 * How a call to Google ended, in the status names of gRPC
 * (https://github.com/googleapis/googleapis/blob/master/google/rpc/code.proto).
 */
export const STATUSES = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
] as const;

export type Status = (typeof STATUSES)[number];

/** A call to Google that did not succeed. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly status: Status;
  readonly method: string;
  /** In ms, where it is known when the same call will be let through. */
  readonly retryAfterMs: number | null;

  constructor(
    method: string,
    status: Status,
    message: string,
    options?: ErrorOptions & { retryAfterMs?: number },
  ) {
    super(message, options);
    this.status = status;
    this.method = method;
    this.retryAfterMs = options?.retryAfterMs ?? null;
  }
}

// The call may have taken effect although it failed: only a look at the world can tell.
const UNCERTAIN: ReadonlySet<Status> = new Set([
  'CANCELLED',
  'UNKNOWN',
  'DEADLINE_EXCEEDED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
]);

// The same call may well succeed later.
const TRANSIENT: ReadonlySet<Status> = new Set([...UNCERTAIN, 'ABORTED', 'RESOURCE_EXHAUSTED']);

/** True when the call may have taken effect although it failed. */
export function isUncertain(status: Status): boolean {
  return UNCERTAIN.has(status);
}

/** True when the same call may succeed later. */
export function isTransient(status: Status): boolean {
  // What is corrupt stays so (code.proto: "unrecoverable").
  return TRANSIENT.has(status) && status !== 'DATA_LOSS';
}
