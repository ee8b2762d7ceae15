/**
 * The predictions of one published batch, by key: a SQLite file of this machine, made of the files of results. What is in
 * memory is a few rows, however many there are; requests are answered while it is made.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Published } from '../../common/batch/published.ts';
import { storedRowOf } from '../../common/batch/stored-row.ts';
import type { Objects } from '../artifact/objects.ts';
import type { Key } from '../features/stores/store.ts';
import type { StoredRows } from './published-rows.ts';

/** What holds the event loop up at once, and what it then has for requests, in ms: a fifth of its time. */
const WORK_MS = 2;
const PAUSE_MS = 8;
/** Rows between two looks at the clock. */
const SOME_ROWS = 16;

/** Rejects where a file is gone, or where a line is no result. */
export async function tableOf(published: Published, objects: Objects): Promise<StoredRows> {
  // Loaded for stored predictions alone: it is an experimental part of Node, and older ones lack it.
  const { DatabaseSync: Database } = await import('node:sqlite');
  const folder = await mkdtemp(join(tmpdir(), 'stored-'));
  let database: DatabaseSync | null = null;
  try {
    database = new Database(join(folder, 'stored.sqlite'));
    // It is made once and read by nobody else: what is lost with the process is made again by the next.
    database.exec('PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; PRAGMA locking_mode = EXCLUSIVE');
    database.exec('CREATE TABLE stored (key TEXT PRIMARY KEY, prediction TEXT NOT NULL) WITHOUT ROWID');
    const rows = await fill(database, published, objects);
    const select = database.prepare('SELECT prediction FROM stored WHERE key = ?');
    const opened = database;
    const textOf = (key: Key | null): string | null => {
      const prediction = key === null ? undefined : select.get(keyOf(key))?.['prediction'];
      return typeof prediction === 'string' ? prediction : null;
    };
    return {
      published,
      rows,
      view: null,
      find: (keys, done) => done(keys.map(textOf)),
      // Lookups are synchronous: none is in progress.
      close: () => opened.close(),
    };
  } catch (error) {
    database?.close();
    throw error;
  } finally {
    // What has the file open keeps it, and nothing is left behind however the process ends.
    await rm(folder, { recursive: true, force: true });
  }
}

async function fill(database: DatabaseSync, { key, files }: Published, objects: Objects): Promise<number> {
  const insert = database.prepare('INSERT OR REPLACE INTO stored VALUES (?, ?)');
  database.exec('BEGIN');
  let count = 0;
  let since = performance.now();
  for (const file of files) {
    for await (const line of objects.lines(file)) {
      const row = line === '' ? null : storedRowOf(line, key);
      if (row !== null) insert.run(keyOf(row.key), row.text);
      count += 1;
      if (count % SOME_ROWS !== 0 || performance.now() - since < WORK_MS) continue;
      await pause(PAUSE_MS);
      since = performance.now();
    }
  }
  database.exec('COMMIT');
  return Number(database.prepare('SELECT count(*) AS n FROM stored').get()?.['n'] ?? 0);
}

/** A key as one text. */
function keyOf(key: Key): string {
  return JSON.stringify(key.map(String));
}
