/** What is fuzzed: a drawn model, and what it has to answer, computed without it. */
import type { Chance } from '../../support/random.ts';

/** An instance that the model takes. */
export interface Question {
  readonly instance: unknown;
  /** What has to come back. */
  readonly answer: unknown;
}

export interface Subject {
  readonly model: Uint8Array;
  /** The source of a handler around it. */
  readonly handler?: string;
  readonly good: (chance: Chance) => Question;
  /** An instance that must be answered 400, and only for itself. */
  readonly bad: (chance: Chance) => unknown;
  /** An instance that fails by the handler's fault: 500, and an entry in the log. */
  readonly failing?: (chance: Chance) => unknown;
  /** Rows that a request has at most. */
  readonly mostRows: number;
}

export interface Kind {
  readonly name: string;
  readonly create: (chance: Chance) => Subject;
}

/** Values that no input takes whose elements are numbers, texts or truth values of another kind. */
export const NONSENSE = [
  null,
  {},
  [],
  [[]],
  { x: {} },
  [[[[[1]]]]],
  ['a', 'b', 'c', 'd', 'e', 'f', 'g'],
] as const;

/** Several of `make`. */
export function several<T>(count: number, make: (index: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

/** One of anything. */
export function anyOf(chance: Chance, place: string, choices: readonly [unknown, ...unknown[]]): unknown {
  return chance.pick(place, choices);
}
