import type { Message } from './message.ts';

/** One message handed to a consumer, who answers by `ackId`. */
export interface Delivery {
  readonly ackId: string;
  readonly message: Message;
  /** 1 for the first; 0 on a subscription without a dead letter policy, as Google says. */
  readonly deliveryAttempt: number;
}

/** The taker of messages from a subscription: a pull call, a streaming pull, the push sender. */
export interface Consumer {
  /** How many more messages and bytes it takes now. */
  room(): { readonly messages: number; readonly bytes: number };
  /** How long it has to acknowledge, in milliseconds. */
  deadline(): number;
  /** Whether messages of one ordering key may be outstanding together, as in one pull response. */
  readonly batchesKeys: boolean;
  deliver(deliveries: readonly Delivery[]): void;
  /** A message it was given is settled or taken away again: acknowledged, refused or overdue. */
  released(delivery: Delivery): void;
  /** The subscription is no more. */
  closed(): void;
}
