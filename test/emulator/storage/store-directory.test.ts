/** A store that keeps its objects in a directory. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { afterEach, beforeEach, describe, expect, test } from 'vitest';

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

describe('a data directory', () => {
  let dataDir = '';

  beforeEach(() => {
    dataDir = mkdtempSync(join(tmpdir(), 'slipway-storage-'));
  });

  afterEach(() => {
    rmSync(dataDir, { recursive: true });
  });

  test('brings everything back after a restart', () => {
    const clock = new VirtualClock();
    const { store } = makeStore({ dataDir, clock });
    store.createBucket('models', { versioning: { enabled: true }, labels: { team: 'a' } }, 'p1');
    store.addNotification('models', {
      topic: '//pubsub.googleapis.com/projects/p/topics/t',
      payload_format: 'NONE',
    });
    const names = ['../../escape', '__proto__', 'a%2Fb', 'å/∑/😀', 'x'.repeat(1024)];
    for (const name of names) {
      store.putObject('models', name, bytes(`content of ${name}`), {
        attributes: { metadata: JSON.parse('{"__proto__":"kept"}') },
      });
    }
    store.putObject('models', 'a%2Fb', bytes('newer'));
    store.updateObject('models', '__proto__', (attributes) => ({ ...attributes, contentType: 'text/plain' }));

    const { store: again } = makeStore({ dataDir, clock });
    expect(again.bucket('models').record).toEqual(store.bucket('models').record);
    const all = { versions: true };
    expect(again.listObjects('models', all)).toEqual(store.listObjects('models', all));
    expect(again.readObject('models', '../../escape').content.toString()).toBe('content of ../../escape');
    expect(again.readObject('models', 'a%2Fb').content.toString()).toBe('newer');
    const { attributes } = again.getObject('models', '__proto__');
    expect(JSON.stringify(attributes)).toBe('{"metadata":{"__proto__":"kept"},"contentType":"text/plain"}');
    // Time stood still, and still no generation comes twice.
    const newest = Math.max(
      ...again.listObjects('models', all).objects.map((object) => Number(object.generation)),
    );
    expect(Number(again.putObject('models', 'new', bytes('')).generation)).toBeGreaterThan(newest);
  });

  test('forgets what was deleted', () => {
    const { store } = makeStore({ dataDir });
    store.createBucket('models');
    store.putObject('models', 'a', bytes('1'));
    store.deleteObject('models', 'a');
    expect(readdirSync(join(dataDir, 'objects'))).toEqual([]);
    store.deleteBucket('models');
    expect(makeStore({ dataDir }).store.listBuckets('')).toEqual([]);
  });

  test('clears away what a crash left half done', () => {
    const { store } = makeStore({ dataDir });
    store.createBucket('models');
    store.putObject('models', 'a', bytes('1'));
    writeFileSync(join(dataDir, 'objects', 'abc.content'), 'an upload without its record');
    writeFileSync(join(dataDir, 'objects', 'abc.json.partial'), '{');
    expect(makeStore({ dataDir }).store.readObject('models', 'a').content.toString()).toBe('1');
    expect(readdirSync(join(dataDir, 'objects'))).toHaveLength(2);
  });

  test('keeps the newer of two generations that a crash left live', () => {
    const clock = new VirtualClock();
    const { store } = makeStore({ dataDir, clock });
    store.createBucket('models');
    store.putObject('models', 'a', bytes('older'));
    const objects = join(dataDir, 'objects');
    const left = readdirSync(objects).map((file) => ({ file, content: readFileSync(join(objects, file)) }));
    const newer = store.putObject('models', 'a', bytes('newer'));
    for (const { file, content } of left) writeFileSync(join(objects, file), content);
    const { store: again } = makeStore({ dataDir, clock });
    expect(again.listObjects('models', { versions: true }).objects).toEqual([newer]);
    expect(readdirSync(objects)).toHaveLength(2);
  });

  test('refuses to start on a record that is not its own, naming the file', () => {
    makeStore({ dataDir });
    const path = join(dataDir, 'objects', 'abc.json');
    writeFileSync(path, '{"name":1}');
    expect(() => makeStore({ dataDir })).toThrow(`expected a record of the storage emulator in ${path}`);
  });
});
