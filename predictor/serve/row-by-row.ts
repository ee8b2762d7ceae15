/**
 * Errors of rows for what stands around the model, a handler or the lookup of features: it refuses a request as a whole.
 * Where one instance is refused all are asked again by halves, until those refused are alone.
 */
import { FeatureRefused } from '../features/refusals.ts';
import { BadInput } from './bad-input.ts';
import type { Predict } from './handled.ts';
import { KEY } from '../../common/artifact/interface.ts';
import { readErrors } from './parameters.ts';
import { readBody } from './predictor.ts';
import { Refused } from './refused.ts';
import { rowError, type Errors, type RowFault } from './row-errors.ts';

type Ask = (instances: readonly unknown[]) => Promise<string>;

const BEFORE = '{"predictions":[';
const AFTER = ']}';

/** `usual`: what an instance that does not fit costs where the request does not say. */
export function withRowErrors(predict: Predict, usual: Errors): Predict {
  return (body, settle, isDisconnected) => {
    const { instances, parameters } = readBody(body);
    const isReadable = parameters === undefined || isObject(parameters);
    const errors = isObject(parameters) && 'errors' in parameters ? readErrors(parameters['errors']) : usual;
    if (errors === 'request' || !isReadable || instances.length === 0) {
      predict(body, settle, isDisconnected);
      return;
    }
    const ask: Ask = (rows) =>
      new Promise((resolve, reject) => {
        const half = { instances: rows, parameters: { ...parameters, errors: 'request' } };
        const answered: Parameters<Predict>[1] = (outcome) => {
          if (outcome.ok) resolve(outcome.text.slice(BEFORE.length, -AFTER.length));
          else reject(outcome.error);
        };
        predict(half, answered, isDisconnected);
      });
    rowByRow(instances, ask).then(
      (text) => settle({ ok: true, text: `${BEFORE}${text}${AFTER}` }),
      (error: unknown) => settle({ ok: false, error }),
    );
  };
}

/** The predictions' JSON without the brackets, with an error in the place of each instance that is refused. */
async function rowByRow(instances: readonly unknown[], ask: Ask): Promise<string> {
  try {
    return await ask(instances);
  } catch (error) {
    const fault = faultOf(error);
    if (fault === null) throw error;
    if (instances.length === 1) return rowError(fault, keyOf(instances[0]));
    const half = instances.length >> 1;
    const first = await rowByRow(instances.slice(0, half), ask);
    return `${first},${await rowByRow(instances.slice(half), ask)}`;
  }
}

/** What one instance is refused for, or null: the request as a whole is, or the model fails. */
function faultOf(error: unknown): RowFault | null {
  if (error instanceof Refused) return error.rows[0] ?? null;
  if (error instanceof FeatureRefused) return error;
  return error instanceof BadInput && error.instance !== null ? error : null;
}

/** JSON text of what the caller may join by, or null. */
function keyOf(instance: unknown): string | null {
  const key = isObject(instance) ? instance[KEY] : undefined;
  return typeof key === 'string' || typeof key === 'number' ? JSON.stringify(key) : null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
