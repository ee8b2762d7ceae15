/** The preflight asks a real PostgreSQL what the user of a model server may read. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { askDatabase } from '../../../../cli/commands/features/database.ts';
import { checkTables } from '../../../../cli/commands/preflight/postgres-tables.ts';
import { postgres, startPostgres, type PostgresServer } from '../../../support/stores/postgres.ts';

const view = (table: string) => ({ key: ['id'], table, time: null });

const lacks = postgres.lacks();
describe.skipIf(lacks !== null)(`PostgreSQL${lacks === null ? '' : ` (skipped: ${lacks})`}`, () => {
  let server: PostgresServer;
  beforeAll(async () => {
    server = await startPostgres();
    server.sql(`CREATE ROLE "churn@p.iam" LOGIN; CREATE SCHEMA crm;
      CREATE TABLE customer (id text PRIMARY KEY); CREATE TABLE crm."Order" (id text PRIMARY KEY, n integer);
      CREATE TABLE crm.orders (id text); CREATE VIEW predictions_4_b1 AS SELECT 1 AS id;`);
  }, 60_000);
  afterAll(() => server?.stop());

  const check = async (user: string, ...tables: string[]) => {
    const ask = (...query: Parameters<typeof askDatabase> extends [unknown, ...infer Q] ? Q : never) =>
      askDatabase({ PGUSER: 'postgres' }, ...query);
    const views = Object.fromEntries(tables.map((table, i) => [`v${i}`, view(table)]));
    const findings = await checkTables(ask, 'churn', { ...server.settings, user }, views);
    return findings.map(({ state, subject, detail, fix }) => [state, subject, detail, fix]);
  };

  it('names the grants that are missing, as statements', async () => {
    const to = 'TO "churn@p.iam";';
    await expect(
      check('churn@p.iam', 'customer', 'crm.Order', 'crm.none', 'predictions_{version}', 'other_{version}'),
    ).resolves.toEqual([
      [
        'missing',
        'churn@p.iam on table public.customer',
        'has no SELECT',
        `GRANT SELECT ON "public"."customer" ${to}`,
      ],
      [
        'missing',
        'churn@p.iam on table crm.Order',
        'has no USAGE of its schema and no SELECT',
        `GRANT USAGE ON SCHEMA "crm" ${to} GRANT SELECT ON "crm"."Order" ${to}`,
      ],
      ['missing', 'table crm.none of churn', 'is not there', 'CREATE TABLE crm.none (…)'],
      [
        'missing',
        'churn@p.iam on table public.predictions_4_b1',
        'has no SELECT',
        `GRANT SELECT ON "public"."predictions_4_b1" ${to}`,
      ],
    ]);
    server.sql(`GRANT USAGE ON SCHEMA crm ${to} GRANT SELECT (n) ON crm."Order" ${to}`);
    await expect(check('churn@p.iam', 'crm.Order')).resolves.toEqual([
      ['ok', 'churn@p.iam on table crm.Order', 'SELECT', null],
    ]);
  });

  it('names a user that is not there, and says where it cannot ask', async () => {
    await expect(check('nobody', 'customer')).resolves.toEqual([
      ['missing', 'nobody on table public.customer', 'there is no user nobody', 'CREATE USER "nobody"'],
    ]);
    const ask = () => Promise.reject(new Error('connect ECONNREFUSED'));
    await expect(checkTables(ask, 'churn', server.settings, { v: view('customer') })).resolves.toEqual([
      {
        check: 'features',
        subject: 'tables of churn',
        state: 'unknown',
        detail: 'the grants of postgres cannot be looked at: connect ECONNREFUSED',
        fix: 'set PGUSER and PGPASSWORD, or ~/.pgpass',
      },
    ]);
  });
});
