/**
 * The predictions of one published batch, by key: a SQLite file of this machine, made of the files of results. What is in
 * memory is a few rows, however many there are; requests are answered while it is made.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { rowErrorOf } from '../../common/batch/rows.ts';
import { isRecord, property } from '../../common/artifact/values.ts';
import type { Published } from '../../common/batch/published.ts';
import { memberOf } from './json-parts.ts';
import type { Objects } from '../artifact/objects.ts';

/** What holds the event loop up at once, and what it then has for requests, in ms: a fifth of its time. */
const WORK_MS = 2;
const PAUSE_MS = 8;
/** Rows between two looks at the clock. */
const SOME_ROWS = 16;

export interface StoredTable {
  readonly rows: number;
  /** The text of the prediction, or undefined. */
  get(key: string): string | undefined;
  close(): void;
}

/** The key of a stored prediction as one text; null: a part of it is no value. */
export function keyOf(values: readonly unknown[]): string | null {
  const isKey = values.every(
    (value) => typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean',
  );
  return isKey ? JSON.stringify(values.map(String)) : null;
}

/** Rejects where a file is gone, or where a line is no result. */
export async function tableOf(published: Published, objects: Objects): Promise<StoredTable> {
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
    return {
      rows,
      get(key) {
        const prediction = select.get(key)?.['prediction'];
        return typeof prediction === 'string' ? prediction : undefined;
      },
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
      const row = line === '' ? null : rowOf(line, key);
      if (row !== null) insert.run(row.key, row.prediction);
      count += 1;
      if (count % SOME_ROWS !== 0 || performance.now() - since < WORK_MS) continue;
      await pause(PAUSE_MS);
      since = performance.now();
    }
  }
  database.exec('COMMIT');
  return Number(database.prepare('SELECT count(*) AS n FROM stored').get()?.['n'] ?? 0);
}

/** Null: the row has failed, or has no key. */
function rowOf(line: string, fields: readonly string[]): { key: string; prediction: string } | null {
  const result: unknown = JSON.parse(line);
  const prediction = property(result, 'prediction');
  if (!isRecord(prediction) || rowErrorOf(prediction) !== undefined) return null;
  const instance = property(result, 'instance');
  const key = keyOf(fields.map((field) => property(instance, field)));
  const text = memberOf(line, 'prediction');
  return key === null || text === undefined ? null : { key, prediction: text };
}
