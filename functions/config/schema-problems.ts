/** Turns a schema's errors into one line each: where, what was expected, what was found. Never a value. */
import type { TLocalizedValidationError } from 'typebox/error';
import { Settings } from 'typebox/system';

// TypeBox stops at 8 of its own accord: every problem is to be told at once.
Settings.Set({ maxErrors: 1_000 });

/** Names of fields come from outside, and may be of any length. */
const PATH_CHARS_MAX = 120;

export function describeErrors(errors: readonly TLocalizedValidationError[], value: unknown): string[] {
  const lines = new Set<string>();
  for (const error of errors) {
    // Each unknown field is also reported by itself, as a schema that is false.
    if (error.keyword === 'additionalProperties') continue;
    if (error.keyword === 'required') {
      const parent = error.instancePath === '' ? '' : `${pathOf(error)}.`;
      for (const name of error.params.requiredProperties) lines.add(`${parent}${name}: must be given`);
      continue;
    }
    const path = pathOf(error);
    if (error.keyword === 'boolean') lines.add(`${path}: not a field that is known here`);
    else lines.add(`${path}: ${error.message}, got ${kindOf(at(value, error.instancePath))}`);
  }
  return [...lines];
}

function pathOf(error: TLocalizedValidationError): string {
  const path = error.instancePath.slice(1).replaceAll('/', '.') || '(top)';
  return path.length <= PATH_CHARS_MAX ? path : `${path.slice(0, PATH_CHARS_MAX)}…`;
}

function at(value: unknown, pointer: string): unknown {
  let current = value;
  for (const segment of pointer.split('/').slice(1)) {
    if (typeof current !== 'object' || current === null || !Object.hasOwn(current, segment)) return undefined;
    current = Reflect.get(current, segment);
  }
  return current;
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === 'string') return value === '' ? 'an empty string' : 'a string';
  if (typeof value === 'object') return 'an object';
  return `a ${typeof value}`;
}
