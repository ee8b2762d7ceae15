/**
 * Pub/Sub in a process: topics, subscriptions and the messages between them. Requests arrive checked
 * for their shape only; what Pub/Sub refuses is refused here, as an ApiError.
 */
import type { BaseLogger } from 'pino';

import type { Clock } from '../core/clock.ts';
import { Channel } from './channel.ts';
import type { ChannelHost, DeadLettered } from './channel.ts';
import type { Consumer, Delivery } from './consumer.ts';
import { Disturbance } from './disturbance.ts';
import type { Disturb } from './disturbance.ts';
import { checkMessages } from './message.ts';
import type { Message, NewMessage } from './message.ts';
import { DELETED_TOPIC, parseName } from './names.ts';
import type { QueueCounts } from './queue.ts';
import {
  alreadyExists,
  detached,
  invalidArgument,
  malformedAckId,
  notFound,
  tooLarge,
  tooSmall,
} from './refusals.ts';
import { subscriptionOf, updateSubscription } from './subscription.ts';
import type { PushConfig, Subscription, SubscriptionBody } from './subscription.ts';
import { topicOf, updateTopic } from './topic.ts';
import type { Topic, TopicBody } from './topic.ts';

export interface BrokerOptions {
  readonly clock: Clock;
  /** Seeded, 0 to 1. */
  readonly random: () => number;
  readonly log: Pick<BaseLogger, 'info' | 'warn'>;
  readonly disturb?: Disturb;
  /** What the tokens of pushes are signed with. */
  readonly pushSecret: string;
}

/** How long a pull waits for a first message. Google says only "a bounded amount of time". */
const PULL_WAIT_MS = 10_000;

/** One response holds no more than about ten megabytes of messages. */
export const RESPONSE_BYTES = 10_000_000;

export class Broker {
  readonly disturbance: Disturbance;
  readonly #clock: Clock;
  readonly #host: ChannelHost;
  readonly #topics = new Map<string, Topic>();
  readonly #channels = new Map<string, Channel>();
  #lastMessageId = 0;
  #idleWaiters: (() => void)[] = [];

  constructor({ clock, random, log, disturb, pushSecret }: BrokerOptions) {
    this.disturbance = new Disturbance(random, disturb);
    this.#clock = clock;
    this.#host = {
      clock,
      log,
      pushSecret,
      disturbance: this.disturbance,
      forward: (topic, message) => {
        if (!this.#topics.has(topic)) return false;
        this.#distribute(topic, [this.#stamp(message)]);
        return true;
      },
      drained: () => this.#checkIdle(),
    };
  }

