/** The real `gcloud storage` against the emulator. */
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';

import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

import { startEmulator } from '../../emulator/server.ts';
import type { Emulator } from '../../emulator/server.ts';
import { gcloudOf, hasGcloud } from './gcloud.ts';
import type { Gcloud } from './gcloud.ts';

describe.skipIf(!hasGcloud())('gcloud storage (needs gcloud)', { timeout: 240_000 }, () => {
  const twentyMegabytes = randomBytes(20_000_000);
  let emulator: Emulator;
  let gcloud: Gcloud;
  let directory = '';
  const local = (name: string) => path.join(directory, name);

  beforeAll(async () => {
    emulator = await startEmulator({ log: pino({ level: 'silent' }) });
    gcloud = gcloudOf(emulator.url);
    directory = mkdtempSync(path.join(tmpdir(), 'slipway-files-'));
    writeFileSync(local('large'), twentyMegabytes);
    // A line end at the very end is what a careless reader of multipart bodies loses.
    writeFileSync(local('small'), 'hello\r\n');
  });

  afterAll(async () => {
    gcloud.close();
    rmSync(directory, { recursive: true });
    await emulator.close();
  });

  it('makes a bucket, copies up and down, lists, prints and removes', async () => {
    await gcloud.text('storage buckets create gs://models-of-p1 --location=us-central1');
    await gcloud.text('storage cp', local('small'), 'gs://models-of-p1/churn/v1/small');
    await gcloud.text('storage cp', local('large'), 'gs://models-of-p1/churn/v1/model.onnx');
    expect(await gcloud.text('storage ls gs://models-of-p1')).toBe('gs://models-of-p1/churn/\n');
    expect(await gcloud.text('storage ls gs://models-of-p1/churn/v1/')).toBe(
      'gs://models-of-p1/churn/v1/model.onnx\ngs://models-of-p1/churn/v1/small\n',
    );
    expect(await gcloud.text('storage cat gs://models-of-p1/churn/v1/small')).toBe('hello\r\n');
    await gcloud.text('storage cp gs://models-of-p1/churn/v1/model.onnx', local('down'));
    expect(readFileSync(local('down')).equals(twentyMegabytes)).toBe(true);
    await gcloud.text('storage rm gs://models-of-p1/churn/v1/small');
    await expect(gcloud.text('storage cat gs://models-of-p1/churn/v1/small')).rejects.toThrow(
      'matched no objects',
    );
  });

  it('is told when a precondition does not hold', async () => {
    emulator.store.createBucket('swap');
    const write = ['storage cp', local('small'), 'gs://swap/a', '--if-generation-match=0'] as const;
    await gcloud.text(...write);
    await expect(gcloud.text(...write)).rejects.toThrow(
      'HTTPError 412: At least one of the pre-conditions you specified did not hold.',
    );
  });

  it('copies a generation, composes, describes, and removes a bucket with all its versions', async () => {
    emulator.store.createBucket('versions', { versioning: { enabled: true } });
    const first = emulator.store.putObject('versions', 'part', Buffer.from('hello '));
    emulator.store.putObject('versions', 'part', Buffer.from('world'));
    await gcloud.text('storage cp', `gs://versions/part#${first.generation}`, 'gs://versions/old');
    await gcloud.text('storage objects compose gs://versions/old gs://versions/part gs://versions/both');
    expect(await gcloud.text('storage cat gs://versions/both')).toBe('hello world');
    expect(await gcloud.json('storage objects describe gs://versions/both')).toMatchObject({
      crc32c_hash: 'yZRlqg==',
      size: 11,
    });
    await gcloud.text('storage rm -r gs://versions');
    expect(() => emulator.store.bucket('versions')).toThrow('The specified bucket does not exist.');
  });
});
