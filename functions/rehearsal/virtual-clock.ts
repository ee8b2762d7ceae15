import type { Clock, Instant } from '../world.ts';

/** A clock that sleeping moves, by whole milliseconds. */
export class VirtualClock implements Clock {
  #now: Instant;

  constructor(start: Instant) {
    this.#now = start;
  }

  now(): Instant {
    return this.#now;
  }

  sleep(ms: number): Promise<void> {
    this.#now += Math.ceil(ms);
    return Promise.resolve();
  }
}
