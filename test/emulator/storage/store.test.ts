import { describe, expect, test } from 'vitest';

import { VirtualClock } from '../../../emulator/core/clock.ts';
import type { ObjectChange } from '../../../emulator/storage/changes.ts';
import { Store } from '../../../emulator/storage/store.ts';

const bytes = (text: string) => Buffer.from(text);

function makeStore(options: { limitWrites?: boolean; dataDir?: string; clock?: VirtualClock } = {}) {
  const clock = options.clock ?? new VirtualClock();
  const store = new Store({ clock, ...options });
  const changes: ObjectChange[] = [];
  store.onChange((change) => changes.push(change));
  return { clock, store, changes };
}

describe('generations', () => {
  test('rise strictly, even when time stands still', () => {
    const { store } = makeStore();
    store.createBucket('models');
    const first = store.putObject('models', 'a', bytes('1'));
    const second = store.putObject('models', 'a', bytes('2'));
    const other = store.putObject('models', 'b', bytes('3'));
    expect(Number(second.generation)).toBeGreaterThan(Number(first.generation));
    expect(Number(other.generation)).toBeGreaterThan(Number(second.generation));
    expect(first.generation).toBe('1767225600000000');
  });

  test('an update of attributes keeps the generation and raises the metageneration', async () => {
    const { store, clock } = makeStore();
    store.createBucket('models');
    const written = store.putObject('models', 'a', bytes('1'));
    await clock.advance(5000);
    const updated = store.updateObject('models', 'a', () => ({ contentType: 'text/plain' }));
    expect(updated).toEqual({
      ...written,
      metageneration: 2,
      updated: written.timeCreated + 5000,
      attributes: { contentType: 'text/plain' },
    });
    expect(store.putObject('models', 'a', bytes('2')).metageneration).toBe(1);
  });

  test('without versioning only the live one is left', () => {
    const { store } = makeStore();
    store.createBucket('models');
    const first = store.putObject('models', 'a', bytes('1'));
    store.putObject('models', 'a', bytes('2'));
    expect(store.readObject('models', 'a').content.toString()).toBe('2');
    expect(() => store.readObject('models', 'a', first.generation)).toThrow('No such object: models/a');
  });

  test('with versioning the old ones stay until they are deleted by generation', () => {
    const { store } = makeStore();
    store.createBucket('models', { versioning: { enabled: true } });
    const first = store.putObject('models', 'a', bytes('1'));
    store.putObject('models', 'a', bytes('2'));
    store.deleteObject('models', 'a');
    expect(() => store.getObject('models', 'a')).toThrow('No such object: models/a');
    expect(store.readObject('models', 'a', first.generation).content.toString()).toBe('1');
    expect(store.listObjects('models').objects).toEqual([]);
    expect(store.listObjects('models', { versions: true }).objects).toHaveLength(2);
    store.deleteObject('models', 'a', { generation: first.generation });
    expect(store.listObjects('models', { versions: true }).objects).toHaveLength(1);
  });
});

