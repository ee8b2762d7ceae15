/** The canonical errors of Google's APIs and the HTTP status each has (google/rpc/code.proto). */
const httpStatusOf = {
  CANCELLED: 499,
  UNKNOWN: 500,
  INVALID_ARGUMENT: 400,
  DEADLINE_EXCEEDED: 504,
  NOT_FOUND: 404,
  ALREADY_EXISTS: 409,
  PERMISSION_DENIED: 403,
  RESOURCE_EXHAUSTED: 429,
  FAILED_PRECONDITION: 400,
  ABORTED: 409,
  OUT_OF_RANGE: 400,
  UNIMPLEMENTED: 501,
  INTERNAL: 500,
  UNAVAILABLE: 503,
  UNAUTHENTICATED: 401,
} as const;

export type StatusName = keyof typeof httpStatusOf;

/** google.rpc.Code: the numbers that operations and gRPC carry. */
const codeOf: Readonly<Record<StatusName, number>> = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  ALREADY_EXISTS: 6,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  UNAUTHENTICATED: 16,
};

/** An answer that a Google API would give; anything else that is thrown is a defect of the emulator. */
export class ApiError extends Error {
  readonly status: StatusName;

  constructor(status: StatusName, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'ApiError';
    this.status = status;
  }

  get httpStatus(): number {
    return httpStatusOf[this.status];
  }

  /** The body of a failed HTTP call. */
  toBody(): { error: { code: number; message: string; status: StatusName } } {
    return { error: { code: this.httpStatus, message: this.message, status: this.status } };
  }

  /** google.rpc.Status, the error of an operation. Without details: the REST clients cannot decode them. */
  toStatus(): { code: number; message: string } {
    return { code: codeOf[this.status], message: this.message };
  }
}

export function isStatusName(name: string): name is StatusName {
  return Object.hasOwn(httpStatusOf, name);
}

/** What a caller gets to see of any error. */
export function asApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  return new ApiError('INTERNAL', 'Internal error encountered.', { cause: error });
}
