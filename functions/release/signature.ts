/** The inputs and outputs of a model, in the terms of ONNX: what its callers rely on. */
import { Type } from 'typebox';

/** Signatures with more fields than this are not kept. */
export const FIELDS_MOST = 64;

export const FieldSchema = Type.Object({
  name: Type.String({ maxLength: 128 }),
  /** Such as float32, int64, string. */
  type: Type.String({ maxLength: 32 }),
  /** Null: any size, as that of the batch. */
  shape: Type.Array(Type.Union([Type.Integer({ minimum: 0 }), Type.Null()]), { maxItems: 8 }),
});

export const SignatureSchema = Type.Object({
  inputs: Type.Array(FieldSchema, { maxItems: FIELDS_MOST }),
  outputs: Type.Array(FieldSchema, { maxItems: FIELDS_MOST }),
});

export type Field = Type.Static<typeof FieldSchema>;
export type Signature = Type.Static<typeof SignatureSchema>;
