/**
 * One set of probes with the official client over its default transport, against the emulator by each of the
 * addresses that the client can be given, and against Google Cloud with REMOTE=1.
 */
import { randomBytes, randomUUID } from 'node:crypto';

import { Storage } from '@google-cloud/storage';
import type { Bucket } from '@google-cloud/storage';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';

import { startEmulator } from '../../emulator/server.ts';

const remote = process.env.REMOTE === '1';
const twentyMegabytes = randomBytes(20_000_000);

interface Target {
  readonly storage: Storage;
  close(): Promise<void>;
}

/** Each way to point the client at another host makes it ask for other paths. */
const addresses = [
  { how: 'apiEndpoint', environment: undefined },
  { how: 'STORAGE_EMULATOR_HOST', environment: '' },
  { how: 'STORAGE_EMULATOR_HOST with a path', environment: '/storage/v1' },
];

describe.each(addresses)('Cloud Storage: the emulator by $how', ({ environment }) => {
  probes(async () => {
    const emulator = await startEmulator({ log: pino({ level: 'silent' }) });
    if (environment !== undefined) vi.stubEnv('STORAGE_EMULATOR_HOST', emulator.url + environment);
    const apiEndpoint = environment === undefined ? { apiEndpoint: emulator.url } : {};
    const storage = new Storage({ projectId: 'p1', ...apiEndpoint });
    vi.unstubAllEnvs();
    return { storage, close: () => emulator.close() };
  });
});

describe.skipIf(!remote)(
  'Cloud Storage: Google Cloud (needs REMOTE=1, REMOTE_PROJECT and credentials)',
  () => {
    probes(async () => {
      const storage = new Storage({ projectId: process.env.REMOTE_PROJECT ?? '' });
      return { storage, close: async () => undefined };
    });
  },
);

