/**
 * Spreads work that takes milliseconds over the turns of the event loop, one piece a turn, so that what is quick,
 * the health route above all, is answered in between.
 */
export class YieldingQueue {
  readonly #waiting: (() => void)[] = [];

  /** Runs the work in a later turn, after what was added before it. */
  add(work: () => void): void {
    this.#waiting.push(work);
    if (this.#waiting.length === 1) setImmediate(this.#next);
  }

  #next = (): void => {
    this.#waiting[0]?.();
    this.#waiting.shift();
    if (this.#waiting.length > 0) setImmediate(this.#next);
  };
}
