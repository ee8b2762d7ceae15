/**
 * Where the features of a service are, and what is done without them: `services.NAME.features` of slipway.yaml with its
 * defaults filled in. The predictor gets it as JSON in SLIPWAY_FEATURES.
 */
import { isRecord, jsonOf, property } from './values.ts';

/** As JSON, in the environment of the predictor. */
export const FEATURES_VARIABLE = 'SLIPWAY_FEATURES';

/** A SQLite file in a bucket, fetched at start and again when its generation changes. */
export interface SqliteStore {
  readonly kind: 'sqlite';
  /** gs://BUCKET/OBJECT; on the local stack file:///PATH as well. */
  readonly uri: string;
  /** How often its generation is looked at. */
  readonly refreshMs: number;
}

export interface FirestoreStore {
  readonly kind: 'firestore';
  readonly project: string;
  readonly database: string;
}

export interface PostgresStore {
  readonly kind: 'postgres';
  /** PROJECT:REGION:INSTANCE of Cloud SQL, by its connector; or null, and `host` is given. */
  readonly instance: string | null;
  readonly host: string | null;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** projects/P/secrets/S/versions/V of Secret Manager; null: IAM for an instance, no password for a host. */
  readonly passwordSecret: string | null;
  /** Of a host: whether the connection is encrypted and its certificate verified. */
  readonly tls: boolean;
}

export interface VertexStore {
  readonly kind: 'vertex';
  readonly project: string;
  readonly region: string;
  /** The ID of the FeatureOnlineStore. */
  readonly featureOnlineStore: string;
}

export interface FeastStore {
  readonly kind: 'feast';
  /** Of the feature server, without /get-online-features. */
  readonly url: string;
  /** `idToken`: of the serving account, with the URL as audience, as Cloud Run asks for. */
  readonly authentication: 'none' | 'idToken';
}

export type StoreSettings = SqliteStore | FirestoreStore | PostgresStore | VertexStore | FeastStore;
export type StoreKind = StoreSettings['kind'];

export interface ViewSettings {
  /** The request fields whose values, in this order, are the key; columns of the table have the same names. */
  readonly key: readonly string[];
  /**
   * Table or view (SQLite, PostgreSQL), collection (Firestore; documents are named by feature-key.ts), feature view
   * (Vertex AI, Feast). `{version}` stands for the version that features.json states of the view.
   */
  readonly table: string;
  /**
   * The column or field that says when a row was true: text of ISO 8601 or milliseconds since 1970 (SQLite), timestamptz
   * (PostgreSQL), timestamp (Firestore). Null: values have no age but what the store itself says of them.
   */
  readonly time: string | null;
}

export interface FeatureSettings {
  readonly store: StoreSettings;
  readonly views: Readonly<Record<string, ViewSettings>>;
  /** Of one look-up, in ms; after it the store counts as unavailable for the request. */
  readonly timeoutMs: number;
  /** `ttlMs` 0: no cache. */
  readonly cache: { readonly ttlMs: number; readonly maxRows: number };
  /**
   * A row or value that the store does not have. `default`: what features.json states as default, and a refusal of the
   * instance where it states none; `refuse`: a refusal in any case.
   */
  readonly missing: 'default' | 'refuse';
  /** A value older than `maxAge`. `serve`: it is used, and counted. */
  readonly stale: 'serve' | 'default' | 'refuse';
  /** The store did not answer in time, or refuses: 503 where it is `refuse`, or where a column has no default. */
  readonly unavailable: 'default' | 'refuse';
}

const KINDS: readonly string[] = ['sqlite', 'firestore', 'postgres', 'vertex', 'feast'] satisfies StoreKind[];

/**
 * Reads SLIPWAY_FEATURES, as readInterface does: written by the engine, which has checked it. Throws an Error that says
 * what was expected.
 */
export function readFeatureSettings(text: string): FeatureSettings {
  const value = jsonOf(text);
  const kind = property(property(value, 'store'), 'kind');
  const views = property(value, 'views');
  if (typeof kind !== 'string' || !KINDS.includes(kind))
    throw new Error(`expected store.kind to be one of ${KINDS.join(', ')}`);
  if (!isRecord(views) || !Object.values(views).every((view) => Array.isArray(property(view, 'key'))))
    throw new Error('expected views, each with its key');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as checked, and written by the engine's schema
  return value as FeatureSettings;
}

/** The table of a view, or a sentence where its version is asked for and not stated. */
export function tableOf(
  { table }: Pick<ViewSettings, 'table'>,
  version: string | undefined,
): { readonly table: string } | { readonly problem: string } {
  if (!table.includes('{version}')) return { table };
  if (version === undefined)
    return { problem: `the table ${table} has a version, and features.json states none for the view` };
  return { table: table.replaceAll('{version}', version) };
}
