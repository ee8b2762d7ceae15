/** Messages through Pub/Sub. */
import type { PubSub } from '@google-cloud/pubsub';
import type { Config } from '../config.ts';
import type { Bus } from '../world.ts';
import { calling } from './call-error.ts';

export function pubsubBus(pubsub: PubSub, topics: Config['topics']): Bus {
  return {
    async publish(topic, data, attributes = {}) {
      await calling(`publish ${topic}`, () =>
        pubsub
          // Every message is waited for, so none may linger in a batch; and a tick must not be spent on retries.
          .topic(topics[topic], {
            batching: { maxMessages: 1 },
            gaxOpts: { retry: { backoffSettings: BACKOFF } },
          })
          .publishMessage({ json: data, attributes }),
      );
    },
  };
}

const BACKOFF = {
  initialRetryDelayMillis: 200,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 5_000,
  initialRpcTimeoutMillis: 10_000,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: 10_000,
  totalTimeoutMillis: 45_000,
};
