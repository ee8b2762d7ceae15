/**
 * `golden.jsonl`: rows with the answers the model gave where it was trained. They are asked again before the
 * server says it is ready, so that a model which answers differently here never takes traffic.
 */
import { firstDifference } from '../../common/artifact/difference.ts';
import { BYTE_ORDER_MARK, parseGoldenRow, type GoldenRow } from '../../common/artifact/golden-row.ts';
import { isRecord } from '../../common/artifact/values.ts';
import { ModelError } from './model-error.ts';

// What a string of JavaScript may have; rows that anybody wants asked again are far fewer.
const BYTES_MAX = 512 * 1024 * 1024;
const NEWLINE = 0x0a;

/** Throws a ModelError that names the line and what is wrong with it. Empty lines are skipped. */
export function readGolden(bytes: Uint8Array): GoldenRow[] {
  if (bytes.length > BYTES_MAX) {
    throw new ModelError(`golden.jsonl: expected at most ${BYTES_MAX} bytes, got ${bytes.length}`);
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

function assertEncoding(bytes: Uint8Array): void {
  const [first, second, third] = bytes;
  const utf16 = (first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff);
  if (utf16)
    throw wrong(1, 'expected UTF-8, got UTF-16; save it again, as PowerShell does with -Encoding utf8NoBOM');
  if (first === 0xef && second === 0xbb && third === 0xbf) {
    throw wrong(1, BYTE_ORDER_MARK);
  }
}

function readRow(json: string, line: number): GoldenRow {
  const row = parseGoldenRow(json, line);
  if (typeof row === 'string') throw wrong(line, row);
  return row;
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
  if (isRecord(prediction) && isRecord(answer)) {
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
