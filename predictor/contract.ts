/** What this model takes and gives, for machines: `GET /contract` and `GET /openapi.json`. */
import type { Config } from './config.ts';
import { bodyLimit } from './config.ts';
import type { OutputSpec } from './model/onnx-outputs.ts';
import type { Port } from './model/runtime.ts';
import { elementType, type TypeName } from './model/tensor-types.ts';
import { KEY } from './serve/instances.ts';
import type { InputLayout } from './serve/layout.ts';
import type { Predictor } from './serve/predictor.ts';

type Schema = Readonly<Record<string, unknown>>;

/** The names, types and shapes of inputs and outputs, the schemas of an instance and a prediction, the limits. */
export function contractOf(predictor: Predictor, config: Config): Schema {
  const { layout, outputs, maxBatchRows, runtime } = predictor.options;
  const { signature } = runtime;
  return {
    inputs: layout.inputs.map(({ name, typeName, shape }) => ({ name, type: typeName, shape })),
    outputs: outputs.map((output) => ({
      name: output.name,
      ...outputKind(output, signature.outputs, layout.batched),
    })),
    instance: instanceSchema(layout.inputs, config.nullIsNaN),
    prediction: predictionSchema(outputs, signature.outputs, layout.batched),
    parameters: parametersSchema(outputs),
    limits: { maxBodyBytes: bodyLimit(config), timeoutMs: config.timeoutMs },
    batching: {
      acrossRequests: layout.batched && config.batching,
      maxRows: layout.batched ? maxBatchRows : 1,
    },
  };
}

/** The same as an OpenAPI 3.1 document. */
export function openapiOf(predictor: Predictor, config: Config): Schema {
  const contract = contractOf(predictor, config);
  const error = content({
    type: 'object',
    required: ['error'],
    properties: {
      error: {
        type: 'object',
        required: ['code', 'status', 'message'],
        properties: { code: { type: 'integer' }, status: { type: 'string' }, message: { type: 'string' } },
      },
    },
  });
  return {
    openapi: '3.1.0',
    info: { title: 'Predictor', version: '1' },
    paths: {
      [config.predictRoute]: {
        post: {
          operationId: 'predict',
          requestBody: {
            required: true,
            ...content({
              type: 'object',
              required: ['instances'],
              additionalProperties: false,
              properties: {
                instances: { type: 'array', items: contract['instance'] },
                parameters: contract['parameters'],
              },
            }),
          },
          responses: {
            200: {
              description: 'One prediction an instance, in the same order',
              ...content({
                type: 'object',
                required: ['predictions'],
                properties: { predictions: { type: 'array', items: contract['prediction'] } },
              }),
            },
            400: { description: 'An instance does not fit; the message names it', ...error },
            413: { description: 'The body or the reply is too large', ...error },
            500: { description: 'The prediction failed', ...error },
            503: { description: 'Not ready, or more work than can be done in time', ...error },
          },
        },
      },
      [config.healthRoute]: {
        get: {
          operationId: 'health',
          responses: { 200: { description: 'Ready' }, 503: { description: 'Not ready, or draining' } },
        },
      },
    },
  };
}

function content(schema: Schema): Schema {
  return { content: { 'application/json': { schema } } };
}

function instanceSchema(inputs: readonly InputLayout[], nullIsNaN: boolean): Schema {
  const values = inputs.map((input) => valueSchema(input.typeName, input.shape, nullIsNaN, input.size === 1));
  const keyed = inputs.some((input) => input.name === KEY) ? [] : [[KEY, {}] as const];
  const named: Schema = {
    type: 'object',
    required: inputs.map((input) => input.name),
    additionalProperties: false,
    properties: Object.fromEntries([...inputs.map((input, i) => [input.name, values[i]] as const), ...keyed]),
  };
  const [only] = values;
  if (values.length === 1 && only !== undefined) return { anyOf: [only, named] };
  return { anyOf: [named, { type: 'array', prefixItems: values, items: false, minItems: values.length }] };
}

function predictionSchema(
  outputs: readonly OutputSpec[],
  tensors: readonly Port[],
  batched: boolean,
): Schema {
  const schemas = outputs.map((output) => outputSchema(output, tensors, batched));
  const [only] = schemas;
  if (schemas.length === 1 && only !== undefined) return only;
  return {
    type: 'object',
    properties: Object.fromEntries(outputs.map((output, i) => [output.name, schemas[i]])),
  };
}

function outputSchema(output: OutputSpec, tensors: readonly Port[], batched: boolean): Schema {
  if (output.as === 'map') {
    const properties = Object.fromEntries(output.keys.map((key) => [key, { type: 'number' }]));
    return { type: 'object', required: output.keys, properties };
  }
  if (output.as === 'list') return { type: 'array', minItems: output.tensors.length };
  const tensor = tensors.find((port) => port.name === output.tensor);
  if (tensor === undefined) return {};
  return valueSchema(tensor.type, rowShape(tensor, batched), false, false);
}

/** The shape of one prediction's part of an output. */
function rowShape({ shape }: Port, batched: boolean): readonly (number | null)[] {
  return batched || shape[0] === null || shape[0] === 1 ? shape.slice(1) : shape;
}

function valueSchema(
  type: TypeName,
  shape: readonly (number | null)[],
  nullable: boolean,
  mayBeBare: boolean,
): Schema {
  const element = elementSchema(type, nullable);
  const nested = shape.reduceRight<Schema>(
    (items, dim) => ({ type: 'array', items, ...(dim === null ? {} : { minItems: dim, maxItems: dim }) }),
    element,
  );
  return mayBeBare && shape.length > 0 ? { anyOf: [nested, element] } : nested;
}

function elementSchema(type: TypeName, nullable: boolean): Schema {
  const { kind, min, max } = elementType(type);
  if (kind === 'float') return { type: nullable ? ['number', 'null'] : 'number' };
  if (kind === 'integer') return { type: 'integer', minimum: min, maximum: max };
  if (kind === 'bigint')
    return { anyOf: [{ type: 'integer' }, { type: 'string', pattern: '^-?[0-9]{1,20}$' }] };
  return { type: kind };
}

function outputKind(output: OutputSpec, tensors: readonly Port[], batched: boolean): Schema {
  if (output.as === 'map') return { type: 'map', keys: output.keys };
  if (output.as === 'list') return { type: 'list', length: output.tensors.length };
  const tensor = tensors.find((port) => port.name === output.tensor);
  return tensor === undefined ? {} : { type: tensor.type, shape: rowShape(tensor, batched) };
}

function parametersSchema(outputs: readonly OutputSpec[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      outputs: { type: 'array', items: { enum: outputs.map((output) => output.name) }, minItems: 1 },
      decimals: { type: 'integer', minimum: 0, maximum: 17 },
    },
  };
}
