/**
 * A row that the predictor refuses in a batch. Vertex AI counts a whole post as failed unless its status is 200 and
 * `predictions` has one value an instance, so a refused row has an error in the place of its prediction:
 *
 *     {"error": {"code": 400, "status": "INVALID_ARGUMENT", "message": "features[2]: expected a number, got a string"}}
 *
 * An instance with a `key` has it in the refusal too: `{"key": 17, "error": {…}}`. Vertex AI writes it into the results
 * like any prediction and counts the row as successful; a count of failed rows includes these. No prediction
 * of a model has this form: `code` is a number and `status` and `message` are text, while the values of a map that a
 * model answers have one type. The predictor writes it in predictor/serve/row-errors.ts, which imports nothing from
 * here; a test holds both together.
 */

export interface RowError {
  /** As a status of HTTP: 400 for a row that does not fit, or that the model refuses; 500 for one that failed. */
  readonly code: number;
  /** The name of google.rpc.Code, such as `INVALID_ARGUMENT`. */
  readonly status: string;
  /** Names the place in the row, without the number of the row in its post. */
  readonly message: string;
}

/** The error that stands in the place of a prediction, or undefined where `prediction` is one. */
export function rowErrorOf(prediction: unknown): RowError | undefined {
  if (!isObject(prediction) || !isObject(prediction.error)) return undefined;
  if (Object.keys(prediction).some((name) => name !== 'error' && name !== 'key')) return undefined;
  const { code, status, message, ...more } = prediction.error;
  if (typeof code !== 'number' || typeof status !== 'string' || typeof message !== 'string') return undefined;
  return Object.keys(more).length === 0 ? { code, status, message } : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
