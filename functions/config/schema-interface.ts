/** The schema of `interface` in slipway.yaml: what callers of the service send and get, whatever its model takes. */
import { Type } from 'typebox';
import { VALUE_TYPES } from '../../common/artifact/values.ts';
import { documented, strict, text } from './fields.ts';

/** As NAME of common/artifact/features.ts. */
const FIELD_NAME = '^[A-Za-z_][A-Za-z0-9_]{0,63}$';
const FIELD_NAMES = 'a name of up to 64 letters, digits and "_" that does not begin with a digit';

const type = Type.Enum(VALUE_TYPES, {
  description: 'The type of the value. An `integer` is a whole number within ±(2^53 − 1).',
  examples: ['number'],
});

const list = Type.Optional(
  Type.Union([Type.Integer({ minimum: 1, maximum: 65_536 }), Type.Literal('any')], {
    expected: 'the number of values in the list, or any',
    description: 'The field is a list of so many values, or of `any` number of them.',
    absent: 'one value, not a list',
    examples: [16, 'any'],
  }),
);

const description = Type.Optional(
  Type.String({
    maxLength: 200,
    description: 'What the field means, for its callers. It is shown in `/openapi.json`.',
    absent: 'none',
    examples: ['The customer, as in the shop.'],
  }),
);

function fallback(what: string) {
  return Type.Optional(
    Type.Union([Type.Number(), Type.String({ maxLength: 200 }), Type.Boolean()], {
      expected: 'a number, text, true or false',
      description: what,
      absent: 'none',
      examples: [0],
    }),
  );
}

function flag(what: string) {
  return Type.Optional(Type.Boolean({ description: what, default: false, examples: [true] }));
}

const RequestFieldSchema = Type.Object(
  {
    type,
    list,
    optional: flag(
      'Whether callers may leave the field out. The model then needs a default for it in `features.json`.',
    ),
    default: fallback('The value if the field is left out. A field with a default may be left out.'),
    deprecated: flag('Whether the field is on its way out: still accepted, and callers may leave it out.'),
    override: Type.Optional(
      text('^[A-Za-z_][A-Za-z0-9_]{0,63}\\..{1,128}$', 'VIEW.FEATURE', {
        description:
          'The stored feature that the field replaces where a caller sends it. Callers may leave it out. Values of a request replace nothing else.',
        absent: 'none',
        examples: ['customer.orders_30d'],
      }),
    ),
    description,
  },
  strict,
);

const ResponseFieldSchema = Type.Object({ type, list, description }, strict);

const ParameterSchema = Type.Object(
  { type, default: fallback('The value if the parameter is left out.'), description },
  strict,
);

function fieldsBy<T extends Type.TSchema>(field: T, options: object) {
  return Type.Record(Type.String({ pattern: FIELD_NAME }), field, {
    ...strict,
    names: FIELD_NAMES,
    ...options,
  });
}

export const InterfaceSchema = Type.Object(
  {
    request: fieldsBy(RequestFieldSchema, {
      minProperties: 1,
      maxProperties: 128,
      ...documented(
        'The fields of an instance, by name: the keys of stored features, and what only the caller knows.',
      ),
    }),
    response: fieldsBy(ResponseFieldSchema, {
      minProperties: 1,
      maxProperties: 64,
      ...documented('The fields of a prediction, which is an object of them, also of one.'),
    }),
    parameters: Type.Optional(
      fieldsBy(ParameterSchema, {
        maxProperties: 32,
        ...documented(
          'What a request may have in `parameters`, beside `outputs` and `decimals`, for the handler.',
          'none',
        ),
      }),
    ),
  },
  {
    ...strict,
    ...documented(
      'What callers send and get, whatever the model takes; [features.md](features.md). With it the contract gate compares a model with the interface, and not with the live model.',
      "the inputs and outputs of the live model are the service's interface",
    ),
  },
);

export type InterfaceFile = Type.Static<typeof InterfaceSchema>;
