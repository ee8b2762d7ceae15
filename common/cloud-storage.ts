/**
 * A fault of @google-cloud/storage 8.4.0 (by teeny-request 11.1.1), for all who download by it: where Cloud Storage
 * answers 503, it retries as it should, but also throws an error where nobody can catch it, which would end the process.
 */

/** A download as a whole. */
export async function downloading<T>(work: () => Promise<T>): Promise<T> {
  process.on('uncaughtException', ignorePipeError);
  try {
    return await work();
  } finally {
    process.off('uncaughtException', ignorePipeError);
  }
}

/** The same of what is read piece by piece. */
export async function* streaming<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
  process.on('uncaughtException', ignorePipeError);
  try {
    yield* pieces;
  } finally {
    process.off('uncaughtException', ignorePipeError);
  }
}

function ignorePipeError(error: Error): void {
  if (!isCode(error, 'ERR_STREAM_UNABLE_TO_PIPE')) throw error;
}

/** Whether an error has this code: of Node as text, of Cloud Storage a number of HTTP. */
export function isCode(error: unknown, code: string | number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
