/** The real `gcloud pubsub` against the emulator. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { gcloudOf, hasGcloud, type Gcloud } from './gcloud.ts';
import { openEmulator } from './pubsub-targets.ts';
import type { Target } from './pubsub-targets.ts';

describe.skipIf(!hasGcloud())('gcloud pubsub (needs gcloud)', () => {
  let target: Target;
  let tool: Gcloud;

  beforeAll(async () => {
    target = await openEmulator();
    tool = gcloudOf(`http://${target.host}`);
  });
  afterAll(async () => {
    tool.close();
    await target.close();
  });

  /** The JSON that `gcloud pubsub …` prints. */
  function gcloud(command: string, ...more: string[]): Promise<unknown> {
    return tool.json(`pubsub ${command}`, ...more);
  }

  it('creates, lists, publishes, pulls, acknowledges and deletes', async () => {
    await gcloud('topics create requests');
    await gcloud('topics create graves');
    await gcloud(
      'subscriptions create worker --topic=requests --ack-deadline=60 --message-filter=attributes:kind',
      '--min-retry-delay=1s',
      '--max-retry-delay=20s',
      '--dead-letter-topic=graves',
      '--max-delivery-attempts=7',
    );
    await gcloud('subscriptions create pusher --topic=requests --push-endpoint=http://127.0.0.1:9/push');
    const topics = await gcloud('topics list');
    expect(topics).toEqual([
      { name: 'projects/p1/topics/graves', state: 'ACTIVE' },
      { name: 'projects/p1/topics/requests', state: 'ACTIVE' },
    ]);
    expect(await gcloud('subscriptions describe worker')).toMatchObject({
      topic: 'projects/p1/topics/requests',
      ackDeadlineSeconds: 60,
      filter: 'attributes:kind',
      retryPolicy: { minimumBackoff: '1s', maximumBackoff: '20s' },
      deadLetterPolicy: { deadLetterTopic: 'projects/p1/topics/graves', maxDeliveryAttempts: 7 },
    });
    expect(await gcloud('subscriptions describe pusher')).toMatchObject({
      pushConfig: { pushEndpoint: 'http://127.0.0.1:9/push' },
    });
    await gcloud('topics publish requests --message=skipped');
    const published = (await gcloud('topics publish requests --message=hello --attribute=kind=probe')) as {
      readonly messageIds: readonly string[];
    };
    const pulled = await gcloud('subscriptions pull worker --auto-ack --limit=5');
    expect(pulled).toMatchObject([
      {
        message: {
          data: Buffer.from('hello').toString('base64'),
          attributes: { kind: 'probe' },
          messageId: published.messageIds[0],
        },
      },
    ]);
    expect(target.broker?.counts('projects/p1/subscriptions/worker')).toMatchObject({
      acked: 1,
      outstanding: 0,
      waiting: 0,
    });
    await gcloud('subscriptions update pusher --ack-deadline=30');
    expect(await gcloud('subscriptions describe pusher')).toMatchObject({ ackDeadlineSeconds: 30 });
    await gcloud('subscriptions delete worker');
    await gcloud('topics delete requests');
    expect(await gcloud('subscriptions list')).toMatchObject([{ topic: '_deleted-topic_' }]);
  }, 90_000);

  it("shows the emulator's refusals", async () => {
    await expect(gcloud('topics publish nope --message=x')).rejects.toThrow(
      /NOT_FOUND: Resource not found \(resource=nope\)/,
    );
    await gcloud('topics create twice');
    await expect(gcloud('topics create twice')).rejects.toThrow(/Resource already exists in the project/);
  }, 240_000);
});