function probes(open: () => Promise<Target>): void {
  let target: Target;
  let bucket: Bucket;

  beforeAll(async () => {
    target = await open();
    [bucket] = await target.storage.createBucket(`slipway-contract-${randomUUID()}`);
  });

  afterAll(async () => {
    await bucket.deleteFiles({ force: true, versions: true });
    await bucket.delete();
    await target.close();
  });

  it.each([
    ['multipart', { resumable: false }],
    ['resumably', { resumable: true }],
    ['resumably in chunks', { resumable: true, chunkSize: 256 * 1024 }],
  ])('saves %s, and downloads what was saved', async (way, options) => {
    const content = twentyMegabytes.subarray(0, 1_000_000);
    const file = bucket.file(`saved/${way}`);
    const metadata = { contentType: 'application/x-onnx', metadata: { owner: 'ada' } };
    await file.save(content, { ...options, metadata, validation: 'crc32c' });
    const [downloaded] = await file.download({ validation: 'crc32c' });
    expect(downloaded.equals(content)).toBe(true);
    const [saved] = await file.getMetadata();
    expect(saved).toMatchObject({ ...metadata, metageneration: '1', size: '1000000' });
    expect(Date.parse(saved.timeCreated ?? '')).toBeGreaterThan(0);
  });

  it('uploads 20 MB resumably, and downloads a part of it', async () => {
    const file = bucket.file('large');
    await file.save(twentyMegabytes);
    expect((await file.download())[0].equals(twentyMegabytes)).toBe(true);
    const [part] = await file.download({ start: 10_000_000, end: 10_000_099 });
    expect(part.equals(twentyMegabytes.subarray(10_000_000, 10_000_100))).toBe(true);
  });

  it.each(['../../etc/passwd', 'a%2Fb', '__proto__', 'å/∑ 😀?#'])('keeps the name %j', async (name) => {
    const file = bucket.file(name);
    await file.save(name, { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
    expect((await file.download())[0].toString()).toBe(name);
    await file.delete();
    expect(await file.exists()).toEqual([false]);
  });

  it('changes attributes', async () => {
    const file = bucket.file('attributes');
    await file.save('1', { metadata: { metadata: { a: '1', b: '2' } } });
    await file.setMetadata({ contentType: 'text/x', metadata: { a: null } });
    const [metadata] = await file.getMetadata();
    expect(metadata).toMatchObject({ contentType: 'text/x', metageneration: '2' });
    expect(metadata.metadata).toEqual({ b: '2' });
  });

  it('lists by prefix, delimiter and page', async () => {
    const names = ['list/1', 'list/2', 'list/sub/3', 'list/sub/4'];
    for (const name of names) await bucket.file(name).save(name);
    const [all] = await bucket.getFiles({ prefix: 'list/' });
    expect(all.map(({ name }) => name)).toEqual(names);
    const page = { prefix: 'list/', delimiter: '/', maxResults: 2, autoPaginate: false };
    const [first, next] = await bucket.getFiles(page);
    expect(first.map(({ name }) => name)).toEqual(['list/1', 'list/2']);
    const [rest, end, answer] = await bucket.getFiles(next ?? {});
    expect([rest, end]).toEqual([[], null]);
    expect(answer).toMatchObject({ prefixes: ['list/sub/'] });
  });

  it('copies, moves, combines and deletes', async () => {
    const [from, copied, moved, combined] = ['from', 'copied', 'moved', 'combined'].map((name) =>
      bucket.file(name),
    );
    if (!from || !copied || !moved || !combined) throw new Error('expected four files');
    await from.save('hello ', { metadata: { contentType: 'text/x' } });
    await from.copy(copied);
    await from.move(moved);
    expect(await from.exists()).toEqual([false]);
    await bucket.combine([copied, moved], combined);
    expect((await combined.download())[0].toString()).toBe('hello hello ');
    expect((await combined.getMetadata())[0]).toMatchObject({ componentCount: 2 });
    expect((await copied.getMetadata())[0].contentType).toBe('text/x');
    await combined.delete();
    await expect(combined.getMetadata()).rejects.toMatchObject({ code: 404 });
    await expect(combined.download()).rejects.toMatchObject({ code: 404 });
  });

  it('lets one of two writers win, and tells the other', async () => {
    const file = bucket.file('ledger');
    await file.save('0', { preconditionOpts: { ifGenerationMatch: 0 }, resumable: false });
    const seen = Number((await file.getMetadata())[0].generation);
    const writers = [true, false].map((resumable) =>
      bucket
        .file('ledger')
        .save(`resumable: ${resumable}`, { preconditionOpts: { ifGenerationMatch: seen }, resumable }),
    );
    const outcomes = await Promise.allSettled(writers);
    const lost = outcomes.filter((outcome) => outcome.status === 'rejected');
    expect(lost.map(({ reason }) => reason)).toMatchObject([{ code: 412 }]);
    await expect(file.delete({ ifGenerationMatch: seen })).rejects.toMatchObject({ code: 412 });
    const overwritten = bucket.file('ledger', { generation: seen });
    await expect(overwritten.getMetadata()).rejects.toMatchObject({ code: 404 });
  });

  it('knows which buckets there are', async () => {
    const absent = target.storage.bucket(`slipway-contract-${randomUUID()}`);
    expect(await absent.exists()).toEqual([false]);
    await expect(absent.file('a').save('1')).rejects.toMatchObject({ code: 404 });
    await expect(target.storage.createBucket(bucket.name)).rejects.toMatchObject({ code: 409 });
  });
}

it('Cloud Storage: a notification configuration is kept until it is deleted', async () => {
  const { url, store } = await emulatorFor('kept');
  const bucket = new Storage({ projectId: 'p1', apiEndpoint: url }).bucket('kept');
  const topic = 'projects/p1/topics/slipway-artifacts';
  const [notification] = await bucket.createNotification(topic, { eventTypes: ['OBJECT_FINALIZE'] });
  expect(store.notifications('kept')).toMatchObject([
    { topic: `//pubsub.googleapis.com/${topic}`, event_types: ['OBJECT_FINALIZE'] },
  ]);
  expect((await bucket.getNotifications())[0].map(({ id }) => id)).toEqual([notification.id]);
  await notification.delete();
  expect((await bucket.getNotifications())[0]).toEqual([]);
});

it('Cloud Storage: a write that came too soon is tried again', async () => {
  const { url, store } = await emulatorFor('busy');
  store.limitWrites = true;
  const { generation } = store.putObject('busy', 'a', Buffer.from('1'));
  const file = new Storage({ projectId: 'p1', apiEndpoint: url }).bucket('busy').file('a');
  await file.save('2', { preconditionOpts: { ifGenerationMatch: Number(generation) } });
  expect(store.readObject('busy', 'a').content.toString()).toBe('2');
});

it('Cloud Storage: the fault plan reaches it, and the client goes on', async () => {
  const { url, store, faults } = await emulatorFor('faulty');
  const file = new Storage({ projectId: 'p1', apiEndpoint: url }).bucket('faulty').file('a');
  faults.add({ method: 'storage.objects.insert', call: 1, kind: 'error', status: 'UNAVAILABLE' });
  await file.save('1', { resumable: false, preconditionOpts: { ifGenerationMatch: 0 } });
  expect(faults.list()).toMatchObject([{ calls: 2 }]);
  expect(store.readObject('faulty', 'a').content.toString()).toBe('1');
});

async function emulatorFor(bucket: string) {
  const emulator = await startEmulator({ log: pino({ level: 'silent' }) });
  onTestFinished(() => emulator.close());
  emulator.store.createBucket(bucket);
  return emulator;
}
