/** What callers send and get, for machines: `GET /contract` and `GET /openapi.json`. */
import { interfaceContract } from '../common/artifact/interface-contract.ts';
import { KEY } from '../common/artifact/interface.ts';
import type { Config } from './config.ts';
import { bodyLimit } from './config.ts';
import type { OutputSpec } from './model/onnx-outputs.ts';
import { elementType, type TypeName } from './model/tensor-types.ts';
import { B64 } from './serve/base64.ts';
import type { InputLayout, Shape } from './serve/layout.ts';
import type { Predictor } from './serve/predictor.ts';

type Schema = Readonly<Record<string, unknown>>;

/** A tensor the model returns, as a prediction has it. */
interface OutputTensor {
  readonly name: string;
  readonly type: TypeName;
  readonly leading: boolean;
  /** Null: it can be anything. */
  readonly shape: Shape | null;
}

/**
 * The names, types and shapes of inputs and outputs, the schemas of an instance and a prediction, the limits: of the
 * model, or of the interface if the service has one.
 */
export function contractOf(predictor: Predictor, config: Config): Schema {
  const { layout, outputs, maxBatchRows, runtime } = predictor.options;
  const tensors: readonly OutputTensor[] = runtime.signature.outputs.map(({ name, type }, i) => ({
    name,
    type,
    leading: layout.outputs[i]?.leading ?? false,
    shape: layout.outputs[i]?.shape ?? null,
  }));
  return {
    inputs: layout.inputs.map((input) => ({
      name: input.name,
      type: input.typeName,
      shape: input.anyRank ? null : input.shape,
    })),
    outputs: outputs.map((output) => ({ name: output.name, ...outputKind(output, tensors) })),
    instance: instanceSchema(layout.inputs, config.nullIsNaN),
    prediction: predictionSchema(outputs, tensors),
    parameters: parametersSchema(outputs),
    ...(config.face === null ? {} : interfaceContract(config.face, config.stored !== null)),
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
  const values = inputs.map((input) => inputSchema(input, nullIsNaN));
  const keyed = inputs.some((input) => input.name === KEY) ? [] : [[KEY, {}] as const];
  const named: Schema = {
    type: 'object',
    required: inputs.map((input) => input.name),
    additionalProperties: false,
    properties: Object.fromEntries([...inputs.map((input, i) => [input.name, values[i]] as const), ...keyed]),
  };
  const [only] = values;
  if (only === undefined) return named;
  if (values.length === 1) return { anyOf: [only, named] };
  return { anyOf: [named, { type: 'array', prefixItems: values, items: false, minItems: values.length }] };
}

/** Bytes as `{"b64": …}`: of all elements where they are uint8, of each where they are texts. */
const BASE64: Schema = {
  type: 'object',
  required: [B64],
  additionalProperties: false,
  properties: { [B64]: { type: 'string', contentEncoding: 'base64' } },
};

function inputSchema({ typeName, anyRank, shape, size }: InputLayout, nullIsNaN: boolean): Schema {
  const element = elementSchema(typeName, nullIsNaN);
  const value = valueSchema(
    typeName === 'string' ? { anyOf: [element, BASE64] } : element,
    anyRank ? null : shape,
    size === 1,
  );
  return typeName === 'uint8' && !anyRank ? { anyOf: [value, BASE64] } : value;
}

function predictionSchema(outputs: readonly OutputSpec[], tensors: readonly OutputTensor[]): Schema {
  const schemas = outputs.map((output) => outputSchema(output, tensors));
  const [only] = schemas;
  if (schemas.length === 1 && only !== undefined) return only;
  return {
    type: 'object',
    properties: Object.fromEntries(outputs.map((output, i) => [output.name, schemas[i]])),
  };
}

function outputSchema(output: OutputSpec, tensors: readonly OutputTensor[]): Schema {
  if (output.as === 'list') return { type: 'array', minItems: output.tensors.length };
  const tensor = tensors.find((candidate) => candidate.name === output.tensor);
  if (tensor === undefined) return {};
  if (output.as === 'element') return elementSchema(tensor.type, false);
  if (output.as === 'tensor') return valueSchema(elementSchema(tensor.type, false), tensor.shape, false);
  const properties = Object.fromEntries(output.keys.map((key) => [key, { type: 'number' }]));
  const map = { type: 'object', required: output.keys, properties };
  return tensor.leading ? map : { type: 'array', items: map };
}

function valueSchema(element: Schema, shape: Shape | null, mayBeBare: boolean): Schema {
  if (shape === null) return {};
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

function outputKind(output: OutputSpec, tensors: readonly OutputTensor[]): Schema {
  if (output.as === 'list') return { type: 'list', length: output.tensors.length };
  const tensor = tensors.find((candidate) => candidate.name === output.tensor);
  if (output.as === 'map') return { type: tensor?.leading === false ? 'maps' : 'map', keys: output.keys };
  if (tensor === undefined) return {};
  return { type: tensor.type, shape: output.as === 'element' ? [] : tensor.shape };
}

function parametersSchema(outputs: readonly OutputSpec[]): Schema {
  return {
    type: 'object',
    additionalProperties: false,
    properties: {
      outputs: { type: 'array', items: { enum: outputs.map((output) => output.name) }, minItems: 1 },
      decimals: { type: 'integer', minimum: 0, maximum: 17 },
      errors: { enum: ['request', 'row'] },
    },
  };
}
