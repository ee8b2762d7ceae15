/**
 * One subscription's messages on their way: waiting, leased to a consumer until a deadline, or held
 * back before a redelivery. At least once: a message leaves only when it is acknowledged, dead-lettered
 * or older than the retention time.
 */
import type { Clock } from '../core/clock.ts';
import type { Consumer, Delivery } from './consumer.ts';
import type { Disturbance } from './disturbance.ts';
import { messageBytes } from './message.ts';
import type { Message } from './message.ts';
import type { Backoff, DeliverySettings } from './subscription.ts';

export interface QueueOptions {
  readonly clock: Clock;
  readonly disturbance: Disturbance;
  /** Id of the subscription, the first part of every ack id. */
  readonly id: string;
  readonly settings: DeliverySettings;
  /** Used when the subscription has no retry policy: undefined redelivers at once. */
  readonly fallbackBackoff: () => Backoff | undefined;
  /** Publishes a message that failed too often. False when the dead letter topic is gone. */
  readonly deadLetter: (message: Message, attempts: number) => boolean;
  /** Told when the last message has left. */
  readonly drained: () => void;
}

/** How many messages of a subscription are where. */
export interface QueueCounts {
  /** Ready for delivery or held back before a redelivery. */
  readonly waiting: number;
  /** Delivered, with the answer still due. */
  readonly outstanding: number;
  readonly acked: number;
  readonly deadLettered: number;
}

interface Entry {
  readonly message: Message;
  readonly sequence: number;
  failures: number;
  /** Of the last delivery; an acknowledgement after the deadline counts until the next delivery. */
  ackId: string;
  lease: { readonly consumer: Consumer; readonly delivery: Delivery; cancel: () => void } | undefined;
}

export class Queue {
  readonly #options: QueueOptions;
  #settings: DeliverySettings;
  readonly #entries = new Set<Entry>();
  readonly #ready: Entry[] = [];
  readonly #held = new Map<Entry, () => void>();
  readonly #byAckId = new Map<string, Entry>();
  readonly #byKey = new Map<string, Entry[]>();
  #consumers: Consumer[] = [];
  #sequence = 0;
  #leases = 0;
  #acked = 0;
  #deadLettered = 0;
  #pumping = false;

  constructor(options: QueueOptions) {
    this.#options = options;
    this.#settings = options.settings;
  }

  get settings(): DeliverySettings {
    return this.#settings;
  }

  reconfigure(settings: DeliverySettings): void {
    this.#settings = settings;
  }

  counts(): QueueCounts {
    this.#dropExpired();
    const outstanding = [...this.#entries].filter((entry) => entry.lease !== undefined).length;
    return {
      waiting: this.#entries.size - outstanding,
      outstanding,
      acked: this.#acked,
      deadLettered: this.#deadLettered,
    };
  }

  add(message: Message): void {
    if (!this.#settings.filter(message.attributes)) return;
    const { disturbance } = this.#options;
    for (let copies = disturbance.copies(); copies > 0; copies -= 1) {
      const entry: Entry = { message, sequence: this.#sequence++, failures: 0, ackId: '', lease: undefined };
      this.#entries.add(entry);
      this.#enter(entry);
    }
    this.#pump();
  }

  /** From now on `consumer` is offered messages, until the returned function is called. */
  attach(consumer: Consumer): () => void {
    this.#consumers.push(consumer);
    this.#pump();
    return () => {
      this.#consumers = this.#consumers.filter((other) => other !== consumer);
    };
  }

  /** Offers what is ready to the consumers, once the caller has finished, until nobody takes more. */
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      this.#dropExpired();
      for (const consumer of this.#consumers.slice()) {
        if (!this.#consumers.includes(consumer)) continue;
        const deliveries = this.#take(consumer);
        if (deliveries.length === 0) continue;
        // The next message is the turn of another consumer.
        this.#consumers = [...this.#consumers.filter((other) => other !== consumer), consumer];
        consumer.deliver(deliveries);
        this.#pump();
      }
    });
  }

  /** Unknown and overtaken ids are ignored: acknowledging twice is no error. */
  acknowledge(ackId: string): void {
    const entry = this.#byAckId.get(ackId);
    if (entry === undefined) return;
    this.#acked += 1;
    this.#remove(entry);
  }

  /** Gives the holder of `ackId` `ms` from now; 0 is a refusal. Ids without a running lease are ignored. */
  modifyDeadline(ackId: string, ms: number): void {
    const entry = this.#byAckId.get(ackId);
    if (entry?.lease === undefined) return;
    if (ms === 0) {
      this.#fail(entry);
      return;
    }
    entry.lease.cancel();
    entry.lease.cancel = this.#options.clock.schedule(ms, () => this.#fail(entry));
  }

  /** Forgets everything and stops all timers. */
  close(): void {
    const consumers = this.#consumers;
    this.#consumers = [];
    for (const consumer of consumers) consumer.closed();
    for (const entry of this.#entries) this.#remove(entry);
  }

  /** A disturbance may delay or reorder what has no ordering key to keep. */
  #enter(entry: Entry): void {
    const { disturbance } = this.#options;
    const key = this.#keyOf(entry);
    if (key !== '') {
      this.#byKey.set(key, [...(this.#byKey.get(key) ?? []), entry]);
      this.#ready.push(entry);
      return;
    }
    const delay = disturbance.delay();
    if (delay > 0) this.#hold(entry, delay);
    else this.#ready.splice(disturbance.position(this.#ready.length), 0, entry);
  }

  #take(consumer: Consumer): Delivery[] {
    const taken: Delivery[] = [];
    let room = consumer.room();
    for (const entry of this.#ready.slice()) {
      if (room.messages <= 0) break;
      if (room.bytes < messageBytes(entry.message) && taken.length > 0) break;
      if (room.bytes <= 0 || !this.#mayFollow(entry, consumer)) continue;
      taken.push(this.#lease(entry, consumer));
      room = { messages: room.messages - 1, bytes: room.bytes - messageBytes(entry.message) };
    }
    return taken;
  }

  /** With ordering, a message follows only when those before it are settled or go to the same consumer. */
  #mayFollow(entry: Entry, consumer: Consumer): boolean {
    const line = this.#byKey.get(this.#keyOf(entry)) ?? [];
    const before = line.slice(0, Math.max(0, line.indexOf(entry)));
    return before.every((other) => consumer.batchesKeys && other.lease?.consumer === consumer);
  }

  #lease(entry: Entry, consumer: Consumer): Delivery {
    this.#ready.splice(this.#ready.indexOf(entry), 1);
    this.#byAckId.delete(entry.ackId);
    this.#leases += 1;
    entry.ackId = `${this.#options.id}:${this.#leases}`;
    this.#byAckId.set(entry.ackId, entry);
    const delivery = {
      ackId: entry.ackId,
      message: entry.message,
      deliveryAttempt: this.#settings.deadLetter === undefined ? 0 : entry.failures + 1,
    };
    const cancel = this.#options.clock.schedule(consumer.deadline(), () => this.#fail(entry));
    entry.lease = { consumer, delivery, cancel };
    return delivery;
  }

