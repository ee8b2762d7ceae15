/**
 * Pub/Sub, simulated: at least once and in no order, back-off from 10 to 600 s after a nack, 20 attempts before the
 * dead letters, 24 hours until what was not acknowledged is dropped.
 */
import type { App } from '../../functions/app.ts';
import type { Agenda } from '../../common/agenda.ts';
import type { Faults } from './faults.ts';
import type { Chance } from '../support/random.ts';
import type { Scenario } from './scenario.ts';

export type Subscription = 'artifacts' | 'requests' | 'ticks';

export type Handlers = Record<Subscription, (push: Uint8Array, app: App) => Promise<void>>;

export interface SimMessage {
  readonly id: string;
  readonly topic: Subscription;
  readonly push: Uint8Array;
  readonly publishedAt: number;
  attempts: number;
  state: 'waiting' | 'acknowledged' | 'dead' | 'expired';
}

const ATTEMPTS_MAX = 20;
const RETENTION_MS = 24 * 3_600_000;

export interface PubSubContext {
  readonly agenda: Agenda;
  readonly chance: Chance;
  readonly faults: Faults;
  readonly scenario: Scenario;
  readonly watch: { delayed(): void; lost(message: SimMessage): void };
  log(what: string): void;
}

export class PubSub {
  readonly #sim: PubSubContext;
  readonly #invoke: (message: SimMessage) => void;
  /** Not acknowledged yet. */
  waiting = 0;
  mostWaiting = 0;
  /** Ticks not acknowledged yet. */
  ticks = 0;
  mostTicks = 0;
  #count = 0;

  constructor(sim: PubSubContext, invoke: (message: SimMessage) => void) {
    this.#sim = sim;
    this.#invoke = invoke;
  }

  /** Returns the id of the message. */
  publish(topic: Subscription, data: unknown, attributes: Record<string, string>): string {
    const id = String((this.#count += 1));
    const publishedAt = this.#sim.agenda.now;
    const message = {
      data: Buffer.from(JSON.stringify(data)).toString('base64'),
      attributes,
      messageId: id,
      publishTime: new Date(publishedAt).toISOString(),
    };
    this.#send(topic, id, Buffer.from(JSON.stringify({ message, subscription: topic })));
    return id;
  }

  #send(topic: Subscription, id: string, push: Uint8Array): void {
    const publishedAt = this.#sim.agenda.now;
    const message: SimMessage = { id, topic, push, publishedAt, attempts: 0, state: 'waiting' };
    this.waiting += 1;
    if (topic === 'ticks') this.ticks += 1;
    this.mostTicks = Math.max(this.mostTicks, this.ticks);
    this.mostWaiting = Math.max(this.mostWaiting, this.waiting);
    this.#deliverIn(message, this.#sim.chance.between('delivery', 30, 600));
  }

  acknowledge(message: SimMessage): void {
    this.#leave(message, 'acknowledged');
  }

  refuse(message: SimMessage): void {
    if (message.state !== 'waiting') return;
    if (message.attempts >= (this.#sim.scenario.deliveries ?? ATTEMPTS_MAX)) {
      this.#leave(message, 'dead');
      return;
    }
    this.#deliverIn(message, Math.min(600_000, 10_000 * 2 ** (message.attempts - 1)));
  }

  #leave(message: SimMessage, state: SimMessage['state']): void {
    if (message.state !== 'waiting') return;
    message.state = state;
    if (state !== 'acknowledged') {
      this.#sim.log(`message ${message.topic} ${message.id} is ${state}`);
      this.#sim.watch.lost(message);
    }
    this.waiting -= 1;
    if (message.topic === 'ticks') this.ticks -= 1;
  }

  #deliverIn(message: SimMessage, ms: number): void {
    this.#sim.agenda.after(ms, () => this.#deliver(message));
  }

  #deliver(message: SimMessage): void {
    if (message.state !== 'waiting') return;
    const { agenda, faults } = this.#sim;
    if (agenda.now > message.publishedAt + RETENTION_MS) {
      this.#leave(message, 'expired');
      return;
    }
    const fault = message.attempts === 0 ? faults.at('delivery', agenda.now) : null;
    if (fault?.is === 'delay') {
      this.#sim.watch.delayed();
      this.#deliverIn(message, fault.ms);
      return;
    }
    if (fault?.is === 'duplicate') {
      const { topic, id, push } = message;
      agenda.after(fault.ms, () => this.#send(topic, id, push));
    }
    message.attempts += 1;
    this.#invoke(message);
  }
}
