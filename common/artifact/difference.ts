/** How a prediction is compared with the one that was expected: by the predictor, and by the gates. */
import { isRecord, property } from './values.ts';

/** What is not finite is within no tolerance of anything but itself. */
export function isWithin(a: number, b: number, tolerance: number): boolean {
  if (!Number.isFinite(a) || !Number.isFinite(b)) return Object.is(a, b);
  return Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(a), Math.abs(b));
}

/**
 * Where two JSON values first differ, in words, or null. Numbers may differ by the tolerance times the larger of
 * them, and of 1. The words are short, whatever the values.
 */
export function firstDifference(
  expected: unknown,
  got: unknown,
  tolerance: number,
  path = 'prediction',
): string | null {
  if (typeof expected === 'number' && typeof got === 'number') {
    return isWithin(expected, got, tolerance) ? null : `${path}: expected ${expected}, got ${got}`;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length)
      return `${path}: expected ${expected.length} elements, got ${got.length}`;
    return firstOf(expected.keys(), (i) => firstDifference(expected[i], got[i], tolerance, `${path}[${i}]`));
  }
  if (isRecord(expected) && isRecord(got)) {
    const names = new Set([...Object.keys(expected), ...Object.keys(got)]);
    return firstOf(names, (name) =>
      firstDifference(
        property(expected, name),
        property(got, name),
        tolerance,
        `${path}.${name.slice(0, SHOWN_CHARS_MAX)}`,
      ),
    );
  }
  return expected === got ? null : `${path}: expected ${quoted(expected)}, got ${quoted(got)}`;
}

const SHOWN_CHARS_MAX = 100;

/** A value in a message: whole if it is short, and otherwise what it is. */
function quoted(value: unknown): string {
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (isRecord(value)) return 'an object';
  if (typeof value === 'string' && value.length > SHOWN_CHARS_MAX)
    return `${JSON.stringify(value.slice(0, SHOWN_CHARS_MAX)).slice(0, -1)}…"`;
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'nothing');
}

function firstOf<T>(items: Iterable<T>, differ: (item: T) => string | null): string | null {
  for (const item of items) {
    const difference = differ(item);
    if (difference !== null) return difference;
  }
  return null;
}
