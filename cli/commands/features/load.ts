/**
 * Loads rows of a view into its store, all or nothing: rows of the same keys are replaced, others stay. The writer of a
 * store, and its client, are loaded when they are needed.
 */
import { tableOf, type StoreSettings } from '../../../common/artifact/feature-settings.ts';
import type { Service } from '../../../functions/config/config.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { readTable, type Table } from './table.ts';

/** The shape of `slipway features load --json`, documented in docs/cli.md. */
export interface Loaded {
  readonly service: string;
  readonly view: string;
  readonly table: string;
  readonly rows: number;
  /** Where the rows are: the file with its generation, the database, the collection. */
  readonly store: string;
}

/** Of the view; columns that the store does not have yet are made. */
export interface Target {
  readonly table: string;
  readonly key: readonly string[];
  readonly time: string | null;
}

/** Hears how many rows are written. */
export type Progress = (written: number) => void;

/** Writes all rows or none, and says where they are. */
export type Write = (target: Target, rows: Table, progress: Progress) => Promise<string>;

/** Throws a Failure or a CallError. */
export async function loadFeatures(
  service: Service,
  viewName: string,
  path: string,
  { version, env }: { readonly version?: string; readonly env: Readonly<Record<string, string | undefined>> },
  progress: Progress,
): Promise<Loaded> {
  const { features } = service;
  if (features === null || service.interface === null)
    throw new Failure(EXIT.usage, `${service.name} has no features in slipway.yaml`);
  const { views, store } = features.settings;
  const view = Object.hasOwn(views, viewName) ? views[viewName] : undefined;
  if (view === undefined)
    throw new Failure(
      EXIT.usage,
      `expected a view of ${service.name} (${Object.keys(views).join(', ')}), got ${viewName}`,
    );
  const found = tableOf(view, version);
  if ('problem' in found) throw new Failure(EXIT.usage, `name the version by --view-version: ${view.table}`);
  const declared = features.declared.get(viewName) ?? null;
  const rows = await readTable(path, { view, declared, request: service.interface.request });
  const write = await writerOf(store, env);
  const where = await write({ table: found.table, key: view.key, time: view.time }, rows, progress);
  return { service: service.name, view: viewName, table: found.table, rows: rows.rows.length, store: where };
}

async function writerOf(
  store: StoreSettings,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Write> {
  switch (store.kind) {
    case 'sqlite':
      return (await import('./write-sqlite.ts')).sqliteWriter(store, env);
    case 'firestore':
      return (await import('./write-firestore.ts')).firestoreWriter(store);
    case 'postgres':
      return (await import('./write-postgres.ts')).postgresWriter(store, env);
    case 'vertex':
    case 'feast':
      throw new Failure(
        EXIT.usage,
        `a store of kind ${store.kind} loads its views itself: Vertex AI by a sync, Feast by "feast materialize"`,
      );
    default:
      return store satisfies never;
  }
}

export function loadedText({ rows, table, store }: Loaded): string[] {
  return [`loaded ${rows} rows into ${table} (${store})`];
}
