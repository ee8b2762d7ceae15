/**
 * What callers of a service with an interface send and get, whatever its model takes, as JSON schemas: for `/contract` and
 * `/openapi.json` of the predictor, and for Vertex AI's `predict_schemata`.
 */
import {
  isRequired,
  KEY,
  type Interface,
  type Parameter,
  type RequestField,
  type ResponseField,
} from './interface.ts';
import { SOURCE } from './stored-settings.ts';
import type { ValueType } from './values.ts';

type Schema = Readonly<Record<string, unknown>>;

/** `inputs`, `outputs`, and the schemas of an instance, a prediction and the parameters. `isStored`: callers may ask which answer is a stored one. */
export function interfaceContract(
  { request, response, parameters = {} }: Interface,
  isStored = false,
): Readonly<
  Record<'inputs' | 'outputs', readonly Schema[]> & Record<'instance' | 'prediction' | 'parameters', Schema>
> {
  const fields = Object.entries(request);
  const keyed = Object.hasOwn(request, KEY) ? [] : [[KEY, {}] as const];
  const values = Object.entries(response).map(([name, field]) => [name, fieldSchema(field)] as const);
  const echoed = Object.hasOwn(response, KEY) ? [] : keyed;
  return {
    inputs: fields.map(([name, field]) => ({ name, ...kindOf(field), required: isRequired(field) })),
    outputs: Object.entries(response).map(([name, field]) => ({ name, ...kindOf(field) })),
    instance: {
      type: 'object',
      required: fields.filter(([, field]) => isRequired(field)).map(([name]) => name),
      additionalProperties: false,
      properties: Object.fromEntries([
        ...fields.map(([name, field]) => [name, requestSchema(field)] as const),
        ...keyed,
      ]),
    },
    // Fewer where `parameters.outputs` asks for some.
    prediction: {
      type: 'object',
      properties: Object.fromEntries([...values, ...echoed, ...(isStored ? [[SOURCE, SOURCE_SCHEMA]] : [])]),
    },
    parameters: {
      type: 'object',
      additionalProperties: false,
      properties: {
        ...Object.fromEntries(Object.entries(parameters).map(([name, one]) => [name, parameterSchema(one)])),
        ...(isStored && { [SOURCE]: { type: 'boolean', default: false } }),
        outputs: { type: 'array', items: { enum: Object.keys(response) }, minItems: 1 },
        decimals: { type: 'integer', minimum: 0, maximum: 17 },
      },
    },
  };
}

/** Where `parameters.source` is true. */
const SOURCE_SCHEMA = {
  type: 'object',
  required: ['from', 'at'],
  properties: {
    from: { enum: ['stored', 'computed'] },
    version: { type: 'string' },
    at: { type: 'string', format: 'date-time' },
  },
};

function kindOf({ type, list }: ResponseField): Schema {
  return { type, list: list ?? null };
}

function requestSchema(field: RequestField): Schema {
  const { default: fallback, deprecated, override } = field;
  return {
    ...fieldSchema(field),
    ...(fallback !== undefined && { default: fallback }),
    ...(deprecated === true && { deprecated }),
    ...(override !== undefined &&
      field.description === undefined && { description: `Replaces ${override}.` }),
  };
}

function parameterSchema({ type, default: fallback, description }: Parameter): Schema {
  return {
    ...valueSchema(type),
    ...described(description),
    ...(fallback !== undefined && { default: fallback }),
  };
}

function fieldSchema({ type, list, description }: ResponseField): Schema {
  const value = valueSchema(type);
  if (list === undefined) return { ...value, ...described(description) };
  const count = list === 'any' ? {} : { minItems: list, maxItems: list };
  return { type: 'array', items: value, ...count, ...described(description) };
}

function valueSchema(type: ValueType): Schema {
  if (type !== 'integer') return { type };
  return { type, minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER };
}

function described(description: string | undefined): Schema {
  return description === undefined ? {} : { description };
}
