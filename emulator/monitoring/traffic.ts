/** What the endpoints have answered, by the second: the material of Cloud Monitoring's metrics. In memory, bounded. */
import type { Clock } from '../core/clock.ts';
import { Histogram } from './histogram.ts';

export interface Answered {
  /** `projects/NUMBER/locations/LOCATION/endpoints/ID`. */
  readonly endpoint: string;
  readonly deployedModelId: string;
  /** Of HTTP. */
  readonly status: number;
  readonly latencyMs: number;
}

/** The answers that a deployed model gave in a second. */
export interface Slot {
  /** In ms since the Unix epoch, where the second begins. */
  readonly at: number;
  readonly endpoint: string;
  readonly deployedModelId: string;
  /** `2xx` and the like → how many. */
  readonly codes: Map<string, number>;
  readonly latencies: Histogram;
}

export const slotMs = 1000;
/** Six hours of one deployed model at work, or an hour of six. */
const keptSlots = 6 * 60 * 60;
const keptMs = 6 * 60 * 60 * 1000;

export class Traffic {
  readonly #clock: Clock;
  /** Oldest first. */
  readonly #slots = new Map<string, Slot>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Counts an answer, at the time at which it was given. */
  count({ endpoint, deployedModelId, status, latencyMs }: Answered): void {
    const at = Math.floor(this.#clock.now() / slotMs) * slotMs;
    const key = `${at} ${endpoint} ${deployedModelId}`;
    const slot = this.#slots.get(key) ?? this.#open(key, { at, endpoint, deployedModelId });
    const code = `${Math.floor(status / 100)}xx`;
    slot.codes.set(code, (slot.codes.get(code) ?? 0) + 1);
    slot.latencies.add(latencyMs);
  }

  slots(): Iterable<Slot> {
    return this.#slots.values();
  }

  #open(key: string, where: Pick<Slot, 'at' | 'endpoint' | 'deployedModelId'>): Slot {
    const slot = { ...where, codes: new Map<string, number>(), latencies: new Histogram() };
    this.#slots.set(key, slot);
    for (const [oldest, { at }] of this.#slots) {
      if (this.#slots.size <= keptSlots && at >= slot.at - keptMs) break;
      this.#slots.delete(oldest);
    }
    return slot;
  }
}
