/**
 * The lines of Vertex AI's result and error files. A result has `prediction`, an error `error`; the row it answers is
 * there as `instance`, or named by `key`, or by the key field's own name. A row that the model server refuses has the
 * error in the place of its prediction (common/batch/rows.ts), and counts as failed here.
 */
import { rowErrorOf } from '../../../common/batch/rows.ts';
import { parseExact } from './exact-json.ts';
import { csvFields, csvValue, eachRecord } from './records.ts';
import { ROW_FIELD } from './number-rows.ts';

export interface ResultFile {
  readonly kind: 'results' | 'errors';
  readonly format: 'jsonl' | 'csv';
}

/**
 * Both names that Vertex AI writes (job_service's own words, and what jobs of custom models are seen to write). The second
 * has no ending: `format` is what the job was asked for.
 */
export function kindOf(name: string, format: ResultFile['format'] = 'jsonl'): ResultFile | null {
  const file = name.slice(name.lastIndexOf('/') + 1);
  const kind = /^(?:prediction\.results-|predictions_)/.test(file)
    ? 'results'
    : /^(?:prediction\.errors_stats-|errors_)/.test(file)
      ? 'errors'
      : null;
  const stated = /\.(csv|jsonl)$/.exec(file)?.[1];
  const isCsv = stated === undefined ? format === 'csv' : stated === 'csv';
  return kind === null ? null : { kind, format: isCsv ? 'csv' : 'jsonl' };
}

export interface Counted {
  succeeded: number;
  failed: number;
  firstError: string | null;
  /** Where the rest of the bytes begins. */
  rest: number;
}

/** Takes a result with the number of its row: the text without the row. */
export type TakeNumbered = (row: number, text: string) => void;

/** Counts what ends in `bytes`. `isFirst`: they are the start of the file. */
export function countResults(
  bytes: Uint8Array,
  { kind, format }: ResultFile,
  { isFirst, isLast }: { isFirst: boolean; isLast: boolean },
  numbered: TakeNumbered | null,
): Counted {
  const counted: Counted = { succeeded: 0, failed: 0, firstError: null, rest: 0 };
  let isHeader = format === 'csv' && isFirst;
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  counted.rest = eachRecord(bytes, format, isLast, (start, end) => {
    if (isHeader) {
      isHeader = false;
      return;
    }
    if (format === 'csv') {
      takeFields(counted, kind, buffer.toString('utf8', start, end));
      return;
    }
    take(counted, kind, buffer.toString('utf8', start, end), numbered);
  });
  return counted;
}

/** What is neither a number nor a text stands in a field as its JSON, and so does a refused row. */
function takeFields(counted: Counted, kind: ResultFile['kind'], line: string): void {
  const errors = csvFields(line).flatMap((field) => rowErrorOf(asObject(String(csvValue(field)))) ?? []);
  if (kind === 'results' && errors.length === 0) {
    counted.succeeded += 1;
    return;
  }
  counted.failed += 1;
  const [error] = errors;
  if (error !== undefined) counted.firstError ??= wordsOf(error);
}

function take(counted: Counted, kind: ResultFile['kind'], line: string, numbered: TakeNumbered | null): void {
  const value = asObject(line);
  // Statistics of a job stand among its errors.
  if (kind === 'errors' && value?.['error'] === undefined) return;
  const error = value?.['error'] ?? rowErrorOf(value?.['prediction']);
  if (value === null || (error === undefined && !Object.hasOwn(value, 'prediction'))) {
    counted.failed += 1;
    counted.firstError ??= 'a line of the results is not a result';
    return;
  }
  if (error === undefined) counted.succeeded += 1;
  else {
    counted.failed += 1;
    counted.firstError ??= wordsOf(error);
  }
  if (numbered === null) return;
  const row = rowOf(value);
  if (row === null) return;
  const text = JSON.stringify(error === undefined ? { prediction: value['prediction'] } : { error });
  numbered(row, text);
}

function asObject(line: string): Record<string, unknown> | null {
  try {
    const value = parseExact(line);
    return isObject(value) ? value : null;
  } catch {
    return null;
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function wordsOf(error: unknown): string {
  const message: unknown = Reflect.get(Object(error), 'message');
  return (typeof message === 'string' ? message : JSON.stringify(error)).slice(0, 400);
}

/** The number that numberRows gave it, by `key` or by the field's own name; in a CSV file with a key, `17|"ann"`. */
function rowOf(value: Record<string, unknown>): number | null {
  const own = Object.values(value).find((field) => typeof field === 'string' && /^[0-9]+\|/.test(field));
  const key = value['key'] ?? value[ROW_FIELD] ?? own;
  const [, digits] = /^([0-9]{1,15})(?:\.0)?(?:\||$)/.exec(String(key)) ?? [];
  return digits === undefined ? null : Number(digits);
}
