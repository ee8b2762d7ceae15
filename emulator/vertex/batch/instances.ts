/** From a line of the input to what the container gets and what the output shows (BatchPredictionJob.InstanceConfig). */
import { isObject, parseJson } from '../../core/json.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import type { Behaviour } from '../behaviour.ts';
import { columnsOf, valuesOf } from './csv.ts';

export interface InstanceConfig {
  readonly instanceType: '' | 'object' | 'array';
  readonly keyField: string;
  readonly includedFields: readonly string[];
  readonly excludedFields: readonly string[];
}

/** A row: its JSON for the container, or why there is none; and what the output says of it, without braces. */
export type Row =
  { readonly instance: string; readonly shown: string } | { readonly fault: string; readonly shown: string };

export type ReadRow = (line: string) => Row;

/** Reads lines of JSON. */
export function jsonlReader(config: InstanceConfig, keyForm: Behaviour['batchKey']): ReadRow {
  const { instanceType, keyField, includedFields, excludedFields } = config;
  const asItIs =
    instanceType === '' && keyField === '' && includedFields.length + excludedFields.length === 0;
  return (line) => {
    const text = line.trim();
    // Looked at with its batch: checkedRows.
    if (asItIs) return { instance: text, shown: `"instance":${text}` };
    let value: Json;
    try {
      value = parseJson(text);
    } catch {
      return notJson(text);
    }
    const whole = `"instance":${text}`;
    if (instanceType === 'array' && Array.isArray(value)) return { instance: text, shown: whole };
    if (!isObject(value)) return { fault: 'The line is not a JSON object.', shown: whole };
    const key = keyField === '' ? undefined : value[keyField];
    if (keyField !== '' && key === undefined)
      return { fault: `The line has no key field "${keyField}".`, shown: whole };
    const { [keyField]: _, ...fields } = value;
    const missing = includedFields.find((field) => !Object.hasOwn(fields, field));
    if (missing !== undefined) return { fault: `The line has no field "${missing}".`, shown: whole };
    if (instanceType === 'array' && includedFields.length === 0) {
      return { fault: 'included_fields must be set to make arrays of JSON objects.', shown: whole };
    }
    const [kept, excluded] = divided(fields, includedFields, excludedFields);
    const array = includedFields.map((field) => fields[field] ?? null);
    const instance = JSON.stringify(instanceType === 'array' ? array : kept);
    if (key !== undefined) return { instance, shown: shownKey(keyField, key, keyForm) };
    const attached = Object.entries(excluded).map(([name, field]) => `,${pair(name, field)}`);
    return { instance, shown: `"instance":${instance}${attached.join('')}` };
  };
}

/** The rows, with a fault where an instance is no JSON: one look for all of them as long as there is none. */
export function checkedRows(rows: readonly Row[]): readonly Row[] {
  const instances = rows.flatMap((row) => ('instance' in row ? [row.instance] : []));
  if (isJson(`[${instances.join(',')}]`, instances.length)) return rows;
  return rows.map((row) => ('fault' in row || isJson(`[${row.instance}]`, 1) ? row : notJson(row.instance)));
}

function isJson(text: string, count: number): boolean {
  try {
    const value = parseJson(text);
    return Array.isArray(value) && value.length === count;
  } catch {
    return false;
  }
}

function notJson(text: string): Row {
  return { fault: 'The line is not valid JSON.', shown: `"instance":${JSON.stringify(text)}` };
}

/** Reads the lines of a CSV file after the header. Throws an Error for a header that cannot be read. */
export function csvReader(header: string, config: InstanceConfig, keyForm: Behaviour['batchKey']): ReadRow {
  const { keyField } = config;
  const columns = columnsOf(header);
  const keyAt = columns.indexOf(keyField);
  if (keyField !== '' && keyAt === -1) throw new Error(`the header has no key field "${keyField}"`);
  return (line) => {
    try {
      const values = valuesOf(line, columns);
      const key = values[keyAt];
      const instance = JSON.stringify(values.filter((_, index) => index !== keyAt));
      const shown = key === undefined ? `"instance":${instance}` : shownKey(keyField, key, keyForm);
      return { instance, shown };
    } catch (error) {
      const fault = error instanceof Error ? error.message : String(error);
      return { fault, shown: `"instance":${JSON.stringify(line)}` };
    }
  };
}

/** The fields for the container, in the order of the included ones, and those that only the output shows. */
function divided(
  fields: JsonObject,
  included: readonly string[],
  excluded: readonly string[],
): [JsonObject, JsonObject] {
  if (included.length > 0)
    return [Object.fromEntries(included.map((name) => [name, fields[name] ?? null])), {}];
  const isExcluded = ([name]: [string, Json]): boolean => excluded.includes(name);
  const entries = Object.entries(fields);
  return [
    Object.fromEntries(entries.filter((entry) => !isExcluded(entry))),
    Object.fromEntries(entries.filter(isExcluded)),
  ];
}

function shownKey(keyField: string, key: Json, form: Behaviour['batchKey']): string {
  return pair(form === 'key' ? 'key' : keyField, key);
}

function pair(name: string, value: Json): string {
  return `${JSON.stringify(name)}:${JSON.stringify(value)}`;
}
