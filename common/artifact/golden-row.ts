/**
 * One line of `golden.jsonl`: a row with the answer that the model gave where it was trained. The predictor asks these
 * rows before it is ready, the golden gate under traffic, and `slipway land` reads them before an upload.
 */

export interface GoldenRow {
  readonly line: number;
  readonly instance: unknown;
  /** The values of the features as training saw them, by `view.feature`; undefined: the row has none. */
  readonly features?: unknown;
  readonly prediction: unknown;
}

const EXPECTED = 'expected {"instance": …, "prediction": …} on one line';

export const BYTE_ORDER_MARK =
  'expected JSON, got a byte order mark before it; save it as UTF-8 without one (in Python: encoding="utf-8")';

/** A function that walks through deeper values would overflow its stack. */
const LEVELS_MAX = 64;

/** The row of a line that is not blank; in words what is wrong with it, if it is none. */
export function parseGoldenRow(json: string, line: number): GoldenRow | string {
  if (json.startsWith('\uFEFF')) return BYTE_ORDER_MARK;
  let row: unknown;
  try {
    row = JSON.parse(json);
  } catch (error) {
    return `${EXPECTED}, got what is not JSON${reasonOf(json.trim(), error)}`;
  }
  if (Array.isArray(row))
    return `${EXPECTED}, got an array; rows are not elements of a list but lines, without commas between them`;
  if (typeof row !== 'object' || row === null) return `${EXPECTED}, got something else`;
  if (!('instance' in row)) return `${EXPECTED}, got an object without "instance"`;
  if (!('prediction' in row)) return `${EXPECTED}, got an object without "prediction"`;
  if (isDeep(row)) return `expected no more than ${LEVELS_MAX} levels`;
  const { instance, prediction } = row;
  return 'features' in row
    ? { line, instance, features: row.features, prediction }
    : { line, instance, prediction };
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

function isDeep(value: unknown): boolean {
  let level = [value];
  for (let depth = 0; depth <= LEVELS_MAX; depth += 1) {
    level = level.flatMap((item) => (typeof item === 'object' && item !== null ? Object.values(item) : []));
    if (level.length === 0) return false;
  }
  return true;
}
