/**
 * Features in a SQLite file, by `node:sqlite`: a lookup takes some microseconds and no network, and what is there is
 * as fresh as the file. One table a view, its key column indexed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';
import { StoreError, timeOf, type FeatureStore, type Key, type Rows, type View } from './store.ts';

export interface SqliteStore extends FeatureStore {
  get(view: View, keys: readonly Key[], signal: AbortSignal): Rows;
  /** Reads another file from now on, once it has all views that were asked for. Throws a StoreError if it has not. */
  swap(path: string): void;
}

/** Opens the file at `path`. Rejects with a StoreError if it is no SQLite database. */
export async function openSqlite(path: string): Promise<SqliteStore> {
  const open = await opener();
  let current = open(path);
  return {
    get: (view, keys) => current.get(view, keys),
    swap(next) {
      const opened = open(next);
      try {
        for (const view of current.views()) opened.prepare(view);
      } catch (error) {
        opened.close();
        throw error;
      }
      // Lookups are synchronous: none is in progress.
      current.close();
      current = opened;
    },
    async close() {
      current.close();
    },
  };
}

async function opener(): Promise<(path: string) => OpenFile> {
  // Loaded for this store alone: it is an experimental part of Node, and older ones lack it.
  const { DatabaseSync: Database } = await import('node:sqlite');
  return (path) => {
    const uri = pathToFileURL(path);
    // Nobody writes to it: no locks are taken, and a file in WAL mode needs none of its siblings.
    uri.searchParams.set('immutable', '1');
    try {
      const database = new Database(uri, { readOnly: true });
      database.prepare('SELECT count(*) FROM sqlite_schema').get();
      return new OpenFile(database);
    } catch (error) {
      throw new StoreError('the file of the features cannot be opened as a SQLite database', {
        cause: error,
      });
    }
  };
}

class OpenFile {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<View, StatementSync>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  views(): Iterable<View> {
    return this.#statements.keys();
  }

  get(view: View, keys: readonly Key[]): Rows {
    // As text, to which SQLite applies the affinity of the key's column.
    const found = this.#run(view, JSON.stringify(keys.map(textsOf)));
    const rows: Rows[number][] = keys.map(() => null);
    const width = view.features.length;
    for (const columns of found) {
      if (!Array.isArray(columns)) continue;
      const time = view.time === null ? null : timeOf(columns[width]);
      const place = Number(columns.at(-1));
      // Cut, not copied: of a row of many features that is half of the work.
      columns.length = width;
      rows[place] = { values: columns, time };
    }
    return rows;
  }

  prepare(view: View): StatementSync {
    const known = this.#statements.get(view);
    if (known !== undefined) return known;
    try {
      const statement = this.#database.prepare(selectOf(view));
      statement.setReturnArrays(true);
      this.#assertIndexed(view);
      this.#statements.set(view, statement);
      return statement;
    } catch (error) {
      if (error instanceof StoreError) throw error;
      throw new StoreError(`view ${view.name}: the SQLite file does not have what the view names`, {
        cause: error,
        isLasting: true,
      });
    }
  }

  close(): void {
    this.#database.close();
  }

  /** Rows as arrays, which Node's types do not know. */
  #run(view: View, keys: string): readonly unknown[] {
    const statement = this.prepare(view);
    try {
      return statement.all(keys);
    } catch (error) {
      if (!isTooLarge(error)) {
        throw new StoreError(`view ${view.name}: the SQLite file cannot be read`, { cause: error });
      }
      // Integers beyond 2^53 have no place in a number.
      statement.setReadBigInts(true);
      return statement.all(keys);
    }
  }

  /** Without an index each lookup would read the whole table, and hold up every request. */
  #assertIndexed(view: View): void {
    const steps = this.#database.prepare(`EXPLAIN QUERY PLAN ${selectOf(view)}`).all('[]');
    if (!steps.some(({ detail }) => /^SCAN f\b/.test(String(detail)))) return;
    throw new StoreError(
      `view ${view.name}: expected an index on ${view.key.join(', ')} of ${view.table}, got none; declare PRIMARY KEY (${view.key.join(', ')})`,
      { isLasting: true },
    );
  }
}

/** One statement for any number of keys, which come as a JSON array. CROSS JOIN keeps the order of the loops. */
function selectOf({ table, key, features, time }: View): string {
  const columns = [...features, ...(time === null ? [] : [time])].map((name) => `f.${quoted(name)}, `);
  const matches = key.map((name, i) => {
    const [column, value] = [`f.${quoted(name)}`, key.length === 1 ? 'k.value' : `k.value ->> ${i}`];
    // For a column of integers SQLite takes '01', ' 1' and '1.0' for 1: those are other keys.
    return `${column} = ${value} AND (typeof(${column}) <> 'integer' OR CAST(${column} AS TEXT) = ${value})`;
  });
  return `SELECT ${columns.join('')}k.key FROM json_each(?) AS k CROSS JOIN ${quoted(table)} AS f ON ${matches.join(' AND ')}`;
}

/** A key as an element of that array. Booleans are what SQLite has for them. */
function textsOf(key: Key): string | string[] {
  const texts = key.map((value) => (typeof value === 'boolean' ? String(Number(value)) : String(value)));
  return texts.length === 1 ? (texts[0] ?? '') : texts;
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OUT_OF_RANGE';
}
