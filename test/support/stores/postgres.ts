/** A PostgreSQL server of its own, on a port of its own, in a folder that is removed. */
import { execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../common/free-port.ts';
import type { StoreSettings } from '../../../common/artifact/feature-settings.ts';
import type { Cell, Subject, Table } from './world.ts';

const ROOT = '/usr/lib/postgresql';

/** The folder of the newest server's programs, or null. */
function programs(): string | null {
  if (!existsSync(ROOT)) return null;
  const [newest] = readdirSync(ROOT).toSorted((a, b) => Number(b) - Number(a));
  const folder = newest === undefined ? null : join(ROOT, newest, 'bin');
  return folder !== null && existsSync(join(folder, 'initdb')) ? folder : null;
}

export function hasPackage(name: string): boolean {
  return existsSync(new URL(`../../../node_modules/${name}/package.json`, import.meta.url));
}

export const postgres: Subject = {
  name: 'PostgreSQL',
  lacks() {
    if (programs() === null) return 'no PostgreSQL server below /usr/lib/postgresql';
    return hasPackage('pg') ? null : 'no package pg';
  },
  ownTimes: false,
  async start(tables) {
    const server = await startPostgres();
    server.sql(tables.map(createTable).join('\n'));
    return {
      settings: server.settings,
      env: {},
      stop: () => server.stop(),
    };
  },
};

export interface PostgresServer {
  readonly port: number;
  /** How the predictor reaches it. */
  readonly settings: Extract<StoreSettings, { kind: 'postgres' }>;
  /** Runs statements. Throws with the server's words. */
  sql(text: string): void;
  stop(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const bin = programs() ?? '';
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  // The server refuses to run as root.
  const isRoot = process.getuid?.() === 0;
  const user = isRoot ? { uid: idOf('-u'), gid: idOf('-g') } : {};
  if (isRoot) execFileSync('chown', ['postgres', folder]);
  const data = join(folder, 'data');
  const options = { ...user, cwd: folder, stdio: 'ignore' as const };
  execFileSync(
    join(bin, 'initdb'),
    ['-D', data, '-U', 'postgres', '-A', 'trust', '-N', '-E', 'UTF8', '--locale=C'],
    options,
  );
  const port = await freePort();
  const words = ['-D', data, '-p', String(port), '-c', 'listen_addresses=127.0.0.1', '-c', 'fsync=off'];
  const child = spawn(join(bin, 'postgres'), [...words, '-c', `unix_socket_directories=${folder}`], options);
  const exited = new Promise((resolve) => {
    child.once('exit', resolve);
  });
  const psql = ['-h', '127.0.0.1', '-p', String(port), '-U', 'postgres', '-q', '-v', 'ON_ERROR_STOP=1'];
  const sql = (text: string): void => {
    execFileSync(join(bin, 'psql'), psql, { input: text, stdio: ['pipe', 'ignore', 'pipe'] });
  };
  await untilReady(() => sql('SELECT 1'));
  return {
    port,
    settings: {
      kind: 'postgres',
      instance: null,
      host: '127.0.0.1',
      port,
      database: 'postgres',
      user: 'postgres',
      passwordSecret: null,
      tls: false,
    },
    sql,
    async stop() {
      child.kill('SIGINT');
      await exited;
      rmSync(folder, { recursive: true });
    },
  };
}

function idOf(which: string): number {
  return Number(execFileSync('id', [which, 'postgres'], { encoding: 'utf8' }));
}

export async function untilReady(probe: () => void | Promise<void>): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    try {
      await probe();
      return;
    } catch (error) {
      if (tries === 150) throw error;
      await new Promise((resolve) => {
        setTimeout(resolve, 200);
      });
    }
  }
}

export function createTable({ name, key, rows, time }: Table): string {
  const columns = Object.keys(rows[0] ?? {});
  const types = columns.map((column) => `${column} ${TYPES[column] ?? 'float8'}`);
  const values = rows.map(
    (row) => `(${columns.map((column) => literal(row[column] ?? null)).join(', ')}, '${time}')`,
  );
  return `CREATE TABLE ${name} (${types.join(', ')}, updated_at timestamptz, PRIMARY KEY (${key.join(', ')}));
INSERT INTO ${name} VALUES ${values.join(', ')};`;
}

const TYPES: Readonly<Record<string, string>> = {
  customer_id: 'text',
  orders: 'bigint',
  score: 'numeric',
  country: 'varchar(20)',
  vip: 'boolean',
  recent: 'float8[]',
  shop: 'integer',
  item: 'text',
};

function literal(value: Cell): string {
  if (value === null) return 'NULL';
  if (typeof value === 'string') return `'${value.replaceAll("'", "''")}'`;
  return typeof value === 'object' ? `'{${value.join(',')}}'` : String(value);
}
