/** The real `gcloud pubsub` against the emulator. */
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { openEmulator } from './pubsub-targets.ts';
import type { Target } from './pubsub-targets.ts';

const run = promisify(execFile);

describe.skipIf(!hasGcloud())('gcloud pubsub (needs gcloud)', () => {
  let target: Target;
  let config = '';

  beforeAll(async () => {
    target = await openEmulator();
    config = mkdtempSync(path.join(tmpdir(), 'slipway-gcloud-'));
  });
  afterAll(async () => {
    await target.close();
    rmSync(config, { recursive: true });
  });

  /** The JSON that `gcloud pubsub …` prints. */
  async function gcloud(command: string, ...more: string[]) {
    const { stdout } = await run('gcloud', ['pubsub', ...command.split(' '), ...more, '--format=json'], {
      env: {
        ...process.env,
        CLOUDSDK_CONFIG: config,
        CLOUDSDK_API_ENDPOINT_OVERRIDES_PUBSUB: `http://${target.host}/`,
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_CORE_PROJECT: 'p1',
        CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
        CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
      },
    });
    return stdout === '' ? undefined : JSON.parse(stdout);
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
    const published = await gcloud('topics publish requests --message=hello --attribute=kind=probe');
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

function hasGcloud(): boolean {
  try {
    execFileSync('which', ['gcloud'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}
