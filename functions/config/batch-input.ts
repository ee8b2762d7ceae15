/**
 * What is answered in batch: an object `gs://BUCKET/NAME.jsonl` or `.csv`, or a table `bq://PROJECT.DATASET.TABLE`; and
 * the pattern of the objects that are answered when they land, `gs://BUCKET/PREFIX/*.jsonl`.
 */
import { objectOf } from '../../common/artifact/uri.ts';
import { BUCKET } from './pattern.ts';
import { BQ_TABLE } from './schema-batch.ts';
import { isSafe } from '../../common/safe-text.ts';

export type BatchFormat = 'jsonl' | 'csv' | 'bigquery';

/** A row of JSON on each line; a header and a row on each line; a row of a table. */
export type BatchInput =
  | { readonly uri: string; readonly format: 'jsonl' | 'csv'; readonly bucket: string; readonly name: string }
  | { readonly uri: string; readonly format: 'bigquery' };

export interface InputPattern {
  readonly text: string;
  readonly bucket: string;
  /** The name of an object; `*` stands for any characters but `/`. */
  readonly name: string;
}

const BUCKET_NAME = new RegExp(BUCKET);
const TABLE_NAME = new RegExp(BQ_TABLE, 'u');
/** Of google.cloud.aiplatform.v1.BigQuerySource.input_uri. */
const TABLE_CHARS_MAX = 2_000;

/** Returns the input, or a sentence about what is wrong with it. */
export function parseBatchInput(uri: string): BatchInput | string {
  if (uri.startsWith('bq://')) {
    const isTable = uri.length <= TABLE_CHARS_MAX && TABLE_NAME.test(uri);
    return isTable ? { uri, format: 'bigquery' } : 'expected a table bq://PROJECT.DATASET.TABLE';
  }
  const { bucket, name } = objectOf(uri);
  const format = formatOf(name);
  if (!BUCKET_NAME.test(bucket) || format === null || !isName(name))
    return 'expected gs://BUCKET/NAME.jsonl, gs://BUCKET/NAME.csv or bq://PROJECT.DATASET.TABLE';
  // Vertex AI takes them for wildcards (GcsSource.uris).
  if (/[*?[\]]/.test(name)) return 'expected one object: a name without * ? [ and ]';
  return { uri, format, bucket, name };
}

/** Returns the pattern, or a sentence about what is wrong with it. */
export function parseInputPattern(text: string): InputPattern | string {
  const { bucket, name } = objectOf(text);
  if (!BUCKET_NAME.test(bucket) || formatOf(name) === null || !isName(name))
    return 'expected gs://BUCKET/PREFIX/*.jsonl or gs://BUCKET/PREFIX/*.csv';
  if (/[?[\]]/.test(name)) return 'expected no ? [ or ]; "*" stands for any characters but "/"';
  if (name.includes('**')) return 'expected "*" and no "**"';
  if (!name.includes('*')) return 'expected a "*", so that inputs have names of their own';
  return { text, bucket, name };
}

/** True if the object is an input of this pattern. Names are compared exactly, byte by byte. */
export function isBatchInput(pattern: InputPattern, bucket: string, name: string): boolean {
  return bucket === pattern.bucket && isName(name) && !/[*?[\]]/.test(name) && fits(pattern.name, name);
}

/** Whether some object could be of both: patterns with `*` for any characters but `/`. */
export function canBothMatch(a: string, b: string): boolean {
  const seen = new Map<string, boolean>();
  const from = (i: number, j: number): boolean => {
    const id = `${i}.${j}`;
    const known = seen.get(id);
    if (known !== undefined) return known;
    const [x, y] = [a[i], b[j]];
    let result: boolean;
    if (x === undefined && y === undefined) result = true;
    else if (x === '*') result = from(i + 1, j) || (y !== undefined && y !== '/' && from(i, j + 1));
    else if (y === '*') result = from(i, j + 1) || (x !== undefined && x !== '/' && from(i + 1, j));
    else result = x !== undefined && x === y && from(i + 1, j + 1);
    seen.set(id, result);
    return result;
  };
  return from(0, 0);
}

/** Whether the pattern could match an object below that folder. */
export function canMatchBelow(pattern: string, prefix: string): boolean {
  const depth = prefix.split('/').length - 1;
  const head = pattern.split('/');
  if (head.length <= depth) return false;
  return prefix === '' || canBothMatch(head.slice(0, depth).join('/'), prefix.slice(0, -1));
}

function fits(pattern: string, name: string): boolean {
  const parts = pattern.split('*');
  const [first = ''] = parts;
  const last = parts.at(-1) ?? '';
  if (!name.startsWith(first) || !name.endsWith(last) || name.length < first.length + last.length)
    return false;
  return canBothMatch(pattern, name);
}

function isName(name: string): boolean {
  const isPath = name.split('/').every((part) => part !== '' && part !== '.' && part !== '..');
  return isPath && isSafe(name) && Buffer.byteLength(name) <= 1024;
}

function formatOf(name: string): 'jsonl' | 'csv' | null {
  if (name.endsWith('.jsonl')) return 'jsonl';
  return name.endsWith('.csv') ? 'csv' : null;
}
