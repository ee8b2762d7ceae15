/** One subscription at work: its settings, its queue, and the sender when it is a push subscription. */
import type { BaseLogger } from 'pino';
import type { Clock } from '../core/clock.ts';
import { pushToken } from '../push-token.ts';
import type { Disturbance } from './disturbance.ts';
import type { Message, NewMessage } from './message.ts';
import { parseName } from './names.ts';
import { googlePush, pushBackoff, PushSender } from './push.ts';
import { Queue } from './queue.ts';
import { settingsOf } from './subscription.ts';
import type { PushConfig, Subscription } from './subscription.ts';

/** A message that was given up, as it was before it went to the dead letter topic. */
export interface DeadLettered {
  readonly message: Message;
  readonly attempts: number;
}

/** What a channel needs of the broker it belongs to. */
export interface ChannelHost {
  readonly clock: Clock;
  readonly log: Pick<BaseLogger, 'info' | 'warn'>;
  /** What the tokens of pushes are signed with. */
  readonly pushSecret: string;
  readonly disturbance: Disturbance;
  /** False when there is no such topic. */
  readonly forward: (topic: string, message: NewMessage) => boolean;
  /** Told when a subscription's last message has left. */
  readonly drained: () => void;
}

export class Channel {
  readonly queue: Queue;
  readonly deadLettered: DeadLettered[] = [];
  readonly #host: ChannelHost;
  #subscription: Subscription;
  #stopPush: (() => void) | undefined;

  /** Throws INVALID_ARGUMENT when the settings cannot be honoured. */
  constructor(host: ChannelHost, subscription: Subscription) {
    this.#host = host;
    this.#subscription = subscription;
    this.queue = new Queue({
      clock: host.clock,
      disturbance: host.disturbance,
      id: subscription.name,
      settings: settingsOf(subscription),
      fallbackBackoff: () => (this.pushes ? pushBackoff : undefined),
      deadLetter: (message, attempts) => this.#deadLetter(message, attempts),
      drained: host.drained,
    });
    this.#startPush();
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  get pushes(): boolean {
    return (this.#subscription.pushConfig?.pushEndpoint ?? '') !== '';
  }

  /** Throws INVALID_ARGUMENT, changing nothing, when the settings cannot be honoured. */
  reconfigure(subscription: Subscription): void {
    this.queue.reconfigure(settingsOf(subscription));
    this.#subscription = subscription;
    this.#startPush();
  }

  /** Takes a message of the topic. */
  add(message: Message): void {
    if (this.#subscription.detached !== true) this.queue.add(message);
  }

  #startPush(): void {
    this.#stopPush?.();
    this.#stopPush = undefined;
    if (!this.pushes) return;
    const { queue } = this;
    const { name } = this.#subscription;
    const sender = new PushSender({
      ackDeadline: () => queue.settings.ackDeadline,
      request: (delivery) => {
        const { pushConfig = {} } = this.#subscription;
        const request = googlePush(name, delivery, pushConfig);
        const token = this.#tokenOf(pushConfig);
        if (token === null) return request;
        return { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } };
      },
      settle: ({ ackId, message }, acked, reason) => {
        if (acked) queue.acknowledge(ackId);
        else {
          this.#host.log.info({ subscription: name, messageId: message.id, reason }, 'push not acknowledged');
          queue.modifyDeadline(ackId, 0);
        }
      },
    });
    this.#stopPush = queue.attach(sender);
  }

  #tokenOf({ oidcToken, pushEndpoint = '' }: PushConfig): string | null {
    if (oidcToken === undefined) return null;
    const { serviceAccountEmail: account = '', audience = pushEndpoint } = oidcToken;
    return pushToken({ audience, account }, this.#host.pushSecret, this.#host.clock.now());
  }

  /** Publishes the message to the dead letter topic, with Google's account of where it comes from. */
  #deadLetter(message: Message, attempts: number): boolean {
    const { name } = this.#subscription;
    const topic = this.queue.settings.deadLetter?.topic ?? '';
    const { project, id } = parseName('subscriptions', name);
    const attributes = new Map([
      ...message.attributes,
      ['CloudPubSubDeadLetterSourceDeliveryCount', String(attempts)],
      ['CloudPubSubDeadLetterSourceSubscription', id],
      ['CloudPubSubDeadLetterSourceSubscriptionProject', project],
      ['CloudPubSubDeadLetterSourceTopicPublishTime', new Date(message.publishTime).toISOString()],
    ]);
    if (!this.#host.forward(topic, { ...message, attributes })) return false;
    this.deadLettered.push({ message, attempts });
    this.#host.log.warn(
      { subscription: name, messageId: message.id, attempts, topic },
      'message dead-lettered',
    );
    return true;
  }
}
