/** Rows into a real PostgreSQL: all of them or none, whatever happens in the middle. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { postgresWriter } from '../../../../cli/commands/features/write-postgres.ts';
import type { Cell } from '../../../../cli/commands/features/target.ts';
import { columnsOf, type Table } from '../../../../cli/commands/features/table.ts';
import { openFeatureStore } from '../../../../predictor/features/stores/open.ts';
import { postgres, startPostgres, type PostgresServer } from '../../../support/stores/postgres.ts';

const TARGET = { table: 'customer', key: ['id'], time: 'at', isNew: false, drops: [] };
const VIEW = { table: 'customer', key: ['id'], time: 'at', name: 'customer', features: ['orders', 'recent'] };
const AT = '2026-11-20T10:30:00.250Z';
const COLUMNS = { view: TARGET, declared: null, request: { id: { type: 'string' } } } as const;
const EVENTS = { replaced: () => {}, notReplaced: () => {} };
const NONE = () => {};

/** More than one statement takes. */
function tableOf(count: number, orders: (i: number) => number): Table {
  const rows = Array.from({ length: count }, (_, i) => [`c-${i}`, AT, orders(i), [i, 0.5]]);
  return { columns: ['id', 'at', 'orders', 'recent'], rows };
}

const lacks = postgres.lacks();
describe.skipIf(lacks !== null)(`PostgreSQL${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: PostgresServer;
  const write = (rows: Table, progress: (written: number) => void = NONE) =>
    postgresWriter(server.settings, {})(
      { ...TARGET, columns: columnsOf(rows, COLUMNS) },
      rows.rows,
      progress,
    );
  const read = async (...keys: string[]) => {
    const store = await openFeatureStore(server.settings, EVENTS);
    const rows = await store.get(VIEW, keys.map((key) => [key]), new AbortController().signal); // prettier-ignore
    await store.close();
    return rows.map((row) => row && [Number(row.values[0]), row.values[1], row.time]);
  };
  beforeAll(async () => {
    server = await startPostgres();
  }, 60_000);
  afterAll(() => server?.stop());
  beforeEach(() => {
    server.sql(`DROP TABLE IF EXISTS customer;
      CREATE TABLE customer (id text PRIMARY KEY, at timestamptz, orders integer CHECK (orders >= 0), recent float8[]);
      INSERT INTO customer VALUES ('c-1', '${AT}', 100, '{}'), ('other', '${AT}', 200, '{}');`);
  });

  it('takes rows that the predictor then reads, replaces those of the same keys, and says how far it is', async () => {
    const told: number[] = [];
    const where = await write(
      tableOf(1100, (i) => i),
      (written) => told.push(written),
    );
    expect(where).toBe(`postgres at 127.0.0.1:${server.port}`);
    expect(told).toEqual([500, 1000, 1100]);
    const at = Date.parse(AT);
    expect(await read('c-1', 'c-1099', 'other', 'nobody')).toEqual([
      [1, [1, 0.5], at],
      [1099, [1099, 0.5], at],
      [200, [], at],
      null,
    ]);
  });

  it('takes nothing where it refuses a row in the middle', async () => {
    const refused = write(tableOf(1100, (i) => (i === 700 ? -1 : i)));
    await expect(refused).rejects.toThrow(/^PostgreSQL took nothing: .*check constraint/);
    expect(await read('c-0', 'c-1')).toEqual([null, [100, [], Date.parse(AT)]]);
  });

  it('takes nothing where the connection is lost in the middle', async () => {
    const lost = write(
      tableOf(1100, (i) => i),
      () =>
        server.sql(
          "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'slipway-features'",
        ),
    );
    await expect(lost).rejects.toThrow('PostgreSQL took nothing');
    expect(await read('c-0', 'c-1')).toEqual([null, [100, [], Date.parse(AT)]]);
  });

  it('does not say that nothing was taken where the reply of the commit is lost', async () => {
    // Deferred: it is looked at when the transaction is committed, and ends the connection then.
    server.sql(`CREATE OR REPLACE FUNCTION kill() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER kill AFTER INSERT ON customer DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION kill();`);
    await expect(write(tableOf(1, () => 1))).rejects.toThrow(
      'PostgreSQL did not say whether it took the rows; load again',
    );
  });

  it('refuses what a column would not keep, and writes lists where JSON is kept', async () => {
    server.sql(`DROP TABLE customer;
      CREATE TABLE customer (id integer PRIMARY KEY, at timestamptz, orders bigint, recent jsonb, tags text, is_new boolean)`);
    const load = (row: Readonly<Record<string, Cell>>) =>
      write({ columns: Object.keys(row), rows: [Object.values(row)] });
    await load({ id: '7', at: AT, orders: null, recent: [1, 2], tags: ['a'], is_new: true });
    expect(await read('7')).toEqual([[0, [1, 2], Date.parse(AT)]]);
    server.sql(`DO $$ BEGIN ASSERT (SELECT tags FROM customer) = '["a"]'; END $$`);
    for (const wrong of [{ orders: '007' }, { tags: true }, { is_new: 1 }, { id: '07' }])
      await expect(load({ id: '8', at: AT, ...wrong })).rejects.toThrow(
        /row 1: the column .* would not keep/,
      );
    expect(await read('8')).toEqual([null]);
  });

  it('names a table that is not there', async () => {
    server.sql('DROP TABLE customer');
    await expect(write(tableOf(1, () => 1))).rejects.toThrow('relation "customer" does not exist');
  });
});
