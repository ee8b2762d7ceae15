/**
 * The first rows of an input against the contract of the live model, before any money is spent: what no model server can
 * read, and rows that lack an input or have one of another kind. What is not known breaks nothing.
 */
import type { Field, Signature } from '../../release/checks/signature.ts';
import { csvFields, eachRecord, type RowFormat } from './records.ts';
import { plain } from './number-rows.ts';

export const ROWS_CHECKED = 20;

export interface Expected {
  readonly format: RowFormat;
  readonly key: string | null;
  readonly signature: Signature | null;
}

/** What is wrong with the first rows, with the number of the line; null: nothing that shows there. */
export function faultOf(bytes: Uint8Array, isLast: boolean, expected: Expected): string | null {
  const lines: string[] = [];
  const text = new TextDecoder('utf-8', { fatal: true });
  try {
    eachRecord(bytes, expected.format, isLast, (start, end) => {
      lines.push(text.decode(bytes.subarray(start, end)));
      return lines.length < ROWS_CHECKED;
    });
  } catch {
    return `line ${lines.length + 1}: expected UTF-8`;
  }
  return expected.format === 'csv' ? ofCsv(lines, expected) : ofJson(lines, expected);
}

function ofCsv([header, ...lines]: readonly string[], { key, signature }: Expected): string | null {
  if (header === undefined) return null;
  const names = csvFields(header).map(plain);
  if (key !== null && !names.includes(key)) return `line 1: expected a column ${key}, got ${listed(names)}`;
  const columns = names.length - (key === null ? 0 : 1);
  const width = widthOf(signature);
  if (width !== null && columns !== width)
    return `line 1: expected ${width} columns${key === null ? '' : ` beside ${key}`}, the features of ${signature?.inputs[0]?.name}, got ${columns}`;
  for (const [i, line] of lines.entries()) {
    const fields = csvFields(line);
    if (fields.length !== names.length)
      return `line ${i + 2}: expected ${names.length} fields as in the header, got ${fields.length}`;
  }
  return null;
}

function ofJson(lines: readonly string[], expected: Expected): string | null {
  for (const [i, line] of lines.entries()) {
    let row: unknown;
    try {
      row = JSON.parse(line);
    } catch {
      return `line ${i + 1}: expected JSON`;
    }
    const fault = ofRow(row, expected);
    if (fault !== null) return `line ${i + 1}: ${fault}`;
  }
  return null;
}

function ofRow(row: unknown, { key, signature }: Expected): string | null {
  const isObject = typeof row === 'object' && row !== null && !Array.isArray(row);
  if (key !== null && (!isObject || !Object.hasOwn(row, key)))
    return `expected an object with the key ${key}`;
  if (signature === null) return null;
  const inputs = signature.inputs;
  if (!isObject) {
    if (inputs.length > 1) return `expected an object with ${listed(inputs.map(({ name }) => name))}`;
    return ofValue(row, inputs[0]);
  }
  // The one input of a model may be given by its name, and a feature of it by a name that only the model server knows.
  if (inputs.length === 1 && inputs[0] !== undefined && !Object.hasOwn(row, inputs[0].name)) return null;
  for (const input of inputs) {
    if (!Object.hasOwn(row, input.name)) return `expected a value of ${input.name}`;
    const fault = ofValue(Reflect.get(row, input.name), input);
    if (fault !== null) return `${input.name}: ${fault}`;
  }
  return null;
}

/** Of a kind that the input cannot take, or of another length than its last dimension. */
function ofValue(value: unknown, input: Field | undefined): string | null {
  if (input === undefined) return null;
  const isNumber = /^(?:u?int|float|double|bfloat)/.test(input.type);
  const [first] = Array.isArray(value) ? value : [value];
  if (isNumber && typeof first === 'string' && !isNumeric(first)) return 'expected a number, got a text';
  if (input.type === 'string' && typeof first === 'number') return 'expected a text, got a number';
  const width = input.shape?.length === 2 ? (input.shape[1] ?? null) : null;
  if (width !== null && Array.isArray(value) && typeof first === 'number' && value.length !== width)
    return `expected ${width} values, got ${value.length}`;
  return null;
}

/** Infinity, NaN and long integers may be written as text. */
function isNumeric(text: string): boolean {
  return /^[+-]?(?:inf(?:inity)?|nan|[0-9.e+-]+)$/i.test(text.trim());
}

/** How many features the one input of the model has. */
function widthOf(signature: Signature | null): number | null {
  const [input, ...others] = signature?.inputs ?? [];
  if (input === undefined || others.length > 0 || input.shape?.length !== 2) return null;
  return input.shape[1] ?? null;
}

function listed(names: readonly string[]): string {
  const some = names.slice(0, 6).map((name) => name.slice(0, 40));
  return names.length > 6 ? `${some.join(', ')} and ${names.length - 6} more` : some.join(', ');
}
