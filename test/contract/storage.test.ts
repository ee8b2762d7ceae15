/**
 * Cloud Storage as Google's own clients use it: the Node client over its default transport, and gcloud where
 * it is installed.
 */
import { execFile, execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { Storage } from '@google-cloud/storage';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';

import { serveStorage } from '../emulator/storage/serve.ts';
import type { Served } from '../emulator/storage/serve.ts';

const TWENTY_MB = randomBytes(20_000_000);
let served: Served;

beforeAll(async () => {
  served = await serveStorage();
});

afterAll(() => served.close());

/** Every way to point the Node client at another host makes it ask for other paths. */
const addresses = [
  { how: 'apiEndpoint', endpoint: () => served.url },
  { how: 'STORAGE_EMULATOR_HOST', host: () => served.url },
  { how: 'STORAGE_EMULATOR_HOST with a path', host: () => `${served.url}/storage/v1` },
];

describe.each(addresses)('@google-cloud/storage by $how', ({ how, endpoint, host }) => {
  const bucketName = `contract-${how.toLowerCase().replaceAll(/[^a-z]+/g, '-')}`;
  let storage: Storage;

  beforeAll(async () => {
    if (host !== undefined) process.env.STORAGE_EMULATOR_HOST = host();
    storage = new Storage({
      projectId: 'p1',
      ...(endpoint === undefined ? {} : { apiEndpoint: endpoint() }),
    });
    delete process.env.STORAGE_EMULATOR_HOST;
    await storage.createBucket(bucketName);
  });

  const file = (name: string) => storage.bucket(bucketName).file(name);

  test.each([
    ['multipart', { resumable: false }],
    ['resumable', { resumable: true }],
    ['in chunks', { resumable: true, chunkSize: 256 * 1024 }],
  ])('saves and downloads %s, with validation', async (way, options) => {
    const content = TWENTY_MB.subarray(0, 1_000_000);
    const object = file(`saved/${way}`);
    const metadata = { contentType: 'application/x-onnx', metadata: { owner: 'ada' } };
    await object.save(content, { ...options, metadata, validation: 'crc32c' });
    const [downloaded] = await object.download({ validation: 'crc32c' });
    expect(downloaded.equals(content)).toBe(true);
    expect((await object.getMetadata())[0]).toMatchObject({
      contentType: 'application/x-onnx',
      metadata: { owner: 'ada' },
      metageneration: '1',
      size: '1000000',
    });
  });

  test('uploads 20 MB resumably and downloads a part of it', async () => {
    const object = file('large');
    await object.save(TWENTY_MB);
    expect((await object.download())[0].equals(TWENTY_MB)).toBe(true);
    const [part] = await object.download({ start: 10_000_000, end: 10_000_099 });
    expect(part.equals(TWENTY_MB.subarray(10_000_000, 10_000_100))).toBe(true);
  });

  test('keeps names that look like paths, escapes and JavaScript', async () => {
    for (const name of ['../../etc/passwd', 'a%2Fb', '__proto__', 'å/∑ 😀?#']) {
      await file(name).save(name, { resumable: false });
      expect((await file(name).download())[0].toString()).toBe(name);
      await file(name).delete();
      expect(await file(name).exists()).toEqual([false]);
    }
  });

  test('changes attributes', async () => {
    await file('attributes').save('1', { metadata: { metadata: { a: '1', b: '2' } } });
    await file('attributes').setMetadata({ contentType: 'text/x', metadata: { a: null } });
    const [metadata] = await file('attributes').getMetadata();
    expect(metadata).toMatchObject({ contentType: 'text/x', metadata: { b: '2' }, metageneration: '2' });
  });

  test('lists by prefix, delimiter and page', async () => {
    for (const name of ['list/1', 'list/2', 'list/sub/3', 'list/sub/4']) await file(name).save(name);
    const bucket = storage.bucket(bucketName);
    const [files] = await bucket.getFiles({ prefix: 'list/', maxResults: 1 });
    expect(files.map(({ name }) => name)).toEqual(['list/1']);
    const [all] = await bucket.getFiles({ prefix: 'list/' });
    expect(all).toHaveLength(4);
    const [first, next] = await bucket.getFiles({
      prefix: 'list/',
      delimiter: '/',
      maxResults: 2,
      autoPaginate: false,
    });
    expect(first.map(({ name }) => name)).toEqual(['list/1', 'list/2']);
    const [rest, end, answer] = await bucket.getFiles(next ?? {});
    expect([rest, end, answer]).toEqual([[], null, expect.objectContaining({ prefixes: ['list/sub/'] })]);
  });

  test('copies, moves, combines and deletes', async () => {
    await file('from').save('hello ', { metadata: { contentType: 'text/x' } });
    await file('from').copy(file('copied'));
    await file('from').move(file('moved'));
    expect(await file('from').exists()).toEqual([false]);
    await storage.bucket(bucketName).combine([file('copied'), file('moved')], file('combined'));
    expect((await file('combined').download())[0].toString()).toBe('hello hello ');
    expect((await file('copied').getMetadata())[0].contentType).toBe('text/x');
    await file('combined').delete();
    await expect(file('combined').getMetadata()).rejects.toMatchObject({ code: 404 });
    await expect(file('combined').download()).rejects.toMatchObject({ code: 404 });
  });

  test('compares and swaps', async () => {
    await file('ledger').save('0', { preconditionOpts: { ifGenerationMatch: 0 }, resumable: false });
    const seen = Number((await file('ledger').getMetadata())[0].generation);
    const writers = [true, false].map((resumable) =>
      file('ledger').save(`resumable: ${resumable}`, {
        preconditionOpts: { ifGenerationMatch: seen },
        resumable,
      }),
    );
    const outcomes = await Promise.allSettled(writers);
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const lost = outcomes.find((outcome) => outcome.status === 'rejected');
    expect(lost?.reason).toMatchObject({ code: 412 });
    await expect(file('ledger').delete({ ifGenerationMatch: seen })).rejects.toMatchObject({ code: 412 });
    await expect(
      storage.bucket(bucketName).file('ledger', { generation: seen }).getMetadata(),
    ).rejects.toMatchObject({ code: 404 });
  });

  test('finds buckets and keeps notification configurations', async () => {
    expect(await storage.bucket('contract-absent').exists()).toEqual([false]);
    await expect(storage.bucket('contract-absent').file('a').save('1')).rejects.toMatchObject({ code: 404 });
    await expect(storage.createBucket(bucketName)).rejects.toMatchObject({ code: 409 });
    const bucket = storage.bucket(bucketName);
    await bucket.setMetadata({ versioning: { enabled: true } });
    expect((await bucket.getMetadata())[0].versioning).toEqual({ enabled: true });
    const [notification] = await bucket.createNotification('projects/p1/topics/slipway-artifacts', {
      eventTypes: ['OBJECT_FINALIZE'],
    });
    expect((await bucket.getNotifications())[0].map(({ id }) => id)).toEqual([notification.id]);
    await notification.delete();
    expect((await bucket.getNotifications())[0]).toEqual([]);
  });
});

test('@google-cloud/storage tries a write that came too soon again', async () => {
  const busy = await serveStorage({ limitWrites: true });
  onTestFinished(() => busy.close());
  const { store, url } = busy;
  store.createBucket('contract-busy');
  const { generation } = store.putObject('contract-busy', 'busy', Buffer.from('1'));
  const object = new Storage({ projectId: 'p1', apiEndpoint: url }).bucket('contract-busy').file('busy');
  await object.save('2', { preconditionOpts: { ifGenerationMatch: Number(generation) } });
  expect(store.readObject('contract-busy', 'busy').content.toString()).toBe('2');
});

const gcloudVersion = versionOf('gcloud');

function versionOf(command: string): string | undefined {
  try {
    return execFileSync(command, ['--version'], { encoding: 'utf8' }).split('\n')[0];
  } catch {
    return undefined;
  }
}

const gcloudTitle = gcloudVersion ?? 'skipped: gcloud is not installed';

describe.skipIf(gcloudVersion === undefined)(`gcloud storage (${gcloudTitle})`, { timeout: 60_000 }, () => {
  let directory = '';

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'slipway-gcloud-'));
    writeFileSync(join(directory, 'large'), TWENTY_MB);
    // A line end at the end is what a careless reader of multipart bodies loses.
    writeFileSync(join(directory, 'small'), 'hello\r\n');
  });

  afterAll(() => rmSync(directory, { recursive: true }));

  async function gcloud(...args: string[]): Promise<string> {
    const { stdout } = await promisify(execFile)('gcloud', ['storage', ...args], {
      cwd: directory,
      env: {
        ...process.env,
        CLOUDSDK_CONFIG: join(directory, 'config'),
        CLOUDSDK_AUTH_DISABLE_CREDENTIALS: 'true',
        CLOUDSDK_CORE_PROJECT: 'p1',
        CLOUDSDK_CORE_DISABLE_PROMPTS: '1',
        CLOUDSDK_CORE_CHECK_GCE_METADATA: 'false',
        CLOUDSDK_CORE_DISABLE_USAGE_REPORTING: 'true',
        CLOUDSDK_COMPONENT_MANAGER_DISABLE_UPDATE_CHECK: '1',
        CLOUDSDK_API_ENDPOINT_OVERRIDES_STORAGE: `${served.url}/storage/v1/`,
      },
    });
    return stdout;
  }

  test('makes a bucket, copies up and down, lists, prints and removes', async () => {
    await gcloud('buckets', 'create', 'gs://contract-gcloud', '--location=us-central1');
    await gcloud('cp', 'small', 'gs://contract-gcloud/churn/v1/small');
    await gcloud('cp', 'large', 'gs://contract-gcloud/churn/v1/model.onnx');
    expect(await gcloud('ls', 'gs://contract-gcloud/churn/v1/')).toBe(
      'gs://contract-gcloud/churn/v1/model.onnx\ngs://contract-gcloud/churn/v1/small\n',
    );
    expect(await gcloud('ls', 'gs://contract-gcloud')).toBe('gs://contract-gcloud/churn/\n');
    expect(await gcloud('cat', 'gs://contract-gcloud/churn/v1/small')).toBe('hello\r\n');
    await gcloud('cp', 'gs://contract-gcloud/churn/v1/model.onnx', 'down');
    expect(readFileSync(join(directory, 'down')).equals(TWENTY_MB)).toBe(true);
    await gcloud('rm', 'gs://contract-gcloud/churn/v1/small');
    await expect(gcloud('cat', 'gs://contract-gcloud/churn/v1/small')).rejects.toThrow('matched no objects');
  });

  test('is told when its precondition does not hold', async () => {
    served.store.createBucket('contract-gcloud-swap');
    await gcloud('cp', 'small', 'gs://contract-gcloud-swap/a', '--if-generation-match=0');
    await expect(
      gcloud('cp', 'small', 'gs://contract-gcloud-swap/a', '--if-generation-match=0'),
    ).rejects.toThrow('HTTPError 412: At least one of the pre-conditions you specified did not hold.');
  });

  test('copies within the cloud, composes, describes, and removes a bucket with all its versions', async () => {
    served.store.createBucket('contract-gcloud-rest', { versioning: { enabled: true } });
    const part = served.store.putObject('contract-gcloud-rest', 'part', Buffer.from('hello '));
    served.store.putObject('contract-gcloud-rest', 'part', Buffer.from('world'));
    await gcloud('cp', `gs://contract-gcloud-rest/part#${part.generation}`, 'gs://contract-gcloud-rest/old');
    await gcloud(
      'objects',
      'compose',
      'gs://contract-gcloud-rest/old',
      'gs://contract-gcloud-rest/part',
      'gs://contract-gcloud-rest/both',
    );
    expect(await gcloud('cat', 'gs://contract-gcloud-rest/both')).toBe('hello world');
    const described = await gcloud(
      'objects',
      'describe',
      'gs://contract-gcloud-rest/both',
      '--format=value(crc32c_hash,size)',
    );
    expect(described.trim()).toBe('yZRlqg==\t11');
    await gcloud('rm', '-r', 'gs://contract-gcloud-rest');
    expect(() => served.store.bucket('contract-gcloud-rest')).toThrow('The specified bucket does not exist.');
  });
});
