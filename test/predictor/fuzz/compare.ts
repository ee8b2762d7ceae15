/** Whether an answer is the one that was computed: floats of 32 bits may differ in their last digits. */
const TOLERANCE = 1e-4;

/** Where two JSON values differ, in words, or null. */
export function difference(expected: unknown, got: unknown, path = 'prediction'): string | null {
  if (typeof expected === 'number' && typeof got === 'number') {
    const allowed = Number.isInteger(expected) ? TOLERANCE : TOLERANCE * Math.max(1, Math.abs(expected));
    return Math.abs(expected - got) <= allowed ? null : `${path}: expected ${expected}, got ${got}`;
  }
  if (Array.isArray(expected) && Array.isArray(got)) {
    if (expected.length !== got.length)
      return `${path}: expected ${expected.length} elements, got ${got.length}`;
    for (let i = 0; i < expected.length; i += 1) {
      const found = difference(expected[i], got[i], `${path}[${i}]`);
      if (found !== null) return found;
    }
    return null;
  }
  if (isObject(expected) && isObject(got)) {
    for (const name of new Set([...Object.keys(expected), ...Object.keys(got)])) {
      const found = difference(expected[name], got[name], `${path}.${name}`);
      if (found !== null) return found;
    }
    return null;
  }
  if (expected === got) return null;
  return `${path}: expected ${shown(expected)}, got ${shown(got)}`;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function shown(value: unknown): string {
  return (JSON.stringify(value) ?? 'nothing').slice(0, 200);
}
