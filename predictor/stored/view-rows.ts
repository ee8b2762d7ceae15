/**
 * The predictions of one published batch in a view of the feature store: looked up as features are, one multi-get for a
 * turn of the event loop, with the same time limit and breaker. Each publication has a store of its own, which is closed
 * when the next one answers.
 */
import { tableOf, type FeatureSettings } from '../../common/artifact/feature-settings.ts';
import type { StoredSettings } from '../../common/artifact/stored-settings.ts';
import { PREDICTION_COLUMN, readPublishedView, viewVersionOf } from '../../common/batch/published-view.ts';
import { Fetcher, Unavailable, type Found, type Observer } from '../features/fetcher.ts';
import { Lookups, type Wanted } from '../features/lookups.ts';
import { openFeatureStore } from '../features/stores/open.ts';
import type { FeatureStore, Key, View } from '../features/stores/store.ts';
import { assertOwn, type StoredRows, type StoredText } from './published-rows.ts';

/** A file that has the table is not looked at again: the next publication opens the next file. 12 days. */
const NEVER_MS = 2 ** 30;
/** How long a store is asked for one row before it answers anybody. */
const PROBE_MS = 10_000;
/** What is looked up when the next publication answers has its time limit, and then this. */
const CLOSE_MS = 1000;
const QUIET = { replaced: () => {}, notReplaced: () => {} };

export interface ViewOptions {
  /** Of `features.views`. */
  readonly view: string;
  readonly settings: StoredSettings;
  readonly features: FeatureSettings;
  readonly observer: Observer;
}

/** Rejects where the object names another table than that of its batch, or where the store does not have it. */
export async function viewRowsOf(
  text: string,
  { view: name, settings, features, observer }: ViewOptions,
): Promise<StoredRows> {
  const published = readPublishedView(text);
  assertOwn(published, settings);
  const own = features.views[name];
  const found = own === undefined ? null : tableOf(own, viewVersionOf(published));
  if (found === null || !('table' in found) || found.table !== published.table)
    throw new Error(`expected the table of the view ${name} and of its batch, got ${published.table}`);
  const view: View = {
    name,
    table: published.table,
    key: published.key,
    features: [PREDICTION_COLUMN],
    time: null,
  };
  const { store: where, timeoutMs } = features;
  const store = await openFeatureStore(
    where.kind === 'sqlite' ? { ...where, refreshMs: NEVER_MS } : where,
    QUIET,
  );
  try {
    await store.get(view, [published.key.map(() => '0')], AbortSignal.timeout(PROBE_MS));
  } catch (error) {
    await store.close();
    throw error;
  }
  const cache = where.kind === 'sqlite' ? { ttlMs: 0, maxRows: 0 } : features.cache;
  const lookups = new Lookups([new Fetcher({ store, view, timeoutMs, cache, observer })], timeoutMs);
  return {
    published,
    rows: published.rows,
    view: name,
    find: (keys, done) => lookups.gather(keys.map(wantedOf), (all) => done(all.map(textOf))),
    close: () => closeLater(store, timeoutMs + CLOSE_MS),
  };
}

function wantedOf(key: Key | null): Wanted | null {
  return key === null ? null : { view: 0, id: JSON.stringify(key), key };
}

function textOf(found: Found): StoredText {
  if (found === null || found instanceof Unavailable) return found;
  const [text] = found.values;
  return typeof text === 'string' ? text : null;
}

function closeLater(store: FeatureStore, ms: number): void {
  // Nobody asks it any more: what closing fails with changes no answer.
  setTimeout(() => void store.close().catch(() => {}), ms).unref();
}
