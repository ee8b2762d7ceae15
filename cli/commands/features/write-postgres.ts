/** Writes rows into a table of PostgreSQL in one transaction: into one that is there already, or into a new one. */
import type { PoolClient } from 'pg';
import type { PostgresStore } from '../../../common/artifact/feature-settings.ts';
import { CallError } from '../../../functions/errors.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { openDatabase, type Database } from './database.ts';
import { assertKept, type Holds, type StoredColumn } from './kept.ts';
import { chunksOf, type Cell, type Column, type Target, type Write } from './target.ts';

/** Rows of one statement, and values: a statement may have 65,535. */
const ROWS = 500;
const VALUES = 60_000;

export function postgresWriter(
  store: PostgresStore,
  env: Readonly<Record<string, string | undefined>>,
): Write {
  const { instance, host, port, database } = store;
  return async (target, rows, progress) => {
    let isCommitting = false;
    let opened: Database | null = null;
    try {
      opened = await openDatabase(store, env, 'slipway-features');
      const { client } = opened;
      await client.query('BEGIN');
      if (target.isNew) await client.query(creationOf(target, store.user));
      const stored = await storedColumns(client, target);
      const at = Math.max(1, Math.min(ROWS, Math.floor(VALUES / target.columns.size)));
      let written = 0;
      for await (const some of chunksOf(rows, at)) {
        const cells = some.map((row, at) => row.map((cell, i) => bound(stored[i], cell, written + at + 1)));
        await client.query(insertOf(target, cells));
        written += some.length;
        progress(written);
      }
      for (const table of target.drops) await client.query(`DROP TABLE IF EXISTS ${tableName(table)}`);
      isCommitting = true;
      await client.query('COMMIT');
      return `${database} at ${instance ?? `${host}:${port}`}`;
    } catch (error) {
      if (error instanceof Failure || error instanceof CallError) throw error;
      const why = error instanceof Error ? error.message : String(error);
      // Of the commit's reply, what is lost says nothing of the commit.
      const what = isCommitting
        ? 'PostgreSQL did not say whether it took the rows; load again'
        : 'PostgreSQL took nothing';
      throw new Failure(EXIT.failed, `${what}: ${why}`, { cause: error });
    } finally {
      await opened?.close();
    }
  };
}

/** `reader`: the user of the model server, who may read what another user makes. */
function creationOf({ table, key, time, columns }: Target, reader: string): string {
  const name = tableName(table);
  const typed = [...columns].map(
    ([column, type]) => `${quoted(column)} ${column === time ? 'timestamptz' : typeName(type)}`,
  );
  return [
    `DROP TABLE IF EXISTS ${name}`,
    `CREATE TABLE ${name} (${typed.join(', ')}, PRIMARY KEY (${key.map(quoted).join(', ')}))`,
    `GRANT SELECT ON ${name} TO ${quoted(reader)}`,
  ].join('; ');
}

const TYPES = { number: 'float8', integer: 'bigint', string: 'text', boolean: 'boolean' } as const;

function typeName({ type, isList }: Column): string {
  const name = TYPES[type ?? 'string'];
  return isList ? `${name}[]` : name;
}

interface PostgresColumn extends StoredColumn {
  /** Lists are JSON there, and arrays elsewhere. */
  readonly isJson: boolean;
}

/** In the order of a row's cells. Of a table that is not there, none: the insert says so. */
async function storedColumns(
  client: Pick<PoolClient, 'query'>,
  { table, key, columns }: Target,
): Promise<PostgresColumn[]> {
  const { rows } = await client.query({
    text: 'SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0',
    values: [tableName(table)],
  });
  const types = new Map(rows.map(({ name, type }) => [String(name), String(type)]));
  return [...columns.keys()].map((name) => {
    const type = types.get(name) ?? '';
    const holds = HOLDS.get(type) ?? 'other';
    const isJson = holds === 'text' || type.startsWith('json');
    return { name, type, holds, isKey: key.includes(name), isJson };
  });
}

const HOLDS = new Map<string, Holds>([
  ...['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision'].map((type): [string, Holds] => [
    type,
    'numbers',
  ]),
  ...['text', 'character varying', 'character'].map((type): [string, Holds] => [type, 'text']),
  ['boolean', 'booleans'],
]);

/** Throws a Failure where the column would make another value of it. */
function bound(column: PostgresColumn | undefined, cell: Cell, row: number): unknown {
  if (column === undefined) return cell;
  assertKept(column, cell, row);
  const isJson = column.isJson && (Array.isArray(cell) || column.holds !== 'text');
  return isJson && cell !== null ? JSON.stringify(cell) : cell;
}

function insertOf(
  { table, key, columns }: Target,
  rows: readonly (readonly unknown[])[],
): { text: string; values: unknown[] } {
  const names = [...columns.keys()];
  const places = key.map((name) => names.indexOf(name));
  // A statement may write a row once: the last one of a key counts, as with rows of several statements.
  const last = new Map(rows.map((row) => [JSON.stringify(places.map((place) => row[place])), row]));
  const marks = [...last.values()].map(
    (_, i) => `(${names.map((_name, j) => `$${i * names.length + j + 1}`).join(', ')})`,
  );
  const updates = names
    .filter((name) => !key.includes(name))
    .map((name) => `${quoted(name)} = excluded.${quoted(name)}`);
  const action = updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`;
  return {
    text: `INSERT INTO ${tableName(table)} (${names.map(quoted).join(', ')}) VALUES ${marks.join(', ')} ON CONFLICT (${key.map(quoted).join(', ')}) DO ${action}`,
    values: [...last.values()].flat(),
  };
}

/** `table` or `schema.table`, quoted. */
function tableName(name: string): string {
  return name.split('.').map(quoted).join('.');
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
