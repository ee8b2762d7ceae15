import { CallError } from '../errors.ts';
import type { Clock, Instant, Ledgers } from '../world.ts';

export interface StoredText {
  readonly text: string;
  readonly generation: string;
  readonly updatedAt: Instant;
}

/** Ledgers in memory, written by compare-and-swap as Cloud Storage does. Generations count up from 1. */
export class InMemoryLedgers implements Ledgers {
  /** By service. */
  readonly texts = new Map<string, StoredText>();
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  async read(service: string): Promise<StoredText | null> {
    return this.texts.get(service) ?? null;
  }

  async write(service: string, text: string, generation: string): Promise<string> {
    const before = this.texts.get(service)?.generation ?? '0';
    if (before !== generation) throw new CallError('ledgers.write', 'FAILED_PRECONDITION', 'conditionNotMet');
    const next = String(Number(before) + 1);
    this.texts.set(service, { text, generation: next, updatedAt: this.#clock.now() });
    return next;
  }
}
