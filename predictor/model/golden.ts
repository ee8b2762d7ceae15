/**
 * `golden.jsonl`: rows with the answers the model gave where it was trained. They are asked again before the
 * server says it is ready, so that a model which answers differently here never takes traffic.
 */
import { ModelError } from './model-error.ts';

export interface GoldenRow {
  readonly line: number;
  readonly instance: unknown;
  readonly prediction: unknown;
}

/** Throws a ModelError that names the line. Empty lines are skipped. */
export function readGolden(text: string): GoldenRow[] {
  const rows: GoldenRow[] = [];
  for (const [index, json] of text.split('\n').entries()) {
    if (json.trim() === '') continue;
    const row = parse(json);
    if (typeof row !== 'object' || row === null || !('instance' in row) || !('prediction' in row)) {
      throw new ModelError(`golden.jsonl line ${index + 1}: expected {"instance": …, "prediction": …}`);
    }
    rows.push({ line: index + 1, instance: row.instance, prediction: row.prediction });
  }
  if (rows.length === 0) throw new ModelError('golden.jsonl: expected at least one row, got none');
  return rows;
}

/** Throws a ModelError about the first row whose answer is not within the tolerance. */
export function compareGolden(
  rows: readonly GoldenRow[],
  answers: readonly unknown[],
  tolerance: number,
): void {
  for (const [i, row] of rows.entries()) {
    const difference = firstDifference(row.prediction, answers[i], tolerance);
    if (difference === null) continue;
    throw new ModelError(
      `the model answers golden.jsonl line ${row.line} differently: ${difference}, with a tolerance of ${tolerance}`,
    );
  }
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
      names.map((name) => [`${path}.${name}`, expected[name], got[name]]),
      tolerance,
    );
  }
  if (expected === got) return null;
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(got)}`;
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

function parse(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
