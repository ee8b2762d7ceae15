/** The PostgreSQL of a store, as the person who runs the command: PGPASSWORD, or ~/.pgpass, has the password. */
import pg, { type Client } from 'pg';
import type { PostgresStore } from '../../../common/artifact/feature-settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

export interface Database {
  readonly client: Client;
  /** What is not committed is rolled back. */
  close(): Promise<void>;
}

const CONNECT_MS = 30_000;

/** Rejects if the database cannot be reached. */
export async function openDatabase(store: PostgresStore, env: Env, name: string): Promise<Database> {
  const address = await addressOf(store);
  const client = new pg.Client({
    ...address.options,
    database: store.database,
    user: env['PGUSER'] ?? store.user,
    application_name: name,
    connectionTimeoutMillis: CONNECT_MS,
  });
  // What ends the connection also rejects the query that waits for it, or the next one.
  client.on('error', () => {});
  const close = async (): Promise<void> => {
    await client.end().catch(() => {});
    address.close();
  };
  try {
    await client.connect();
  } catch (error) {
    await close();
    throw error;
  }
  return { client, close };
}

/** The rows that one query answers. Rejects if the database cannot be asked. */
export async function askDatabase(
  env: Env,
  store: PostgresStore,
  text: string,
  values: readonly unknown[],
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  const database = await openDatabase(store, env, 'slipway-preflight');
  try {
    return (await database.client.query({ text, values })).rows;
  } finally {
    await database.close();
  }
}

async function addressOf({ instance, host, port, tls }: PostgresStore) {
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
