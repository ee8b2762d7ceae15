/** Checks of single values, of which checks-names.ts and checks-values.ts are made. */
import { ExtData } from '@msgpack/msgpack';

/** What is wrong with a value, or null. */
export type Check = (value: unknown) => string | null;

/** Path of an argument through its blocks, such as `conditions.condition_threshold.duration`, → its check. */
export type Checks = { readonly [path: string]: Check };

export function matches(pattern: RegExp): Check {
  return (value) =>
    typeof value === 'string' && pattern.test(value)
      ? null
      : `${JSON.stringify(value)} doesn't match regexp ${JSON.stringify(pattern.source)}`;
}

export function oneOf(...values: readonly string[]): Check {
  return (value) =>
    typeof value === 'string' && values.includes(value)
      ? null
      : `expected one of ${values.join(', ')}, got ${JSON.stringify(value)}`;
}

export function between(least: number, most: number): Check {
  return (value) => {
    const number = Number(value);
    return number >= least && number <= most
      ? null
      : `expected ${least} to ${most}, got ${JSON.stringify(value)}`;
  };
}

/** A protobuf duration in whole or broken seconds, such as 600s. */
export function secondsBetween(least: number, most: number): Check {
  return (value) => {
    const seconds = /^(\d+(?:\.\d{1,9})?)s$/.exec(String(value))?.[1];
    if (seconds === undefined) return `expected a duration such as "600s", got ${JSON.stringify(value)}`;
    return between(least, most)(seconds);
  };
}

export const notEmpty: Check = (value) =>
  typeof value === 'string' && value.trim() !== '' ? null : 'expected something, got an empty string';

export const json: Check = (value) => {
  try {
    JSON.parse(String(value));
    return null;
  } catch (error) {
    return `contains an invalid JSON: ${String(error)}`;
  }
};

/** A check of each element of a list, a set or a map's values. */
export function each(check: Check): Check {
  return (value) => {
    if (typeof value !== 'object' || value === null) return null;
    for (const one of Object.values(value)) {
      const problem = isKnown(one) ? check(one) : null;
      if (problem !== null) return problem;
    }
    return null;
  };
}

/** Whether a value is set, and not left to be computed. */
export function isKnown(value: unknown): boolean {
  return value !== null && value !== undefined && !(value instanceof ExtData);
}
