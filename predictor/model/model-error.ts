/** The artifact cannot be served. Its message says what was expected and what was found. */
export class ModelError extends Error {
  override readonly name = 'ModelError';
}

/** The runtime refuses a run of a loaded model: these values are nothing it takes. The message is its reason. */
export class RunError extends Error {
  override readonly name = 'RunError';
}

/** The messages of an error and of what caused it, outermost first. */
export function causesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  return [error.message, ...(error.cause === undefined ? [] : causesOf(error.cause))];
}
