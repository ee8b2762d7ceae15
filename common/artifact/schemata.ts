/**
 * How callers' instances, predictions and parameters look, for Vertex AI: `predict_schemata` of a version, from the
 * interface of its service. Each is an OpenAPI 3.0.2 Schema Object as YAML, which JSON is.
 * https://cloud.google.com/vertex-ai/docs/reference/rest/v1/PredictSchemata
 */
import { createHash } from 'node:crypto';
import { interfaceContract } from './interface-contract.ts';
import type { Interface } from './interface.ts';

/** Where they are in the state bucket. */
const FOLDER = 'schemata/';

/** An object of the state bucket, named by its content: what is there under that name is that. */
export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

/** What describes to Vertex AI how an instance, a prediction and the parameters of a model look. */
export interface Schemata {
  readonly instance: SchemaFile;
  readonly prediction: SchemaFile;
  readonly parameters: SchemaFile;
}

/** `isStored`: callers may ask which answer is a stored one. */
export function schemataOf(service: string, face: Interface, isStored: boolean): Schemata {
  const contract = interfaceContract(face, isStored);
  const fileOf = (schema: object): SchemaFile => {
    const text = `${JSON.stringify(schema, null, 1)}\n`;
    const digest = createHash('sha256').update(text).digest('hex').slice(0, 16);
    return { name: `${FOLDER}${service}/${digest}.yaml`, text };
  };
  return {
    instance: fileOf(contract.instance),
    prediction: fileOf(contract.prediction),
    parameters: fileOf(contract.parameters),
  };
}
