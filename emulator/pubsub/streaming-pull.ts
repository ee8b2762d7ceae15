/** One StreamingPull call: messages flow out as the client has room, acknowledgements flow in. */
import { status } from '@grpc/grpc-js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import { Type } from 'typebox';
import type { Static } from 'typebox';

import { ApiError, asApiError } from '../core/errors.ts';
import { RESPONSE_BYTES } from './broker.ts';
import type { Broker } from './broker.ts';
import type { Consumer, Delivery } from './consumer.ts';
import { messageBytes } from './message.ts';
import { invalidArgument, tooLarge, tooSmall } from './refusals.ts';
import { parse } from './request.ts';

const Request = Type.Object({
  subscription: Type.String(),
  ackIds: Type.Array(Type.String()),
  modifyDeadlineSeconds: Type.Array(Type.Integer()),
  modifyDeadlineAckIds: Type.Array(Type.String()),
  streamAckDeadlineSeconds: Type.Integer(),
  maxOutstandingMessages: Type.Number(),
  maxOutstandingBytes: Type.Number(),
});
type Request = Static<typeof Request>;

const MESSAGES_PER_RESPONSE = 1000;

export class StreamingPull implements Consumer {
  readonly batchesKeys = true;
  readonly #broker: Broker;
  readonly #call: ServerDuplexStream<unknown, object>;
  #subscription = '';
  #deadlineSeconds = 10;
  /** What is out at most; no limit when 0 or less. */
  #limits = { messages: 0, bytes: 0 };
  #outstanding = { messages: 0, bytes: 0 };
  #detach: (() => void) | undefined;

  constructor(broker: Broker, call: ServerDuplexStream<unknown, object>) {
    this.#broker = broker;
    this.#call = call;
    call.on('data', (message: unknown) => this.#receive(message));
    call.on('end', () => {
      this.#detach?.();
      call.end();
    });
    // A client that goes away keeps its messages until their deadlines, as at Google.
    call.on('cancelled', () => this.#detach?.());
    call.on('error', () => this.#detach?.());
  }

  room(): { messages: number; bytes: number } {
    return {
      messages: Math.min(left(this.#limits.messages, this.#outstanding.messages), MESSAGES_PER_RESPONSE),
      bytes: Math.min(left(this.#limits.bytes, this.#outstanding.bytes), RESPONSE_BYTES),
    };
  }

  deadline(): number {
    return this.#deadlineSeconds * 1000;
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const { message } of deliveries) {
      this.#outstanding.messages += 1;
      this.#outstanding.bytes += messageBytes(message);
    }
    this.#call.write({ receivedMessages: deliveries.map(receivedMessage), ...this.#properties() });
  }

  released({ message }: Delivery): void {
    this.#outstanding.messages -= 1;
    this.#outstanding.bytes -= messageBytes(message);
  }

  closed(): void {
    try {
      this.#broker.getSubscription(this.#subscription);
      this.#fail(
        new ApiError('UNAVAILABLE', 'The service was unable to fulfill your request. Please try again.'),
      );
    } catch (error) {
      this.#fail(error);
    }
  }

  #receive(message: unknown): void {
    try {
      const request = parse(Request, message);
      if (this.#detach === undefined) this.#open(request);
      else if (request.subscription !== '') throw invalidArgument('subscription');
      else if (request.streamAckDeadlineSeconds !== 0) this.#setDeadline(request.streamAckDeadlineSeconds);
      this.#settle(request);
      // Clients of protocol version 1 take a silent stream for a dead one.
      this.#call.write(this.#properties());
    } catch (error) {
      this.#fail(error);
    }
  }

  #open(request: Request): void {
    this.#subscription = request.subscription;
    this.#setDeadline(request.streamAckDeadlineSeconds);
    this.#limits = { messages: request.maxOutstandingMessages, bytes: request.maxOutstandingBytes };
    this.#detach = this.#broker.consume(this.#subscription, this);
  }

  #setDeadline(seconds: number): void {
    if (seconds < 10) throw tooSmall('stream_ack_deadline_seconds', seconds, 10);
    if (seconds > 600) throw tooLarge('stream_ack_deadline_seconds', seconds, 600);
    this.#deadlineSeconds = seconds;
  }

  #settle({ ackIds, modifyDeadlineAckIds, modifyDeadlineSeconds }: Request): void {
    if (modifyDeadlineAckIds.length !== modifyDeadlineSeconds.length) {
      throw invalidArgument('modify_deadline_seconds');
    }
    if (ackIds.length > 0) this.#broker.acknowledge(this.#subscription, ackIds);
    for (const [index, ackId] of modifyDeadlineAckIds.entries()) {
      this.#broker.modifyAckDeadline(this.#subscription, [ackId], modifyDeadlineSeconds[index] ?? 0);
    }
  }

  #properties(): object {
    const subscription = this.#broker.getSubscription(this.#subscription);
    return {
      subscriptionProperties: {
        exactlyOnceDeliveryEnabled: subscription.enableExactlyOnceDelivery === true,
        messageOrderingEnabled: subscription.enableMessageOrdering === true,
      },
    };
  }

  #fail(cause: unknown): void {
    this.#detach?.();
    const error = asApiError(cause);
    this.#call.emit('error', { code: status[error.status], details: error.message });
  }
}

function left(limit: number, out: number): number {
  return limit > 0 ? limit - out : Number.POSITIVE_INFINITY;
}

/** google.pubsub.v1.ReceivedMessage as protobuf.js takes it. */
function receivedMessage({ ackId, message, deliveryAttempt }: Delivery): object {
  const { data, attributes, id: messageId, publishTime, orderingKey } = message;
  return {
    ackId,
    deliveryAttempt,
    message: {
      data,
      attributes: Object.fromEntries(attributes),
      messageId,
      publishTime: { seconds: Math.floor(publishTime / 1000), nanos: (publishTime % 1000) * 1_000_000 },
      orderingKey,
    },
  };
}
