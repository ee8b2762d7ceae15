/** What a line of a batch's results has to say as an answer by key. */
import { isRecord, property } from '../artifact/values.ts';
import { memberOf } from './json-parts.ts';
import { rowErrorOf } from './rows.ts';

export interface StoredRow {
  /** One for each field of the key, in its order. */
  readonly key: readonly (string | number | boolean)[];
  readonly prediction: Readonly<Record<string, unknown>>;
  /** The same as it is written. */
  readonly text: string;
}

/** Null: the row has failed, or has no key. Throws where the line is no JSON. */
export function storedRowOf(line: string, fields: readonly string[]): StoredRow | null {
  const result: unknown = JSON.parse(line);
  const prediction = property(result, 'prediction');
  if (!isRecord(prediction) || rowErrorOf(prediction) !== undefined) return null;
  const instance = property(result, 'instance');
  const values = fields.map((field) => property(instance, field));
  const text = memberOf(line, 'prediction');
  return isKey(values) && text !== undefined ? { key: values, prediction, text } : null;
}

/** Whether a key has these values. */
export function isKey(values: readonly unknown[]): values is StoredRow['key'] {
  return values.every(
    (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
}
