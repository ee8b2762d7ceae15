/** `predict_schemata` of a model: each names an object of Cloud Storage, which has to be there when it is uploaded. */
import { ApiError } from '../core/errors.ts';
import type { Context } from './context.ts';
import { invalidFields } from './request.ts';
import type { Model } from './schemas.ts';
import { objectOf } from '../../common/artifact/uri.ts';

const FIELDS = [
  ['instanceSchemaUri', 'instance_schema_uri'],
  ['parametersSchemaUri', 'parameters_schema_uri'],
  ['predictionSchemaUri', 'prediction_schema_uri'],
] as const;

/** Throws an ApiError for a URI that is none of Cloud Storage. */
export function checkSchemata({ predictSchemata }: Model): void {
  for (const { uri, field } of uris(predictSchemata))
    if (objectOf(uri).bucket === '')
      throw invalidFields([
        { field: `model.predict_schemata.${field}`, message: `Expected a Cloud Storage URI, got "${uri}".` },
      ]);
}

/** Why the operation fails, or null. */
export function schemataFault({ artifacts }: Context, { predictSchemata }: Model): ApiError | null {
  for (const { uri } of uris(predictSchemata)) {
    const { bucket, name } = objectOf(uri);
    if (!artifacts.has(bucket, name))
      return new ApiError('FAILED_PRECONDITION', `The schema ${uri} cannot be read.`);
  }
  return null;
}

/** Without empty ones, which say that there is none. */
function uris(schemata: unknown): { uri: string; field: string }[] {
  return FIELDS.flatMap(([name, field]) => {
    const uri: unknown = Reflect.get(Object(schemata), name);
    return typeof uri === 'string' && uri !== '' ? [{ uri, field }] : [];
  });
}
