/** Messages through Pub/Sub. */
import type { PublisherClient } from '@google-cloud/pubsub-api/build/src/v1/publisher_client.js';
import type { Config } from '../config/config.ts';
import type { Bus } from '../world.ts';
import { calling } from './call-error.ts';

export function pubsubBus(publisher: () => Promise<PublisherClient>, config: Config): Bus {
  return {
    async publish(topic, data, attributes = {}) {
      await calling(`publish ${topic}`, async () => {
        const client = await publisher();
        await client.publish(
          {
            topic: `projects/${config.project}/topics/${config.topics[topic]}`,
            messages: [{ data: Buffer.from(JSON.stringify(data)), attributes }],
          },
          { retry: { backoffSettings: BACKOFF } },
        );
      });
    },
  };
}

/** A tick must not be spent on retries. In ms. */
const BACKOFF = {
  initialRetryDelayMillis: 200,
  retryDelayMultiplier: 2,
  maxRetryDelayMillis: 5_000,
  initialRpcTimeoutMillis: 10_000,
  rpcTimeoutMultiplier: 1,
  maxRpcTimeoutMillis: 10_000,
  totalTimeoutMillis: 45_000,
};
