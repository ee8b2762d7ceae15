/** The refusals of Cloud Storage's JSON API, in Google's words and shape (they differ from google.rpc.Status). */

export interface ErrorDetail {
  readonly reason: string;
  readonly domain?: string;
  readonly locationType?: string;
  readonly location?: string;
}

/** An answer that Cloud Storage would give; anything else that is thrown is a defect of the emulator. */
export class StorageError extends Error {
  readonly httpStatus: number;
  readonly #detail: ErrorDetail;

  constructor(httpStatus: number, message: string, detail: ErrorDetail, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StorageError';
    this.httpStatus = httpStatus;
    this.#detail = detail;
  }

  toBody(): { error: { code: number; message: string; errors: object[] } } {
    const { message } = this;
    return {
      error: { code: this.httpStatus, message, errors: [{ message, domain: 'global', ...this.#detail }] },
    };
  }
}

export function bucketNotFound(): StorageError {
  return new StorageError(404, 'The specified bucket does not exist.', { reason: 'notFound' });
}

export function objectNotFound(bucket: string, name: string): StorageError {
  return new StorageError(404, `No such object: ${bucket}/${name}`, { reason: 'notFound' });
}

export function invalid(message: string, options?: ErrorOptions): StorageError {
  return new StorageError(400, message, { reason: 'invalid' }, options);
}

export function required(parameter: string): StorageError {
  return new StorageError(400, `Required parameter: ${parameter}`, {
    reason: 'required',
    locationType: 'parameter',
    location: parameter,
  });
}

export function invalidParameter(parameter: string, message: string): StorageError {
  return new StorageError(400, message, {
    reason: 'invalidParameter',
    locationType: 'parameter',
    location: parameter,
  });
}

export function conflict(message: string): StorageError {
  return new StorageError(409, message, { reason: 'conflict' });
}

export function conditionNotMet(): StorageError {
  return new StorageError(412, 'At least one of the pre-conditions you specified did not hold.', {
    reason: 'conditionNotMet',
    locationType: 'header',
    location: 'If-Match',
  });
}

/** Answered with an empty body, as HTTP asks. */
export function notModified(): StorageError {
  return new StorageError(304, 'Not Modified', { reason: 'notModified' });
}

/** Cloud Storage takes about one write a second to one object name. */
export function tooManyWrites(bucket: string, name: string): StorageError {
  return new StorageError(
    429,
    `The object ${bucket}/${name} exceeded the rate limit for object mutation operations (create, update, ` +
      'and delete). Please reduce your request rate. See https://cloud.google.com/storage/docs/gcs429.',
    { domain: 'usageLimits', reason: 'rateLimitExceeded' },
  );
}
