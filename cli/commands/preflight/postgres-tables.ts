/**
 * Whether the user of a model server may read the tables of its views: only the database knows. It is asked as the
 * person who runs the preflight (PGUSER, PGPASSWORD), and where it cannot be asked, the preflight says so.
 */
import type { PostgresStore, ViewSettings } from '../../../common/artifact/feature-settings.ts';
import { missing, ok, unknown, type Finding } from './finding.ts';

/** The rows that a query answers. Rejects if the database cannot be asked. */
export type AskDatabase = (
  store: PostgresStore,
  text: string,
  values: readonly unknown[],
) => Promise<readonly Readonly<Record<string, unknown>>[]>;

/** As features.json may state them of a view. */
const VERSION = '[A-Za-z0-9_]{1,32}';

/**
 * Tables by schema and a pattern of their name; without a schema, those that a query finds without one. A grant on some
 * columns is a grant: which ones a model reads, its features.json says.
 */
const QUERY = `
SELECT w.at, n.nspname AS schema, c.relname AS name,
  has_schema_privilege(r.oid, n.oid, 'USAGE') AS enters, has_any_column_privilege(r.oid, c.oid, 'SELECT') AS reads
FROM unnest($2::text[], $3::text[]) WITH ORDINALITY AS w (schema, pattern, at)
LEFT JOIN pg_roles r ON r.rolname = $1
LEFT JOIN (pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
  ON c.relname ~ w.pattern AND CASE WHEN w.schema = '' THEN pg_table_is_visible(c.oid) ELSE n.nspname = w.schema END
ORDER BY w.at, c.relname`;

export async function checkTables(
  ask: AskDatabase,
  service: string,
  store: PostgresStore,
  views: Readonly<Record<string, ViewSettings>>,
): Promise<Finding[]> {
  const { user } = store;
  const tables = Object.values(views).map(({ table }) => table);
  const parts = tables.map((table) => table.split('.'));
  const patterns = parts.map((names) => `^${patternOf(names.at(-1) ?? '')}$`);
  const schemas = parts.map((names) => (names.length > 1 ? (names[0] ?? '') : ''));
  let rows: Awaited<ReturnType<AskDatabase>>;
  try {
    rows = await ask(store, QUERY, [user, schemas, patterns]);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const detail = `the grants of ${user} cannot be looked at: ${why}`;
    return [unknown('features', `tables of ${service}`, detail, 'set PGUSER and PGPASSWORD, or ~/.pgpass')];
  }
  return rows.flatMap((row) => {
    const table = tables[Number(row['at']) - 1] ?? '';
    if (typeof row['name'] === 'string') return judged(row['name'], textOf(row['schema']), row, user);
    // Those of versions are made when a version is loaded.
    if (table.includes('{version}')) return [];
    return [missing('features', `table ${table} of ${service}`, 'is not there', `CREATE TABLE ${table} (…)`)];
  });
}

function judged(
  name: string,
  schema: string,
  { enters, reads }: Readonly<Record<string, unknown>>,
  user: string,
): Finding {
  const subject = `${user} on table ${schema}.${name}`;
  const to = quoted(user);
  if (enters === null) return missing('features', subject, `there is no user ${user}`, `CREATE USER ${to}`);
  const lacks: string[] = [];
  const grants: string[] = [];
  if (enters !== true) {
    lacks.push('USAGE of its schema');
    grants.push(`GRANT USAGE ON SCHEMA ${quoted(schema)} TO ${to};`);
  }
  if (reads !== true) {
    lacks.push('SELECT');
    grants.push(`GRANT SELECT ON ${quoted(schema)}.${quoted(name)} TO ${to};`);
  }
  if (lacks.length === 0) return ok('features', subject, 'SELECT');
  return missing('features', subject, `has no ${lacks.join(' and no ')}`, grants.join(' '));
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function patternOf(name: string): string {
  return name
    .split('{version}')
    .map((part) => part.replace(/[^A-Za-z0-9_]/g, '\\$&'))
    .join(VERSION);
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
