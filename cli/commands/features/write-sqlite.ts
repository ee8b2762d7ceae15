/**
 * Writes rows into the SQLite file of a bucket: fetches it, changes it in one transaction, and uploads it if the bucket
 * still has the generation that was fetched. Predictors read the old file until the new one is there.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { Storage, type File } from '@google-cloud/storage';
import type { SqliteStore } from '../../../common/artifact/feature-settings.ts';
import { downloading } from '../../../common/cloud-storage.ts';
import { objectOf } from '../../../common/artifact/uri.ts';
import { CallError } from '../../../functions/errors.ts';
import { toCallError } from '../../../functions/google/call-error.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { assertKept, type Holds, type StoredColumn } from './kept.ts';
import type { Cell, Column, Progress, Row, Target, Write } from './target.ts';

const SOME_ROWS = 10_000;

export function sqliteWriter({ uri }: SqliteStore, env: Readonly<Record<string, string | undefined>>): Write {
  const { bucket, name } = objectOf(uri);
  const emulator = env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage(emulator === undefined ? {} : { apiEndpoint: emulator, projectId: 'local' });
  const file = storage.bucket(bucket).file(name);
  return async (target, rows, progress) => {
    const folder = await mkdtemp(join(tmpdir(), 'slipway-features-'));
    const path = join(folder, 'features.sqlite');
    try {
      const generation = await fetchInto(file, path);
      await writeRows(path, target, rows, progress);
      return `${uri}#${await replace(file, path, generation)}`;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** The generation of the file; '0': there was none. */
async function fetchInto(file: File, path: string): Promise<string> {
  try {
    const [{ generation }] = await file.getMetadata();
    const pinned = file.bucket.file(file.name, { generation: String(generation) });
    await downloading(() => pinned.download({ destination: path }));
    return String(generation);
  } catch (error) {
    const failed = toCallError('features.read', error);
    if (failed instanceof CallError && failed.status === 'NOT_FOUND') {
      await rm(path, { force: true });
      return '0';
    }
    throw failed;
  }
}

async function replace(file: File, path: string, generation: string): Promise<string> {
  try {
    const ifGenerationMatch = Number(generation);
    const [uploaded] = await file.bucket.upload(path, {
      destination: file.name,
      preconditionOpts: { ifGenerationMatch },
    });
    return String(uploaded.metadata.generation);
  } catch (error) {
    const failed = toCallError('features.write', error);
    if (failed instanceof CallError && failed.status === 'FAILED_PRECONDITION')
      throw new Failure(
        EXIT.failed,
        'the file in the bucket has changed since it was read, and nothing was written; load again',
        {
          cause: error,
        },
      );
    throw failed;
  }
}

/** In one transaction. Rejects with a Failure where the table has another key. */
export async function writeRows(
  path: string,
  target: Target,
  rows: Iterable<Row> | AsyncIterable<Row>,
  progress: Progress,
): Promise<void> {
  const database = new DatabaseSync(path);
  try {
    database.exec('BEGIN');
    prepareTable(database, target);
    const stored = storedColumns(database, target);
    const columns = [...target.columns.keys()];
    const names = columns.map(quoted).join(', ');
    const marks = columns.map(() => '?').join(', ');
    const others = columns.filter((name) => !target.key.includes(name));
    const updates = others.map((name) => `${quoted(name)} = excluded.${quoted(name)}`).join(', ');
    const conflict = `ON CONFLICT (${target.key.map(quoted).join(', ')}) DO ${updates === '' ? 'NOTHING' : `UPDATE SET ${updates}`}`;
    const insert = database.prepare(
      `INSERT INTO ${quoted(target.table)} (${names}) VALUES (${marks}) ${conflict}`,
    );
    let written = 0;
    for await (const row of rows) {
      for (const [i, column] of stored.entries()) assertKept(column, row[i] ?? null, written + 1);
      insert.run(...row.map(bound));
      written += 1;
      if (written % SOME_ROWS === 0) progress(written);
    }
    database.exec('COMMIT');
  } catch (error) {
    if (error instanceof Failure || error instanceof CallError) throw error;
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(EXIT.failed, `the SQLite file cannot be written, and nothing was: ${why}`, {
      cause: error,
    });
  } finally {
    database.close();
  }
}

function prepareTable(database: DatabaseSync, { table, key, columns, isNew, drops }: Target): void {
  for (const name of isNew ? [table, ...drops] : drops) database.exec(`DROP TABLE IF EXISTS ${quoted(name)}`);
  const found = database.prepare('SELECT name FROM pragma_table_info(?)').all(table);
  const known = new Set(found.map(({ name }) => String(name)));
  if (known.size === 0) {
    const typed = [...columns].map(([name, column]) => `${quoted(name)} ${affinityOf(column)}`);
    database.exec(
      `CREATE TABLE ${quoted(table)} (${typed.join(', ')}, PRIMARY KEY (${key.map(quoted).join(', ')}))`,
    );
    return;
  }
  for (const [name, column] of columns)
    if (!known.has(name))
      database.exec(`ALTER TABLE ${quoted(table)} ADD COLUMN ${quoted(name)} ${affinityOf(column)}`);
}

/** Lists are JSON. Without a type a column keeps each value as it is. */
function affinityOf({ type, isList }: Column): 'INTEGER' | 'REAL' | 'TEXT' | '' {
  if (type === null) return '';
  if (isList || type === 'string') return 'TEXT';
  return type === 'number' ? 'REAL' : 'INTEGER';
}

/** In the order of a row's cells. */
function storedColumns(database: DatabaseSync, { table, key, columns }: Target): StoredColumn[] {
  const found = database.prepare('SELECT name, type FROM pragma_table_info(?)').all(table);
  const types = new Map(found.map(({ name, type }) => [String(name), String(type)]));
  return [...columns.keys()].map((name) => {
    const type = types.get(name) ?? '';
    return { name, type, holds: holdsOf(type), isKey: key.includes(name) };
  });
}

/** https://www.sqlite.org/datatype3.html#determination_of_column_affinity */
function holdsOf(type: string): Holds {
  if (/int/i.test(type)) return 'numbers';
  if (/char|clob|text/i.test(type)) return 'text';
  return type === '' || /blob/i.test(type) ? 'anything' : 'numbers';
}

function bound(cell: Cell): string | number | null {
  if (typeof cell === 'boolean') return Number(cell);
  return typeof cell === 'object' && cell !== null ? JSON.stringify(cell) : cell;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
