/** Keeps a store that fails again and again from being asked at every request, and notices when it answers again. */

/** Look-ups in a row that fail before no more are made. */
const FAILURES = 5;
/** Milliseconds until one is tried again. */
const PAUSE_MS = 1000;

export class Breaker {
  #failures = 0;
  /** When a look-up may be tried again, in ms of performance.now(); 0: the store answers. */
  #until = 0;
  #isTrying = false;

  get isOpen(): boolean {
    return this.#until > 0;
  }

  /** True if the store should not be asked now. */
  blocks(now: number): boolean {
    return this.#until > 0 && (now < this.#until || this.#isTrying);
  }

  /** A look-up is made. */
  started(): void {
    this.#isTrying = this.isOpen;
  }

  succeeded(): void {
    this.#failures = 0;
    this.#until = 0;
    this.#isTrying = false;
  }

  failed(now: number): void {
    this.#failures += 1;
    this.#isTrying = false;
    if (this.#failures >= FAILURES) this.#until = now + PAUSE_MS;
  }
}
