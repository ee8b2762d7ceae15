/**
 * `golden.jsonl`: rows with the answers the model gave where it was trained. They are asked again before the
 * server says it is ready, so that a model which answers differently here never takes traffic.
 */
import { ModelError } from './model-error.ts';

export interface GoldenRow {
  readonly line: number;
  readonly instance: unknown;
  /** The values of the features as training saw them, by `view.feature`; undefined: the row has none. */
  readonly features?: unknown;
  readonly prediction: unknown;
}

// What a string of JavaScript may have; rows that anybody wants asked again are far fewer.
const MOST_BYTES = 512 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Throws a ModelError that names the line and what is wrong with it. Empty lines are skipped. */
export function readGolden(bytes: Uint8Array): GoldenRow[] {
  if (bytes.length > MOST_BYTES) {
    throw new ModelError(`golden.jsonl: expected at most ${MOST_BYTES} bytes, got ${bytes.length}`);
  }
  assertEncoding(bytes);
  const rows: GoldenRow[] = [];
  let line = 0;
  for (let start = 0; start < bytes.length;) {
    const newline = bytes.indexOf(NEWLINE, start);
    const end = newline < 0 ? bytes.length : newline;
    line += 1;
    const json = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
      .toString('utf8')
      .trim();
    if (json !== '') rows.push(readRow(json, line));
    start = end + 1;
  }
  if (rows.length === 0) throw new ModelError('golden.jsonl: expected at least one row, got none');
  return rows;
}

const EXPECTED = 'expected {"instance": …, "prediction": …} on one line';

function assertEncoding(bytes: Uint8Array): void {
  const [first, second, third] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (utf16)
    throw wrong(1, 'expected UTF-8, got UTF-16; save it again, as PowerShell does with -Encoding utf8NoBOM');
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    throw wrong(
      1,
      'expected JSON, got a byte order mark before it; save it as UTF-8 without one (in Python: encoding="utf-8")',
    );
  }
}

function readRow(json: string, line: number): GoldenRow {
  const row = parse(json, line);
  if (Array.isArray(row)) {
    throw wrong(
      line,
      `${EXPECTED}, got an array; rows are not elements of a list but lines, without commas between them`,
    );
  }
  if (typeof row !== 'object' || row === null) throw wrong(line, `${EXPECTED}, got something else`);
  if (!('instance' in row)) throw wrong(line, `${EXPECTED}, got an object without "instance"`);
  if (!('prediction' in row)) throw wrong(line, `${EXPECTED}, got an object without "prediction"`);
  const { instance, prediction } = row;
  return 'features' in row
    ? { line, instance, features: row.features, prediction }
    : { line, instance, prediction };
}

function parse(json: string, line: number): unknown {
  try {
    return JSON.parse(json);
  } catch (error) {
    throw wrong(line, `${EXPECTED}, got what is not JSON${reasonOf(json, error)}`);
  }
}

/** Why a line is not JSON, as far as that can be guessed, without its values. */
function reasonOf(json: string, error: unknown): string {
  if (/^[[{]$/.test(json) || /^\[\s*\{?$/.test(json)) {
    return ': it goes on in the next line; write each row on one line, by json.dumps(row) without indent';
  }
  const found = /(?:[:[,]\s*)(NaN|-?Infinity)\b/.exec(json);
  if (found !== null) {
    return `: JSON has no ${found[1]}; write it as text, "${found[1]}", as predictions do`;
  }
  if (/^\{\s*'/.test(json)) return ': it has single quotes; write it by json.dumps(row) and not by str(row)';
  const column = /position (\d+)/.exec(error instanceof Error ? error.message : '')?.[1];
  return column === undefined ? '' : ` from column ${Number(column) + 1} on`;
}

function wrong(line: number, what: string): ModelError {
  return new ModelError(`golden.jsonl line ${line}: ${what}`);
}

/**
 * Says what a person may want to know, or throws a ModelError about the first row whose answer is not within the
 * tolerance. `whole`: an output may have a first dimension that counts no rows; where it is 1, rows that were
 * recorded without it, as predictions once were, are as good.
 */
export function compareGolden(
  rows: readonly GoldenRow[],
  answers: readonly unknown[],
  tolerance: number,
  whole = false,
): string[] {
  const remarks = new Set<string>();
  for (const [i, row] of rows.entries()) {
    const difference = firstDifference(row.prediction, answers[i], tolerance);
    if (difference === null) continue;
    if (
      !whole ||
      firstDifference(row.prediction, unwrapped(row.prediction, answers[i]), tolerance) !== null
    ) {
      throw new ModelError(
        `the model answers golden.jsonl line ${row.line} differently: ${difference}, with a tolerance of ${tolerance}`,
      );
    }
    remarks.add(
      'golden.jsonl has predictions without their first dimension, which callers get even where it is 1',
    );
  }
  return [...remarks];
}

/** The answer without first dimensions of 1 that the prediction does not have. */
function unwrapped(prediction: unknown, answer: unknown): unknown {
  if (isObject(prediction) && isObject(answer)) {
    return Object.fromEntries(
      Object.keys(answer).map((name) => [name, unwrapped(prediction[name], answer[name])]),
    );
  }
  if (!Array.isArray(answer) || answer.length !== 1) return answer;
  return depthOf(prediction) < depthOf(answer) ? answer[0] : answer;
}

function depthOf(value: unknown): number {
  let depth = 0;
  for (let level = value; Array.isArray(level); level = level[0]) depth += 1;
  return depth;
}

/**
 * Where two JSON values first differ, in words, or null. Numbers may differ by the tolerance times the larger of
 * them, and of 1.
 */
export function firstDifference(
  expected: unknown,
  got: unknown,
  tolerance: number,
  path = 'prediction',
): string | null {
  if (typeof expected === 'number' && typeof got === 'number') {
    const allowed = tolerance * Math.max(1, Math.abs(expected), Math.abs(got));
    return Math.abs(expected - got) <= allowed ? null : `${path}: expected ${expected}, got ${got}`;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length) {
      return `${path}: expected ${expected.length} elements, got ${got.length}`;
    }
    return first(
      expected.map((element: unknown, i) => [`${path}[${i}]`, element, got[i]]),
      tolerance,
    );
  }
  if (isObject(expected) && isObject(got)) {
    const names = [...new Set([...Object.keys(expected), ...Object.keys(got)])];
    return first(
      names.map((name) => [`${path}.${name.slice(0, LONGEST)}`, expected[name], got[name]]),
      tolerance,
    );
  }
  if (expected === got) return null;
  return `${path}: expected ${quoted(expected)}, got ${quoted(got)}`;
}

const LONGEST = 100;

/** A value in a message: whole if it is short, and otherwise what it is. */
function quoted(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isObject(value)) return 'an object';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, LONGEST)) : String(value);
  return typeof value === 'string' && value.length > LONGEST ? `${text.slice(0, -1)}…"` : text;
}

function first(pairs: readonly (readonly [string, unknown, unknown])[], tolerance: number): string | null {
  for (const [path, expected, got] of pairs) {
    const difference = firstDifference(expected, got, tolerance, path);
    if (difference !== null) return difference;
  }
  return null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
