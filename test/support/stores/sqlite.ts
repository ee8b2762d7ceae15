import { mkdtempSync, rmSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Cell, Subject, Table } from './world.ts';

export const sqlite: Subject = {
  name: 'SQLite',
  lacks: () => null,
  ownTimes: false,
  async start(tables) {
    const folder = mkdtempSync(join(tmpdir(), 'stores-'));
    const path = join(folder, 'features.sqlite');
    const database = new DatabaseSync(path);
    for (const table of tables) writeTable(database, table);
    database.close();
    return {
      settings: { kind: 'sqlite', uri: pathToFileURL(path).href, refreshMs: 60_000 },
      env: {},
      stop: async () => rmSync(folder, { recursive: true }),
    };
  },
};

function writeTable(database: DatabaseSync, { name, key, rows, time }: Table): void {
  const columns = Object.keys(rows[0] ?? {});
  const typed = columns.map(
    (column) => `${column} ${key.includes(column) && column !== 'shop' ? 'TEXT' : ''}`,
  );
  const shop = typed.map((column) => (column === 'shop ' ? 'shop INTEGER' : column));
  database.exec(
    `CREATE TABLE ${name} (${shop.join(', ')}, updated_at TEXT, PRIMARY KEY (${key.join(', ')}))`,
  );
  const insert = database.prepare(`INSERT INTO ${name} VALUES (${'?, '.repeat(columns.length)}?)`);
  for (const row of rows) insert.run(...columns.map((column) => cellOf(row[column] ?? null)), time);
}

function cellOf(value: Cell): number | string | null {
  if (typeof value === 'boolean') return Number(value);
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : value;
}
