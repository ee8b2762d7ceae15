/**
 * The emulator's one source of time. Everything that waits asks it, so a test can move hours in a
 * millisecond and `npm start` can run on the wall clock, with the same code.
 */
export interface Clock {
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Milliseconds with fractions, since any moment: what two of them differ by is how long something took. */
  elapsed(): number;
  /** Runs `task` once, `delayMs` from now. Returns a function that cancels it. */
  schedule(delayMs: number, task: () => void): () => void;
}

export function wallClock(): Clock {
  return {
    now: () => Date.now(),
    elapsed: () => performance.now(),
    schedule(delayMs, task) {
      const timer = setTimeout(task, delayMs);
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves `delayMs` from now on `clock`. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    clock.schedule(delayMs, resolve);
  });
}

interface Scheduled {
  readonly at: number;
  readonly task: () => void;
}

/** A clock that stands still until it is advanced. Tasks run in order of their time, then of their making. */
export class VirtualClock implements Clock {
  #now: number;
  #scheduled: Scheduled[] = [];

  constructor(startMs = Date.UTC(2026, 0, 1)) {
    this.#now = startMs;
  }

  now(): number {
    return this.#now;
  }

  elapsed(): number {
    return this.#now;
  }

  schedule(delayMs: number, task: () => void): () => void {
    const entry = { at: this.#now + Math.max(0, delayMs), task };
    const later = this.#scheduled.findIndex((other) => other.at > entry.at);
    this.#scheduled.splice(later === -1 ? this.#scheduled.length : later, 0, entry);
    return () => {
      this.#scheduled = this.#scheduled.filter((other) => other !== entry);
    };
  }

  /** Moves time on by `ms`, running what falls due; tasks that those tasks schedule run too. */
  async advance(ms: number): Promise<void> {
    const until = this.#now + ms;
    for (;;) {
      const next = this.#scheduled[0];
      if (next === undefined || next.at > until) break;
      this.#scheduled.shift();
      this.#now = next.at;
      next.task();
      // Lets promises that the task settled go on before the next task is due.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
    }
    this.#now = until;
  }
}
