/**
 * Features in PostgreSQL, in production by Cloud SQL's connector: one parametrised query a multi-get. The key columns
 * are text, integers, UUIDs or booleans, and are indexed.
 */
import type { Pool, PoolClient } from 'pg';
import type { PostgresStore } from '../../../common/artifact/feature-settings.ts';
import { clientOf } from './client.ts';
import { postgresAddress } from './postgres-address.ts';
import { keyTypeOf, queryOf, type KeyType } from './postgres-query.ts';
import { StoreError, timeOf, type FeatureStore, type Key, type Rows, type View } from './store.ts';

/** Connections of a replica: a view has four look-ups out at most, and a server some hundred connections in all. */
const CONNECTIONS = 4;
const CONNECT_MS = 5000;

/** Rejects with a StoreError if the client is not there, or the server's address cannot be found out. */
export async function openPostgres(settings: PostgresStore): Promise<FeatureStore> {
  const { default: pg } = await clientOf('pg', () => import('pg'));
  const address = await postgresAddress(settings);
  const pool = new pg.Pool({
    ...address.options,
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    // To connect takes longer than a look-up may: connections are kept.
    idleTimeoutMillis: 0,
    keepAlive: true,
    application_name: 'slipway-predictor',
  });
  // Of a connection nobody uses: the next one that is asked for is another.
  pool.on('error', () => {});
  await connectAll(pool);
  const prepared = new Map<View, Promise<Prepared>>();
  return {
    async get(view, keys, signal) {
      const prepare = prepared.get(view) ?? prepareView(pool, view);
      prepared.set(view, prepare);
      try {
        return await lookUp(pool, view, await prepare, keys, signal);
      } catch (error) {
        // The table may be another by the next time.
        prepared.delete(view);
        if (error instanceof StoreError) throw error;
        throw new StoreError(`view ${view.name}: PostgreSQL cannot be asked`, { cause: error });
      }
    },
    async close() {
      await pool.end();
      address.close();
    },
  };
}

/** Opens all connections. Where that fails, the first look-up says why. */
async function connectAll(pool: Pool): Promise<void> {
  const tries = await Promise.allSettled(Array.from({ length: CONNECTIONS }, () => pool.connect()));
  for (const tried of tries) if (tried.status === 'fulfilled') tried.value.release();
}

interface Prepared {
  readonly types: readonly KeyType[];
  readonly text: string;
}

async function lookUp(
  pool: Pool,
  view: View,
  { types, text }: Prepared,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<Rows> {
  const rows: Rows[number][] = keys.map(() => null);
  // A key that the column cannot have would fail the whole query.
  const possible = keys.flatMap((key, at) =>
    types.every(({ has }, i) => has(key[i] ?? '')) ? [{ key, at }] : [],
  );
  if (possible.length === 0) return rows;
  const values = types.map((_, i) => possible.map(({ key }) => String(key[i])));
  const client = await pool.connect();
  const found = await withAbort(client, signal, () =>
    client.query({ name: nameOf(text), text, values: [...values], rowMode: 'array' }),
  );
  const width = view.features.length;
  for (const columns of found.rows) {
    const place = possible[Number(columns[0]) - 1]?.at;
    if (place === undefined) continue;
    const time = view.time === null ? null : timeOf(columns[width + 1]);
    rows[place] = { values: columns.slice(1, width + 1), time };
  }
  return rows;
}

/** A query cannot be taken back: its connection is closed instead, so that nobody waits behind it. */
async function withAbort<T>(client: PoolClient, signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
  let isReleased = false;
  const release = (error?: Error): void => {
    if (isReleased) return;
    isReleased = true;
    client.release(error);
  };
  const abort = (): void => release(new Error('given up'));
  if (signal.aborted) {
    release();
    throw new StoreError('given up before it was asked');
  }
  signal.addEventListener('abort', abort, { once: true });
  try {
    const result = await ask();
    release();
    return result;
  } catch (error) {
    release(error instanceof Error ? error : new Error(String(error)));
    throw error;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

async function prepareView(pool: Pool, view: View): Promise<Prepared> {
  const { rows } = await pool.query({
    text: 'SELECT attname AS name, format_type(atttypid, NULL) AS type FROM pg_attribute WHERE attrelid = to_regclass($1) AND attnum > 0 AND NOT attisdropped',
    values: [tableName(view.table)],
  });
  const missing = (what: string): StoreError =>
    new StoreError(`view ${view.name}: expected ${what} in the database, got none`, { isLasting: true });
  if (rows.length === 0) throw missing(`the table ${view.table}`);
  const columns = new Map(rows.map(({ name, type }) => [String(name), String(type)]));
  const wanted = [...view.key, ...view.features, ...(view.time === null ? [] : [view.time])];
  const gone = wanted.find((name) => !columns.has(name));
  if (gone !== undefined) throw missing(`the column ${gone} of ${view.table}`);
  const types = view.key.map((name) => keyTypeOf(view, name, columns.get(name) ?? ''));
  const timeType = view.time === null ? null : (columns.get(view.time) ?? null);
  return { types, text: queryOf(view, tableName(view.table), types, timeType) };
}

/** `table` or `schema.table`, quoted. */
function tableName(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}

/** The server keeps the plan of a statement by its name, of at most 63 characters. */
const names = new Map<string, string>();

function nameOf(text: string): string {
  const name = names.get(text) ?? `features_${names.size}`;
  names.set(text, name);
  return name;
}
