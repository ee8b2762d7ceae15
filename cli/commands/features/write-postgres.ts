/** Writes rows into a table of PostgreSQL that is there already, in one transaction. */
import pg from 'pg';
import type { PostgresStore } from '../../../common/artifact/feature-settings.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import type { Write } from './load.ts';
import type { Table } from './table.ts';

/** Rows of one statement, and values: a statement may have 65,535. */
const ROWS = 500;
const VALUES = 60_000;

/** PGPASSWORD, or ~/.pgpass, has the password of a person. */
export function postgresWriter(
  { instance, host, port, database, user, tls }: PostgresStore,
  env: Readonly<Record<string, string | undefined>>,
): Write {
  return async (target, table, progress) => {
    const address = await addressOf(instance, host, port, tls);
    const client = new pg.Client({
      ...address.options,
      database,
      user: env['PGUSER'] ?? user,
      application_name: 'slipway-features',
    });
    try {
      await client.connect();
      await client.query('BEGIN');
      const at = Math.max(1, Math.min(ROWS, Math.floor(VALUES / table.columns.length)));
      for (let from = 0; from < table.rows.length; from += at) {
        await client.query(insertOf(target, table, from, at));
        progress(Math.min(table.rows.length, from + at));
      }
      await client.query('COMMIT');
      return `${database} at ${instance ?? `${host}:${port}`}`;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      throw new Failure(EXIT.failed, `PostgreSQL took nothing: ${why}`, { cause: error });
    } finally {
      // What is not committed is rolled back with the connection.
      await client.end().catch(() => {});
      address.close();
    }
  };
}

async function addressOf(instance: string | null, host: string | null, port: number, tls: boolean) {
  if (instance === null) return { options: { host: host ?? 'localhost', port, ssl: tls }, close: () => {} };
  const { AuthTypes, Connector, IpAddressTypes } = await import('@google-cloud/cloud-sql-connector');
  const connector = new Connector();
  const options = await connector.getOptions({
    instanceConnectionName: instance,
    ipType: IpAddressTypes.PUBLIC,
    authType: AuthTypes.IAM,
  });
  return { options, close: () => connector.close() };
}

function insertOf(
  { table: name, key }: Parameters<Write>[0],
  { columns, rows }: Table,
  from: number,
  count: number,
): { text: string; values: unknown[] } {
  const some = rows.slice(from, from + count);
  const marks = some.map(
    (_, i) => `(${columns.map((_column, j) => `$${i * columns.length + j + 1}`).join(', ')})`,
  );
  const updates = columns
    .filter((column) => !key.includes(column))
    .map((column) => `${quoted(column)} = excluded.${quoted(column)}`);
  const action = updates.length === 0 ? 'NOTHING' : `UPDATE SET ${updates.join(', ')}`;
  const into = name.split('.').map(quoted).join('.');
  return {
    text: `INSERT INTO ${into} (${columns.map(quoted).join(', ')}) VALUES ${marks.join(', ')} ON CONFLICT (${key.map(quoted).join(', ')}) DO ${action}`,
    values: some.flat(),
  };
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
