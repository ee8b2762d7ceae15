/** The types of tensors beside those of JSON: which values a tensor takes and gives, and how many. */
import { shownName, type ValueType } from '../../../common/artifact/values.ts';
import type { Field } from './signature.ts';

/** What an element of a tensor is in JSON; null: not known, as of a sequence of maps. */
export function kindOf(tensor: string): ValueType | null {
  if (/^(float|bfloat)/.test(tensor)) return 'number';
  if (/^u?int\d/.test(tensor)) return 'integer';
  if (tensor === 'string') return 'string';
  return tensor === 'bool' ? 'boolean' : null;
}

/** Whether a tensor of that type takes such values. Nothing is converted but whole numbers to others. */
export function accepts(tensor: string, type: ValueType): boolean {
  const kind = kindOf(tensor);
  return kind === null || kind === type || (kind === 'number' && type === 'integer');
}

/** Whether a tensor of that type gives such values. */
export function gives(tensor: string, type: ValueType): boolean {
  const kind = kindOf(tensor);
  return kind === null || kind === type || (kind === 'integer' && type === 'number');
}

/** How many elements a row has; null: not known. The first dimension counts rows. */
export function widthOf(shape: Field['shape']): number | null {
  if (shape === null || shape.length === 0) return null;
  return shape
    .slice(1)
    .reduce<number | null>((all, size) => (all === null || size === null ? null : all * size), 1);
}

/** A name of others in quotes, for a sentence. */
export function quoted(name: string): string {
  return `"${shownName(name)}"`;
}
