/** The inputs and outputs of a model, in the terms of ONNX: what its callers rely on. */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';

/** No table of a model has more columns; a file with more inputs, or outputs, is none that is read. */
const FIELDS_MAX = 20_000;

export const FieldSchema = Type.Object({
  name: Type.String({ maxLength: 128 }),
  /** Such as float32, int64, string, seq<map<int64,float32>>. */
  type: Type.String({ maxLength: 64 }),
  /** Null: not declared, not even how many dimensions. A dimension of null: any size, as that of the batch. */
  shape: Type.Union([
    Type.Array(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]), { maxItems: 8 }),
    Type.Null(),
  ]),
});

export const SignatureSchema = Type.Object({
  inputs: Type.Array(FieldSchema, { maxItems: FIELDS_MAX }),
  outputs: Type.Array(FieldSchema, { maxItems: FIELDS_MAX }),
});

export type Field = Type.Static<typeof FieldSchema>;
export type Signature = Type.Static<typeof SignatureSchema>;

const signatureValue = Compile(SignatureSchema);

/** The value as a signature, without what else it may hold; null if it is none. */
export function toSignature(value: unknown): Signature | null {
  if (!signatureValue.Check(value)) return null;
  const signature = { inputs: value.inputs.map(plain), outputs: value.outputs.map(plain) };
  // A model without outputs is none, and what is called by its name has to have one of its own.
  if (signature.outputs.length === 0 || isAmbiguous(signature.inputs) || isAmbiguous(signature.outputs))
    return null;
  return signature;
}

function plain({ name, type, shape }: Field): Field {
  return { name, type, shape };
}

function isAmbiguous(fields: readonly Field[]): boolean {
  return new Set(fields.map((field) => field.name)).size < fields.length;
}
