/** A SQLite file that is replaced while it is read. */
import { renameSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { openSqliteObject } from '../../../../predictor/features/stores/sqlite-object.ts';
import type { FeatureStore, View } from '../../../../predictor/features/stores/store.ts';
import { databaseFolder, writeCustomers } from '../served.ts';

const VIEW: View = {
  name: 'customer',
  table: 'customers',
  key: ['customer_id'],
  features: ['orders'],
  time: null,
};
const opened: { store: FeatureStore; remove: () => void }[] = [];
afterEach(async () => {
  for (const { store, remove } of opened.splice(0)) {
    await store.close();
    remove();
  }
});

async function open() {
  const folder = databaseFolder();
  writeCustomers(folder.path, [{ customer_id: 'c-1', orders: 1, seen: null }]);
  const replaced: string[] = [];
  const refused: unknown[] = [];
  const events = {
    replaced: (generation: string) => void replaced.push(generation),
    notReplaced: (cause: unknown) => void refused.push(cause),
  };
  const store = await openSqliteObject({ uri: folder.uri, refreshMs: 20, events });
  opened.push({ store, remove: folder.remove });
  const orders = async () =>
    (await store.get(VIEW, [['c-1']], new AbortController().signal))[0]?.values[0] ?? null;
  return { ...folder, replaced, refused, orders };
}

describe('a SQLite file', () => {
  it('is read again when it is replaced, and none of the answers in between is missing', async () => {
    const { path, replaced, orders } = await open();
    expect(await orders()).toBe(1);
    writeCustomers(`${path}.next`, [{ customer_id: 'c-1', orders: 2, seen: null }]);
    renameSync(`${path}.next`, path);
    const seen = new Set<unknown>();
    await vi.waitFor(async () => {
      seen.add(await orders());
      expect(replaced).toHaveLength(1);
    }, 15_000);
    expect(await orders()).toBe(2);
    expect([...seen].every((value) => value === 1 || value === 2)).toBe(true);
  });

  it.each([
    [
      'is no database',
      'no database, but longer than the header of one'.repeat(20),
      /cannot be opened as a SQLite/,
    ],
    ['lacks a view that is read', '', /does not have what the view names/],
  ])('that %s is refused, and the one before is still read', async (_, text, why) => {
    const { path, refused, replaced, orders } = await open();
    expect(await orders()).toBe(1);
    writeFileSync(`${path}.next`, text);
    renameSync(`${path}.next`, path);
    await vi.waitFor(() => expect(refused.length).toBeGreaterThan(0), 15_000);
    expect(String(refused[0])).toMatch(why);
    expect(replaced).toEqual([]);
    expect(await orders()).toBe(1);
  });

  it('that is not there is refused by its name', async () => {
    const { uri, remove } = databaseFolder();
    const events = { replaced: () => {}, notReplaced: () => {} };
    await expect(openSqliteObject({ uri, refreshMs: 1000, events })).rejects.toThrow(
      `expected the features in ${uri}, got no such object`,
    );
    remove();
  });

  it('with a table that has no index on the key is refused', async () => {
    const { DatabaseSync } = await import('node:sqlite');
    const folder = databaseFolder();
    const database = new DatabaseSync(folder.path);
    database.exec('CREATE TABLE customers (customer_id TEXT, orders REAL)');
    database.close();
    const events = { replaced: () => {}, notReplaced: () => {} };
    const store = await openSqliteObject({ uri: folder.uri, refreshMs: 60_000, events });
    opened.push({ store, remove: folder.remove });
    expect(() => store.get(VIEW, [['c-1']], new AbortController().signal)).toThrow(
      'expected an index on customer_id of customers, got none; declare PRIMARY KEY (customer_id)',
    );
  });
});
