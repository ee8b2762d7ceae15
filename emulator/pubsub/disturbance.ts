/** How much more hostile than Google the delivery is; nothing unless it is asked for. */
export interface Disturb {
  /** Probability, 0 to 1, that a message is delivered once more than it need be. */
  readonly duplicate?: number;
  /** Every delivery waits a random time up to this many milliseconds. */
  readonly delayMs?: number;
  /** Probability, 0 to 1, that a message overtakes messages that were there before it. */
  readonly reorder?: number;
}

/** The decisions of one seeded source of randomness, so that a run can be repeated. */
export class Disturbance {
  readonly #random: () => number;
  readonly #disturb: Disturb;

  constructor(random: () => number, disturb: Disturb = {}) {
    this.#random = random;
    this.#disturb = disturb;
  }

  copies(): number {
    return this.#happens(this.#disturb.duplicate) ? 2 : 1;
  }

  /** Milliseconds. */
  delay(): number {
    const { delayMs = 0 } = this.#disturb;
    return delayMs === 0 ? 0 : Math.floor(this.#random() * (delayMs + 1));
  }

  /** Where in a line of `length` a newcomer goes: behind the last, unless it overtakes. */
  position(length: number): number {
    return this.#happens(this.#disturb.reorder) ? Math.floor(this.#random() * (length + 1)) : length;
  }

  #happens(probability = 0): boolean {
    return probability > 0 && this.#random() < probability;
  }
}
