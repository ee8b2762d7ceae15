/**
 * Chance by counting: every value depends on the seed, the place that asks and how often it has asked before, and on
 * nothing else. Taking one fault out of a run therefore leaves all other choices as they were.
 */

/** Uniform in [0, 1). */
export function draw(seed: number, place: number, ordinal: number): number {
  let h = Math.imul(seed ^ 0x9e3779b9, 0x85ebca6b) ^ Math.imul(place, 0xc2b2ae35);
  h = Math.imul(h ^ (h >>> 15), 0x2c1b3c6d) ^ Math.imul(ordinal + 0x165667b1, 0x27d4eb2f);
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d);
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b);
  return ((h ^ (h >>> 16)) >>> 0) / 2 ** 32;
}

const places = new Map<string, number>();

/** A place's number: FNV-1a of its name. */
export function placeOf(name: string): number {
  const known = places.get(name);
  if (known !== undefined) return known;
  let h = 0x811c9dc5;
  for (let i = 0; i < name.length; i += 1) h = Math.imul(h ^ name.charCodeAt(i), 0x01000193);
  places.set(name, h);
  return h;
}

/** Draws of one seed, each place with a counter of its own. */
export class Chance {
  readonly #seed: number;
  readonly #asked = new Map<string, number>();

  constructor(seed: number) {
    this.#seed = seed;
  }

  /** Uniform in [0, 1). */
  next(place: string): number {
    const ordinal = this.#asked.get(place) ?? 0;
    this.#asked.set(place, ordinal + 1);
    return draw(this.#seed, placeOf(place), ordinal);
  }

  between(place: string, from: number, to: number): number {
    return from + this.next(place) * (to - from);
  }

  /** Whole numbers, both ends included. */
  whole(place: string, from: number, to: number): number {
    return from + Math.floor(this.next(place) * (to - from + 1));
  }

  chance(place: string, probability: number): boolean {
    return this.next(place) < probability;
  }

  pick<T>(place: string, choices: readonly [T, ...T[]]): T {
    return choices[Math.floor(this.next(place) * choices.length)] ?? choices[0];
  }
}
