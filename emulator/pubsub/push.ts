/** Push delivery: POST a message to a URL, until the answer is one of Pub/Sub's success codes. */
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';

import type { Consumer, Delivery } from './consumer.ts';
import { messageJson } from './message.ts';
import type { Backoff, PushConfig } from './subscription.ts';

/** The HTTP request that carries one message. */
export interface PushRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** https://cloud.google.com/pubsub/docs/push#receive_push; 102 comes as an interim answer. */
const successCodes = new Set([102, 200, 201, 202, 204]);

/** The push backoff of a subscription without a retry policy (https://cloud.google.com/pubsub/docs/push#push_backoff). */
export const pushBackoff: Backoff = { minimum: 100, maximum: 60_000 };

const firstWindow = 5;
const lastWindow = 3000;

export interface PushSenderOptions {
  /** Milliseconds; the request's timeout too. */
  readonly ackDeadline: () => number;
  readonly request: (delivery: Delivery) => PushRequest;
  /** Told of each answer: the HTTP status, or what went wrong before there was one. */
  readonly settle: (delivery: Delivery, acked: boolean, reason: string) => void;
}

/** The consumer that pushes. Its window of concurrent requests grows with each success, as Google's slow start. */
export class PushSender implements Consumer {
  readonly batchesKeys = false;
  readonly #options: PushSenderOptions;
  readonly #inFlight = new Map<string, AbortController>();
  #window = firstWindow;

  constructor(options: PushSenderOptions) {
    this.#options = options;
  }

  room(): { messages: number; bytes: number } {
    return { messages: this.#window - this.#inFlight.size, bytes: Number.POSITIVE_INFINITY };
  }

  deadline(): number {
    return this.#options.ackDeadline();
  }

  deliver(deliveries: readonly Delivery[]): void {
    for (const delivery of deliveries) void this.#push(delivery);
  }

  async #push(delivery: Delivery): Promise<void> {
    const abort = new AbortController();
    this.#inFlight.set(delivery.ackId, abort);
    const { request, settle } = this.#options;
    try {
      const status = await post(request(delivery), abort.signal);
      const acked = successCodes.has(status);
      this.#window = acked ? Math.min(this.#window + 1, lastWindow) : firstWindow;
      settle(delivery, acked, `HTTP ${status}`);
    } catch (error) {
      this.#window = firstWindow;
      settle(delivery, false, error instanceof Error ? error.message : String(error));
    }
  }

  /** The deadline has passed or the message is settled: nobody waits for the answer any more. */
  released(delivery: Delivery): void {
    this.#inFlight.get(delivery.ackId)?.abort();
    this.#inFlight.delete(delivery.ackId);
  }

  /** What is in flight is released by the queue. */
  closed(): void {}
}

/** Resolves to the status of the answer; redirects are not followed. `node:http`, since fetch gives up after 300 s. */
function post({ url, headers, body }: PushRequest, signal: AbortSignal): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = url.startsWith('https:') ? httpsRequest : httpRequest;
    const outgoing = request(
      url,
      { method: 'POST', headers: { ...headers, 'content-length': body.length }, agent: false, signal },
      (response) => {
        response.on('error', reject);
        response.on('end', () => resolve(response.statusCode ?? 0));
        response.resume();
      },
    );
    outgoing.on('information', ({ statusCode }) => {
      if (successCodes.has(statusCode)) resolve(statusCode);
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** The body and headers Google documents (https://cloud.google.com/pubsub/docs/push#receive_push). */
export function googlePush(subscription: string, delivery: Delivery, config: PushConfig): PushRequest {
  const url = config.pushEndpoint ?? '';
  if (config.noWrapper === undefined) {
    return {
      url,
      headers: { ...userAgent, 'content-type': 'application/json' },
      body: wrapped(subscription, delivery),
    };
  }
  const headers = config.noWrapper.writeMetadata === true ? metadataHeaders(subscription, delivery) : {};
  return { url, headers: { ...userAgent, ...headers }, body: delivery.message.data };
}

const userAgent = { 'user-agent': 'CloudPubSub-Google' };

/** The wrapped form, with the ids and times in both spellings. */
function wrapped(subscription: string, { message, deliveryAttempt }: Delivery): Buffer {
  const json = messageJson(message);
  return Buffer.from(
    JSON.stringify({
      message: { ...json, message_id: json.messageId, publish_time: json.publishTime },
      subscription,
      ...(deliveryAttempt > 0 && { deliveryAttempt }),
    }),
  );
}

/** https://cloud.google.com/pubsub/docs/payload-unwrapping */
function metadataHeaders(
  subscription: string,
  { message, deliveryAttempt }: Delivery,
): Record<string, string> {
  const headers = new Map([
    ['x-goog-pubsub-subscription-name', subscription],
    ['x-goog-pubsub-message-id', message.id],
    ['x-goog-pubsub-publish-time', new Date(message.publishTime).toISOString()],
  ]);
  if (message.orderingKey !== '') headers.set('x-goog-pubsub-ordering-key', message.orderingKey);
  if (deliveryAttempt > 0) headers.set('x-goog-pubsub-delivery-attempt', String(deliveryAttempt));
  for (const [key, value] of message.attributes) {
    if (isHeader(key, value)) headers.set(key.toLowerCase(), value);
  }
  return Object.fromEntries(headers);
}

/** An attribute that is no header, or would change how the request is sent, is left out. */
function isHeader(key: string, value: string): boolean {
  const framing = ['connection', 'content-length', 'host', 'transfer-encoding', 'upgrade'];
  return (
    /^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(key) &&
    /^[\t\u0020-\u007e]*$/.test(value) &&
    !framing.includes(key.toLowerCase())
  );
}
