/**
 * Loads the results of batches into a view of the store, a table for each batch, and names it in Cloud Storage once it is
 * whole: until then, and where this fails, predictors read the table before. Made again it does nothing.
 */
import { tableOf, type StoreSettings, type ViewSettings } from '../../../common/artifact/feature-settings.ts';
import type { Interface } from '../../../common/artifact/interface.ts';
import { publishedName, readPublished } from '../../../common/batch/published.ts';
import {
  publishedViewName,
  readPublishedView,
  viewVersionOf,
  type PublishedView,
} from '../../../common/batch/published-view.ts';
import type { Folder } from '../../../functions/config/batch.ts';
import type { Service } from '../../../functions/config/config.ts';
import { LABELS, modelName } from '../../../functions/release/ids.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { ledgerOf, type Session } from '../../session.ts';
import { cellsOf, resultColumns } from './result-columns.ts';
import { storedResults, type Results } from './results.ts';
import type { Progress, Row } from './target.ts';
import { unusedTables, type Unused } from './unused.ts';
import { writerOf } from './writer.ts';

/** An entry of `slipway features publish --json`, documented in docs/cli.md. */
export interface PublishedResult {
  readonly version: string;
  readonly release: string;
  readonly batch: string;
  readonly table: string;
  readonly rows: number;
  /** False: they were there already. */
  readonly isNew: boolean;
}

interface Place {
  readonly face: Interface;
  readonly store: StoreSettings;
  readonly viewName: string;
  readonly view: ViewSettings;
  readonly outputs: Folder;
}

/** One entry for each deployed version that has published results. Rejects with a Failure or a CallError. */
export async function publishResults(
  session: Session,
  service: Service,
  progress: Progress,
): Promise<PublishedResult[]> {
  const place = placeOf(service);
  const results = storedResults(session.config.project, session.env);
  const published: PublishedResult[] = [];
  const { releases, isInProgress } = await deployedReleases(session, service);
  // What a release is about to deploy again is not on the endpoint yet.
  const findUnused = async (): Promise<Unused> =>
    isInProgress
      ? { tables: [], objects: [] }
      : unusedTables(results, place.outputs, place.viewName, place.view, new Set(releases));
  for (const release of releases) {
    const one = await publishOne(session, place, release, results, findUnused, progress);
    if (one !== null) published.push(one);
  }
  return published;
}

function placeOf({ name, batch, features, interface: face }: Service): Place {
  const viewName = batch?.publish?.view;
  const view = viewName === undefined ? undefined : features?.settings.views[viewName];
  if (
    batch === null ||
    typeof batch.outputs === 'string' ||
    features === null ||
    face === null ||
    viewName === undefined ||
    view === undefined
  )
    throw new Failure(EXIT.usage, `${name} has no batch.publish.view in slipway.yaml`);
  return { face, store: features.settings.store, viewName, view, outputs: batch.outputs };
}

/** The releases that uploaded the versions on the endpoint: live, standby and candidate. */
async function deployedReleases(
  session: Session,
  service: Service,
): Promise<{ releases: string[]; isInProgress: boolean }> {
  const { vertex } = session.world;
  const ledger = await ledgerOf(session, service);
  const name = ledger?.endpoint ?? null;
  const endpoint = name === null ? null : await vertex.getEndpoint(name);
  const deployed = new Set(endpoint?.deployedModels.map(({ version }) => version));
  const versions = await vertex.listVersions(modelName(service));
  const releases = versions
    .filter(({ version }) => deployed.has(version))
    .flatMap(({ labels }) => labels.get(LABELS.release) ?? []);
  return { releases, isInProgress: (ledger?.release ?? null) !== null };
}

/** Null: no results of that version are published. */
async function publishOne(
  session: Session,
  { face, store, viewName, view, outputs: { bucket, prefix } }: Place,
  release: string,
  results: Results,
  findUnused: () => Promise<Unused>,
  progress: Progress,
): Promise<PublishedResult | null> {
  const source = await results.read(bucket, publishedName(prefix, release));
  if (source === null) return null;
  const published = readPublished(source.text);
  const name = publishedViewName(prefix, release);
  const found = await results.read(bucket, name);
  const before = found === null ? null : readPublishedView(found.text);
  if (before !== null && before.acceptedAt >= published.acceptedAt) return resultOf(before, false);
  const named = tableOf(view, viewVersionOf(published));
  if ('problem' in named) throw new Failure(EXIT.usage, named.problem);
  const { table } = named;
  const columns = resultColumns(face, published.key, view.time);
  let rows = 0;
  const counted = async function* (): AsyncGenerator<Row> {
    for await (const row of results.rows(published)) {
      rows += 1;
      yield cellsOf(columns, row, { at: published.at, key: published.key, time: view.time });
    }
  };
  const write = await writerOf(store, session.env);
  // Predictors may still read the previous table, and none reads the one before it.
  const unused = await findUnused();
  const drops = [...[before?.previous ?? []].flat(), ...unused.tables];
  await write(
    { table, key: published.key, time: view.time, columns, isNew: true, drops },
    counted(),
    progress,
  );
  const { files: _files, ...rest } = published;
  const next: PublishedView = { ...rest, view: viewName, table, rows, previous: before?.table ?? null };
  if (!(await results.replace(bucket, name, `${JSON.stringify(next)}\n`, found?.generation ?? '0')))
    throw new Failure(EXIT.failed, `gs://${bucket}/${name} has changed meanwhile; publish again`);
  for (const object of unused.objects) await results.remove(bucket, object.name, object.generation);
  return resultOf(next, true);
}

function resultOf({ version, release, batch, table, rows }: PublishedView, isNew: boolean): PublishedResult {
  return { version, release, batch, table, rows, isNew };
}

export function publishedText(service: string, results: readonly PublishedResult[]): string[] {
  if (results.length === 0) return [`${service}: no deployed version has results of a batch yet`];
  return results.map(
    ({ version, batch, table, rows, isNew }) =>
      `version ${version}: ${rows} rows of batch ${batch} ${isNew ? 'loaded into' : 'are in'} ${table}`,
  );
}