  /** A refusal or a missed deadline. What followed it under the same key is delivered again after it. */
  #fail(entry: Entry): void {
    const line = this.#byKey.get(this.#keyOf(entry)) ?? [];
    const followers = line.slice(line.indexOf(entry) + 1).filter((other) => other.lease !== undefined);
    for (const follower of followers) {
      this.#release(follower);
      this.#return(follower);
    }
    this.#release(entry);
    entry.failures += 1;
    const { deadLetter } = this.#settings;
    if (deadLetter !== undefined && entry.failures >= deadLetter.maxDeliveryAttempts) {
      if (this.#options.deadLetter(entry.message, entry.failures)) {
        this.#deadLettered += 1;
        this.#remove(entry);
        return;
      }
    }
    const delay = this.#backoff(entry.failures);
    if (delay > 0) this.#hold(entry, delay);
    else this.#return(entry);
  }

  #backoff(failures: number): number {
    const backoff = this.#settings.backoff ?? this.#options.fallbackBackoff();
    if (backoff === undefined) return 0;
    return Math.min(backoff.maximum, backoff.minimum * 2 ** Math.min(failures - 1, 30));
  }

  #hold(entry: Entry, delay: number): void {
    const cancel = this.#options.clock.schedule(delay, () => {
      this.#held.delete(entry);
      this.#return(entry);
    });
    this.#held.set(entry, cancel);
  }

  #return(entry: Entry): void {
    const later = this.#ready.findIndex((other) => other.sequence > entry.sequence);
    this.#ready.splice(later === -1 ? this.#ready.length : later, 0, entry);
    this.#pump();
  }

  #release(entry: Entry): void {
    if (entry.lease === undefined) return;
    const { consumer, delivery, cancel } = entry.lease;
    cancel();
    entry.lease = undefined;
    consumer.released(delivery);
    this.#pump();
  }

  #remove(entry: Entry): void {
    this.#release(entry);
    this.#held.get(entry)?.();
    this.#held.delete(entry);
    const at = this.#ready.indexOf(entry);
    if (at !== -1) this.#ready.splice(at, 1);
    this.#entries.delete(entry);
    this.#byAckId.delete(entry.ackId);
    const key = this.#keyOf(entry);
    const line = (this.#byKey.get(key) ?? []).filter((other) => other !== entry);
    if (line.length > 0) this.#byKey.set(key, line);
    else this.#byKey.delete(key);
    this.#pump();
    if (this.#entries.size === 0) this.#options.drained();
  }

  #dropExpired(): void {
    const oldest = this.#options.clock.now() - this.#settings.retention;
    for (const entry of this.#entries) {
      if (entry.message.publishTime > oldest) break;
      this.#remove(entry);
    }
  }

  #keyOf(entry: Entry): string {
    return this.#settings.ordered ? entry.message.orderingKey : '';
  }
}
