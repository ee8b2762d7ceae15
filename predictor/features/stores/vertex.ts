/**
 * Features in the Feature Store of Vertex AI, by FetchFeatureValues: one request a key, all features of the view, and
 * the time of each value.
 * https://cloud.google.com/vertex-ai/docs/featurestore/latest/serve-feature-values
 */
import type { FeatureOnlineStoreServiceClient } from '@google-cloud/aiplatform/build/src/v1/feature_online_store_service_client.js';
import type { ClientOptions } from 'google-gax';
import type { VertexStore } from '../../../common/artifact/feature-settings.ts';
import { property } from '../../../common/artifact/values.ts';
import { exportsOf } from './exports-of.ts';
import { StoreError, type FeatureRow, type FeatureStore, type Key, type View } from './store.ts';

/** Requests of a multi-get that are out at once: there is no other way to ask for several keys in v1. */
const REQUESTS_MAX = 64;
/** gRPC's code of an entity that is not there, and of a view that is not. */
const NOT_FOUND = 5;
/** Milliseconds that a look at the store may take when it is opened. */
const OPEN_MS = 10_000;
const RECONNECT = { 'grpc.initial_reconnect_backoff_ms': 100, 'grpc.max_reconnect_backoff_ms': 1000 };

/** Rejects with a StoreError if the store is not there, or may not be seen. */
export async function openVertex(settings: VertexStore): Promise<FeatureStore> {
  const { project, region, featureOnlineStore } = settings;
  const store = `projects/${project}/locations/${region}/featureOnlineStores/${featureOnlineStore}`;
  const options = await optionsFor(settings);
  const { FeatureOnlineStoreAdminServiceClient: Admin } = exportsOf(
    await import('@google-cloud/aiplatform/build/src/v1/feature_online_store_admin_service_client.js'),
  );
  const { FeatureOnlineStoreServiceClient: Online } = exportsOf(
    await import('@google-cloud/aiplatform/build/src/v1/feature_online_store_service_client.js'),
  );
  const admin = new Admin(options);
  const client = await admin
    .getFeatureOnlineStore({ name: store }, { timeout: OPEN_MS })
    .then(([{ dedicatedServingEndpoint }]) => {
      // An optimized store answers at a domain of its own.
      const domain = dedicatedServingEndpoint?.publicEndpointDomainName ?? '';
      return new Online({ ...options, ...RECONNECT, ...(domain === '' ? {} : { apiEndpoint: domain }) });
    })
    .catch((error: unknown) => {
      throw new StoreError(`the FeatureOnlineStore ${store} cannot be read`, { cause: error });
    });
  const known = new Set<View>();
  return {
    async get(view, keys, signal) {
      const name = `${store}/featureViews/${view.table}`;
      try {
        // A key and a view that are not there get the same answer later on.
        if (!known.has(view)) await admin.getFeatureView({ name }, { timeout: OPEN_MS });
        known.add(view);
        return await askAll(client, name, view, keys, signal);
      } catch (error) {
        const isLasting = property(error, 'code') === NOT_FOUND;
        throw new StoreError(`view ${view.name}: the Feature Store cannot be asked for ${name}`, {
          cause: error,
          isLasting,
        });
      }
    },
    async close() {
      await Promise.all([admin.close(), client.close()]);
    },
  };
}

async function askAll(
  client: FeatureOnlineStoreServiceClient,
  featureView: string,
  view: View,
  keys: readonly Key[],
  signal: AbortSignal,
): Promise<(FeatureRow | null)[]> {
  const rows: (FeatureRow | null)[] = keys.map(() => null);
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < keys.length && !signal.aborted) {
      const at = next;
      next += 1;
      rows[at] = await askOne(client, featureView, view, keys[at] ?? []);
    }
  };
  await Promise.all(Array.from({ length: Math.min(REQUESTS_MAX, keys.length) }, work));
  if (signal.aborted) throw new Error('given up');
  return rows;
}

async function askOne(
  client: FeatureOnlineStoreServiceClient,
  featureView: string,
  view: View,
  key: Key,
): Promise<FeatureRow | null> {
  const parts = key.map(String);
  const dataKey = parts.length === 1 ? { key: parts[0] ?? '' } : { compositeKey: { parts } };
  try {
    const [response] = await client.fetchFeatureValues({ featureView, dataKey, dataFormat: 'KEY_VALUE' });
    const features = response.keyValues?.features ?? [];
    const found = view.features.map((name) => features.find((feature) => feature.name === name)?.value);
    if (features.length === 0) return null;
    return {
      values: found.map(valueOf),
      time: null,
      times: found.map((value) => millis(value?.metadata?.generateTime)),
    };
  } catch (error) {
    if (property(error, 'code') === NOT_FOUND) return null;
    throw error;
  }
}

const LISTS = new Set(['boolArrayValue', 'doubleArrayValue', 'int64ArrayValue', 'stringArrayValue']);
const SINGLES = new Set(['boolValue', 'doubleValue', 'int64Value', 'stringValue']);

/** Of a FeatureValue, the value that is set. */
function valueOf(value: unknown): unknown {
  const kind = property(value, 'value');
  if (typeof kind !== 'string') return null;
  if (SINGLES.has(kind)) return property(value, kind);
  return LISTS.has(kind) ? property(property(value, kind), 'values') : null;
}

function millis(time: unknown): number | null {
  const seconds = property(time, 'seconds');
  if (seconds === undefined || seconds === null) return null;
  return Number(seconds) * 1000 + Math.floor(Number(property(time, 'nanos') ?? 0) / 1e6);
}

/** VERTEX_EMULATOR_HOST (`host:port`) is the local stack's. */
async function optionsFor({ project, region }: VertexStore): Promise<ClientOptions> {
  const emulator = process.env['VERTEX_EMULATOR_HOST'] ?? '';
  if (emulator === '') return { projectId: project, apiEndpoint: `${region}-aiplatform.googleapis.com` };
  const { PassThroughClient } = exportsOf(await import('google-auth-library'));
  const { grpc } = exportsOf(await import('google-gax'));
  const { hostname, port } = new URL(`http://${emulator}`);
  return {
    projectId: project,
    apiEndpoint: hostname,
    port: Number(port),
    sslCreds: grpc.credentials.createInsecure(),
    authClient: new PassThroughClient(),
  };
}
