import { Value } from 'typebox/value';
import type { Static, TSchema } from 'typebox';

import { invalid } from './refusals.ts';

/** `value` as `schema` describes it. Throws INVALID_ARGUMENT naming the first field that is not so. */
export function parse<T extends TSchema>(schema: T, value: unknown): Static<T> {
  if (Value.Check(schema, value)) return value;
  for (const error of Value.Errors(schema, value)) {
    const path = error.instancePath.slice(1).replaceAll('/', '.');
    if (error.keyword === 'boolean') {
      const name = path.slice(path.lastIndexOf('.') + 1);
      throw invalid(`Invalid JSON payload received. Unknown name "${name}": Cannot find field.`);
    }
    if (error.keyword === 'additionalProperties') continue;
    throw invalid(`Invalid value at '${path}': ${error.message}`);
  }
  throw invalid('Invalid JSON payload received.');
}
