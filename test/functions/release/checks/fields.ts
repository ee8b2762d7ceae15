/** Signatures, and fields of them. */
import type { Field, Signature } from '../../../../functions/release/checks/signature.ts';

export type Shape = Field['shape'];

export function field(name: string, shape: Shape = [null, 1], type = 'float32'): Field {
  return { name, type, shape };
}

export function takes(...inputs: Field[]): Signature {
  return { inputs, outputs: [field('y')] };
}

export function gives(...outputs: Field[]): Signature {
  return { inputs: [field('x')], outputs };
}

export const AGE = field('age');
export const CITY = field('city', [null, 1], 'string');
export const LABEL = field('label', [null], 'int64');
export const SCORES = field('scores', [null, 2]);
