/** Loads the rows of a file into a view of the store, all or nothing: rows of the same keys are replaced, others stay. */
import { tableOf } from '../../../common/artifact/feature-settings.ts';
import type { Service } from '../../../functions/config/config.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { columnsOf, readTable } from './table.ts';
import type { Progress } from './target.ts';
import { writerOf } from './writer.ts';

/** The shape of `slipway features load --json`, documented in docs/cli.md. */
export interface Loaded {
  readonly service: string;
  readonly view: string;
  readonly table: string;
  readonly rows: number;
  /** Where the rows are: the file with its generation, the database, the collection. */
  readonly store: string;
}

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
  const { table } = found;
  const expected = { view, declared, request: service.interface.request };
  const file = await readTable(path, expected);
  const write = await writerOf(store, env);
  const columns = columnsOf(file, expected);
  const target = { table, key: view.key, time: view.time, columns, isNew: false, drops: [] };
  const where = await write(target, file.rows, progress);
  return { service: service.name, view: viewName, table, rows: file.rows.length, store: where };
}

export function loadedText({ rows, table, store }: Loaded): string[] {
  return [`loaded ${rows} rows into ${table} (${store})`];
}