  createTopic(name: string, body: TopicBody = {}): Topic {
    parseName('topics', name);
    const topic = topicOf(name, body);
    if (this.#topics.has(name)) throw alreadyExists(name);
    this.#topics.set(name, topic);
    return topic;
  }

  getTopic(name: string): Topic {
    const topic = this.#topics.get(name);
    if (topic !== undefined) return topic;
    parseName('topics', name);
    throw notFound(name);
  }

  /** Takes the fields that `mask` names from `body`. */
  updateTopic(name: string, body: TopicBody, mask: readonly string[]): Topic {
    const topic = updateTopic(this.getTopic(name), body, mask);
    this.#topics.set(name, topic);
    return topic;
  }

  /** All topics of a project, by name. */
  listTopics(project: string): Topic[] {
    const prefix = `projects/${project}/`;
    return byName([...this.#topics.values()].filter((topic) => topic.name.startsWith(prefix)));
  }

  /** Subscriptions outlive their topic, which they show as `_deleted-topic_`. */
  deleteTopic(name: string): void {
    const subscriptions = this.subscriptionsOf(name);
    this.#topics.delete(name);
    for (const subscription of subscriptions) {
      this.#channel(subscription.name).reconfigure({ ...subscription, topic: DELETED_TOPIC });
    }
  }

  /** Publishes to every subscription of the topic; returns the message ids in order. */
  publish(topic: string, messages: readonly NewMessage[]): string[] {
    this.getTopic(topic);
    const stamped = messages.map((message) => this.#stamp(message));
    checkMessages(stamped);
    this.#distribute(topic, stamped);
    return stamped.map((message) => message.id);
  }

  createSubscription(name: string, body: SubscriptionBody): Subscription {
    parseName('subscriptions', name);
    const subscription = subscriptionOf(name, body);
    if (this.#channels.has(name)) throw alreadyExists(name);
    this.getTopic(subscription.topic);
    this.#checkDeadLetterTopic(subscription);
    this.#channels.set(name, new Channel(this.#host, subscription));
    return subscription;
  }

  getSubscription(name: string): Subscription {
    return this.#channel(name).subscription;
  }

  /** Takes the fields that `mask` names from `body`. Throws INVALID_ARGUMENT for those that are for life. */
  updateSubscription(name: string, body: SubscriptionBody, mask: readonly string[]): Subscription {
    const channel = this.#channel(name);
    const subscription = updateSubscription(channel.subscription, body, mask);
    this.#checkDeadLetterTopic(subscription);
    channel.reconfigure(subscription);
    this.#checkIdle();
    return subscription;
  }

  modifyPushConfig(name: string, pushConfig: PushConfig): void {
    this.updateSubscription(name, { pushConfig }, ['pushConfig']);
  }

  /** All subscriptions of a project, by name. */
  listSubscriptions(project: string): Subscription[] {
    const prefix = `projects/${project}/`;
    return this.#subscriptions().filter((subscription) => subscription.name.startsWith(prefix));
  }

  /** The subscriptions of one topic, by name. */
  subscriptionsOf(topic: string): Subscription[] {
    this.getTopic(topic);
    return this.#subscriptions().filter((subscription) => subscription.topic === topic);
  }

  deleteSubscription(name: string): void {
    const { queue } = this.#channel(name);
    this.#channels.delete(name);
    queue.close();
  }

  /** Drops what waits; nothing is delivered any more (the Publisher's DetachSubscription). */
  detachSubscription(name: string): void {
    const channel = this.#channel(name);
    channel.reconfigure({ ...channel.subscription, detached: true });
    channel.queue.close();
  }

  /** Waits for a first message unless `returnImmediately`; then gives what is there, up to `max`. */
  pull(name: string, max: number, returnImmediately = false): Promise<readonly Delivery[]> {
    const { queue } = this.#channel(name);
    if (max < 1) throw invalidArgument('max_messages');
    return new Promise((resolve) => {
      let cancel: (() => void) | undefined;
      const finish = (deliveries: readonly Delivery[]): void => {
        cancel?.();
        stop();
        resolve(deliveries);
      };
      const stop = this.consume(name, {
        batchesKeys: true,
        room: () => ({ messages: max, bytes: RESPONSE_BYTES }),
        deadline: () => queue.settings.ackDeadline,
        deliver: finish,
        released: () => {},
        closed: () => finish([]),
      });
      // What is ready is offered in a microtask that is queued already.
      if (returnImmediately) queueMicrotask(() => finish([]));
      else cancel = this.#clock.schedule(PULL_WAIT_MS, () => finish([]));
    });
  }

  /** Attaches a consumer to a subscription, as a pull or a streaming pull does. Returns the way out. */
  consume(name: string, consumer: Consumer): () => void {
    const { subscription, queue } = this.#channel(name);
    if (subscription.detached === true) throw detached(name);
    return queue.attach(consumer);
  }

  acknowledge(name: string, ackIds: readonly string[]): void {
    const { queue } = this.#channel(name);
    checkAckIds(name, ackIds);
    for (const ackId of ackIds) queue.acknowledge(ackId);
  }

  /** `seconds` from now, 0 to 600; 0 asks for redelivery. */
  modifyAckDeadline(name: string, ackIds: readonly string[], seconds: number): void {
    const { queue } = this.#channel(name);
    checkAckIds(name, ackIds);
    if (seconds < 0) throw tooSmall('ack_deadline_seconds', seconds, 0);
    if (seconds > 600) throw tooLarge('ack_deadline_seconds', seconds, 600);
    for (const ackId of ackIds) queue.modifyDeadline(ackId, seconds * 1000);
  }

  counts(name: string): QueueCounts {
    return this.#channel(name).queue.counts();
  }

  /** What the subscription gave up, in order. */
  deadLettered(name: string): readonly DeadLettered[] {
    return this.#channel(name).deadLettered;
  }

  /** Resolves when no push subscription has a message that waits or is being pushed. */
  idle(): Promise<void> {
    return new Promise((resolve) => {
      this.#idleWaiters.push(resolve);
      this.#checkIdle();
    });
  }

  /** Stops every delivery and timer. */
  close(): void {
    for (const { queue } of this.#channels.values()) queue.close();
  }

  #channel(name: string): Channel {
    const channel = this.#channels.get(name);
    if (channel !== undefined) return channel;
    parseName('subscriptions', name);
    throw notFound(name);
  }

  #subscriptions(): Subscription[] {
    return byName([...this.#channels.values()].map((channel) => channel.subscription));
  }

  #checkDeadLetterTopic({ deadLetterPolicy }: Subscription): void {
    if (deadLetterPolicy?.deadLetterTopic !== undefined) this.getTopic(deadLetterPolicy.deadLetterTopic);
  }

  #stamp({ data, attributes, orderingKey }: NewMessage): Message {
    const now = this.#clock.now();
    // Sixteen digits, as Google's, and never twice even when the emulator is restarted.
    this.#lastMessageId = Math.max(this.#lastMessageId + 1, now * 1000);
    return {
      id: String(this.#lastMessageId),
      publishTime: now,
      data: Buffer.from(data ?? ''),
      attributes: attributes ?? new Map(),
      orderingKey: orderingKey ?? '',
    };
  }

  #distribute(topic: string, messages: readonly Message[]): void {
    for (const channel of this.#channels.values()) {
      if (channel.subscription.topic !== topic) continue;
      for (const message of messages) channel.add(message);
    }
  }

  #checkIdle(): void {
    if (this.#idleWaiters.length === 0) return;
    for (const { pushes, queue } of this.#channels.values()) {
      const { waiting, outstanding } = queue.counts();
      if (pushes && waiting + outstanding > 0) return;
    }
    const waiters = this.#idleWaiters;
    this.#idleWaiters = [];
    for (const resolve of waiters) resolve();
  }
}

function checkAckIds(subscription: string, ackIds: readonly string[]): void {
  if (ackIds.length === 0) throw invalidArgument('ack_ids');
  if (!ackIds.every((ackId) => ackId.startsWith(`${subscription}:`))) throw malformedAckId();
}

function byName<T extends { readonly name: string }>(resources: T[]): T[] {
  return resources.toSorted((one, other) => (one.name < other.name ? -1 : 1));
}
