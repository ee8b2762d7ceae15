/**
 * Features of Feast, by its feature server: one POST a multi-get.
 * https://docs.feast.dev/reference/feature-servers/python-feature-server
 */
import type { FeastStore } from '../../../common/artifact/feature-settings.ts';
import { property } from '../../../common/artifact/values.ts';
import { exportsOf } from './exports-of.ts';
import { posterTo } from './post-json.ts';
import {
  StoreError,
  timeOf,
  type FeatureRow,
  type FeatureStore,
  type Key,
  type Rows,
  type View,
} from './store.ts';

/** https://github.com/feast-dev/feast/blob/master/protos/feast/serving/ServingService.proto, FieldStatus. */
const THERE = new Set(['PRESENT', 'OUTSIDE_MAX_AGE', 'NULL_VALUE']);

export async function openFeast({ url, authentication }: FeastStore): Promise<FeatureStore> {
  const poster = posterTo(`${url.replace(/\/$/, '')}/get-online-features`);
  const authorize = authentication === 'idToken' ? await tokensFor(url) : async () => ({});
  const ask = async (view: View, keys: readonly Key[], signal: AbortSignal): Promise<Rows> => {
    try {
      const body = JSON.stringify(requestFor(view, keys));
      const { status, text } = await poster.post(body, await authorize(), signal);
      if (status !== 200) {
        const isLasting = status >= 400 && status < 500;
        throw new StoreError(`Feast answered ${status}: ${text.slice(0, 300)}`, { isLasting });
      }
      return rowsOf(view, keys, JSON.parse(text));
    } catch (error) {
      const isLasting = error instanceof StoreError && error.isLasting;
      throw new StoreError(`view ${view.name}: Feast cannot be asked`, { cause: error, isLasting });
    }
  };
  return {
    async get(view, keys, signal) {
      // Feast answers 500 to the whole multi-get for a text that is not Unicode.
      const possible = keys.flatMap((key, at) => (key.every(isUnicode) ? [{ key, at }] : []));
      const rows: Rows[number][] = keys.map(() => null);
      if (possible.length === 0) return rows;
      const found = await ask(
        view,
        possible.map(({ key }) => key),
        signal,
      );
      for (const [i, { at }] of possible.entries()) rows[at] = found[i] ?? null;
      return rows;
    },
    close: async () => poster.close(),
  };
}

function isUnicode(part: Key[number]): boolean {
  return String(part).isWellFormed();
}

function requestFor({ table, key, features }: View, keys: readonly Key[]): object {
  return {
    features: features.map((feature) => `${table}:${feature}`),
    entities: Object.fromEntries(key.map((name, i) => [name, keys.map((values) => values[i])])),
    full_feature_names: false,
  };
}

/** Of each feature and entity key a column, which has a value for each of the keys. */
function rowsOf(view: View, keys: readonly Key[], body: unknown): (FeatureRow | null)[] {
  const names = listOf(property(property(body, 'metadata'), 'feature_names'));
  const results = listOf(property(body, 'results'));
  const columns = view.features.map((feature) => {
    const result = results[names.indexOf(feature)];
    const column = {
      values: listOf(property(result, 'values')),
      statuses: listOf(property(result, 'statuses')),
      times: listOf(property(result, 'event_timestamps')),
    };
    if (column.values.length === keys.length) return column;
    throw new StoreError(`expected ${keys.length} values of ${feature}, got ${column.values.length}`);
  });
  return keys.map((_, i) => {
    const isThere = columns.map(({ statuses }) => THERE.has(String(statuses[i])));
    if (!isThere.includes(true)) return null;
    return {
      values: columns.map(({ values }, at) => (isThere[at] === true ? values[i] : null)),
      time: null,
      times: columns.map(({ times }) => timeOf(times[i])),
    };
  });
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

/** As Cloud Run asks for: https://cloud.google.com/run/docs/authenticating/service-to-service */
async function tokensFor(url: string): Promise<() => Promise<Record<string, string>>> {
  const { GoogleAuth } = exportsOf(await import('google-auth-library'));
  const client = await new GoogleAuth().getIdTokenClient(url);
  return async () => {
    const headers = await client.getRequestHeaders();
    return { authorization: headers.get('authorization') ?? '' };
  };
}
