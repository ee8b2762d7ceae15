/**
 * Lets a tick that waits hear at once that something has come in for its service, where the tick that was to work on
 * it has reached the same process. It saves waiting, and nothing depends on it: the ledger says what came in.
 */
import type { Clock } from '../../world.ts';

export class Doorbell {
  readonly #clock: Clock;
  readonly #waiting = new Map<string, () => void>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Whether a tick of the service waits in this process: it has heard. */
  ring(service: string): boolean {
    const wake = this.#waiting.get(service);
    wake?.();
    return wake !== undefined;
  }

  /** Waits so many ms, or until it rings, and says whether it rang. */
  async sleep(service: string, ms: number): Promise<boolean> {
    const rung = Promise.withResolvers<boolean>();
    const wake = () => rung.resolve(true);
    this.#waiting.set(service, wake);
    const time = this.#clock.sleep(ms).then(() => false);
    try {
      return await Promise.race([rung.promise, time]);
    } finally {
      if (this.#waiting.get(service) === wake) this.#waiting.delete(service);
    }
  }
}
