/**
 * Time that passes only when everybody waits for it: the emulator's operations, the engine's sleeps and the delivery
 * of messages are planned on one agenda, while the calls in between are real and take their real time.
 */
import type { Clock as EmulatorClock } from '../../emulator/core/clock.ts';
import type { Clock as EngineClock } from '../../functions/world.ts';
import { Agenda } from '../../common/agenda.ts';

export class VirtualTime implements EmulatorClock, EngineClock {
  readonly #agenda = new Agenda(Date.UTC(2026, 0, 1));
  /** Invocations that are not asleep. */
  #busy = 0;
  #wakeIdle: () => void = () => {};

  now(): number {
    return this.#agenda.now;
  }

  elapsed(): number {
    return this.#agenda.now;
  }

  schedule(delayMs: number, task: () => void): () => void {
    let cancelled = false;
    // Whole milliseconds, as a clock tells them.
    this.#agenda.after(Math.max(0, Math.ceil(delayMs)), () => {
      if (!cancelled) task();
    });
    return () => {
      cancelled = true;
    };
  }

  async sleep(ms: number): Promise<void> {
    this.#rest();
    await new Promise<void>((resolve) => {
      this.schedule(ms, resolve);
    });
    this.#busy += 1;
  }

  /** Runs an invocation: until it ends or sleeps, time stands still. */
  async run(work: () => Promise<void>): Promise<void> {
    this.#busy += 1;
    try {
      await work();
    } finally {
      this.#rest();
    }
  }

  /** Lets time pass until `isOver`. */
  async passUntil(isOver: () => boolean): Promise<void> {
    for (;;) {
      // Lets what the last event has settled go on first.
      await new Promise((resolve) => {
        setImmediate(resolve);
      });
      while (this.#busy > 0) {
        await new Promise<void>((resolve) => {
          this.#wakeIdle = resolve;
        });
      }
      if (isOver()) return;
      if (!this.#agenda.step()) throw new Error('nothing is left to wait for');
    }
  }

  #rest(): void {
    this.#busy -= 1;
    if (this.#busy === 0) this.#wakeIdle();
  }
}