describe('changes', () => {
  test('an overwrite tells of the new generation and of the end of the old one', () => {
    const { store, changes } = makeStore();
    store.createBucket('models');
    const first = store.putObject('models', 'a', bytes('1'));
    const second = store.putObject('models', 'a', bytes('2'));
    const common = { bucket: 'models', name: 'a' };
    expect(changes).toMatchObject([
      { kind: 'finalize', ...common, generation: first.generation },
      {
        kind: 'finalize',
        ...common,
        generation: second.generation,
        overwroteGeneration: first.generation,
      },
      {
        kind: 'delete',
        ...common,
        generation: first.generation,
        overwrittenByGeneration: second.generation,
      },
    ]);
    expect(changes.at(0)).not.toHaveProperty('overwroteGeneration');
  });

  test('a versioned bucket archives instead of deleting', () => {
    const { store, changes } = makeStore();
    store.createBucket('models', { versioning: { enabled: true } });
    const { generation } = store.putObject('models', 'a', bytes('1'));
    store.putObject('models', 'a', bytes('2'));
    store.deleteObject('models', 'a', { generation });
    expect(changes.map(({ kind }) => kind)).toEqual(['finalize', 'finalize', 'archive', 'delete']);
    expect(changes.at(2)?.resource.timeDeleted).toBe('2026-01-01T00:00:00.000Z');
  });

  test('the resource is what a finalize event carries', () => {
    const { store, changes } = makeStore();
    store.createBucket('models');
    store.putObject('models', 'churn/v7/model.onnx', bytes('weights'), {
      attributes: { contentType: 'application/octet-stream', metadata: { owner: 'ada' } },
    });
    store.updateObject('models', 'churn/v7/model.onnx', (attributes) => attributes);
    const generation = '1767225600000000';
    const link = 'models/o/churn%2Fv7%2Fmodel.onnx';
    expect(changes.at(0)).toEqual({
      kind: 'finalize',
      bucket: 'models',
      name: 'churn/v7/model.onnx',
      generation,
      time: '2026-01-01T00:00:00.000Z',
      resource: {
        kind: 'storage#object',
        id: `models/churn/v7/model.onnx/${generation}`,
        selfLink: `https://storage.googleapis.com/storage/v1/b/${link}`,
        mediaLink: `https://storage.googleapis.com/download/storage/v1/b/${link}?generation=${generation}&alt=media`,
        name: 'churn/v7/model.onnx',
        bucket: 'models',
        generation,
        metageneration: '1',
        contentType: 'application/octet-stream',
        metadata: { owner: 'ada' },
        storageClass: 'STANDARD',
        size: '7',
        md5Hash: 'Y/Tx6bclNw9FlyBXXNX5Uw==',
        crc32c: 'kj6qRQ==',
        etag: 'CICAgbGE6ZEDEAE=',
        timeCreated: '2026-01-01T00:00:00.000Z',
        updated: '2026-01-01T00:00:00.000Z',
        timeStorageClassUpdated: '2026-01-01T00:00:00.000Z',
      },
    });
    expect(changes.at(1)?.kind).toBe('metadataUpdate');
    expect(changes.at(1)?.resource.metageneration).toBe('2');
  });

  test('a refused write tells nothing', () => {
    const { store, changes } = makeStore();
    store.createBucket('models');
    expect(() =>
      store.putObject('models', 'a', bytes('1'), { preconditions: { generationMatch: '7' } }),
    ).toThrow('pre-conditions');
    expect(() => store.putObject('models', 'a', bytes('1'), { checksums: { crc32c: 'AAAAAA==' } })).toThrow(
      `Provided CRC32C "AAAAAA==" doesn't match calculated CRC32C "kPWZ4w==".`,
    );
    expect(() => store.putObject('models', 'a', bytes('1'), { checksums: { md5Hash: 'x' } })).toThrow(
      `Provided MD5 hash "x" doesn't match calculated MD5 hash "xMpCOKC5I4INzFCab3WEmw==".`,
    );
    expect(changes).toEqual([]);
    expect(store.listObjects('models').objects).toEqual([]);
  });

  test('nobody is told after ending a subscription', () => {
    const { store } = makeStore();
    const seen: ObjectChange[] = [];
    const end = store.onChange((change) => seen.push(change));
    store.createBucket('models');
    store.putObject('models', 'a', bytes('1'));
    end();
    store.putObject('models', 'b', bytes('2'));
    expect(seen.map(({ name }) => name)).toEqual(['a']);
  });
});

describe('buckets', () => {
  test('are never made by touching them', () => {
    const { store } = makeStore();
    expect(() => store.putObject('models', 'a', bytes('1'))).toThrow('The specified bucket does not exist.');
    expect(store.listBuckets('p')).toEqual([]);
  });

  test('are deleted only when nothing is left in them, noncurrent generations included', () => {
    const { store } = makeStore();
    store.createBucket('models', { versioning: { enabled: true } });
    const { generation } = store.putObject('models', 'a', bytes('1'));
    store.deleteObject('models', 'a');
    expect(() => store.deleteBucket('models')).toThrow('The bucket you tried to delete is not empty.');
    store.deleteObject('models', 'a', { generation });
    store.deleteBucket('models');
    expect(() => store.bucket('models')).toThrow('The specified bucket does not exist.');
  });

  test.each([
    'ab',
    'Models',
    '-a-',
    'a..b',
    '192.168.1.1',
    'goog-models',
    'my-google',
    'a/b',
    '../a',
    'x'.repeat(64),
  ])('are not called %s', (name) => {
    const { store } = makeStore();
    expect(() => store.createBucket(name)).toThrow(`Invalid bucket name: '${name}'`);
  });
});

test('a second write to one name within a second is refused when that is asked for', async () => {
  const { store, clock } = makeStore({ limitWrites: true });
  store.createBucket('models');
  store.putObject('models', 'a', bytes('1'));
  store.putObject('models', 'b', bytes('1'));
  await clock.advance(999);
  expect(() => store.deleteObject('models', 'a')).toThrow('models/a exceeded the rate limit');
  await clock.advance(1);
  store.putObject('models', 'a', bytes('2'));
  store.limitWrites = false;
  store.putObject('models', 'a', bytes('3'));
  expect(store.readObject('models', 'a').content.toString()).toBe('3');
});
