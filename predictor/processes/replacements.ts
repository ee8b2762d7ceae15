/** Bounds how often a process that has ended is replaced: what ends again and again is no accident. */
const REPLACEMENTS_MAX = 5;
const WINDOW_MS = 600_000;

export class Replacements {
  #times: number[] = [];
  /** All there have been. */
  count = 0;

  /** Notes a replacement at `now`, in milliseconds. False: there were too many of late, and this one must not be. */
  allow(now: number): boolean {
    this.#times = this.#times.filter((time) => now - time < WINDOW_MS);
    if (this.#times.length >= REPLACEMENTS_MAX) return false;
    this.#times.push(now);
    this.count += 1;
    return true;
  }
}
