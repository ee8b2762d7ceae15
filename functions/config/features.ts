/** `features` of a service: what its schema cannot say, and its defaults. */
import type {
  FeatureSettings,
  StoreKind,
  StoreSettings,
  ViewSettings,
} from '../../common/artifact/feature-settings.ts';
import { isRequired } from '../../common/artifact/interface.ts';
import { durationMs, type ValueType } from '../../common/artifact/values.ts';
import { BUCKET } from './pattern.ts';
import type { FeaturesFile } from './schema-features.ts';
import type { InterfaceFile } from './schema-interface.ts';
import { objectOf } from '../../common/artifact/uri.ts';

export interface FeatureConfig {
  /** As the predictor gets them. */
  readonly settings: FeatureSettings;
  /** By view: its features with their types, where slipway.yaml states them. */
  readonly declared: ReadonlyMap<string, ReadonlyMap<string, ValueType>>;
}

/** A developer who has loaded features does not wait for them. */
const LOCAL_REFRESH_MS = 1000;

/** Where a store is that does not say so itself. */
export interface Place {
  readonly project: string;
  readonly region: string;
  /** Of the local stack; null on Google Cloud. */
  readonly localBucket: string | null;
}

type StoreFile = FeaturesFile['store'];
type StoreField = Exclude<keyof StoreFile, 'kind'>;

const FIELDS: Readonly<
  Record<StoreKind, { required: readonly StoreField[]; optional: readonly StoreField[] }>
> = {
  sqlite: { required: ['uri'], optional: ['refresh'] },
  firestore: { required: [], optional: ['project', 'database'] },
  postgres: { required: ['database', 'user'], optional: ['instance', 'host', 'port', 'passwordSecret'] },
  vertex: { required: ['featureOnlineStore'], optional: ['project', 'region'] },
  feast: { required: ['url'], optional: ['authentication'] },
};

/** The features' settings, or null where the service has none. What is impossible goes to `problems`. */
export function parseFeatures(
  service: string,
  file: FeaturesFile | undefined,
  request: InterfaceFile['request'] | undefined,
  place: Place,
  problems: string[],
): FeatureConfig | null {
  if (file === undefined) return null;
  const at = `services.${service}.features`;
  checkStore(`${at}.store`, file.store, problems);
  const views: Record<string, ViewSettings> = {};
  const declared = new Map<string, ReadonlyMap<string, ValueType>>();
  for (const [name, view] of Object.entries(file.views)) {
    if (request !== undefined) checkKey(`${at}.views.${name}.key`, view.key, request, problems);
    views[name] = { key: view.key, table: view.table ?? name, time: view.time ?? null };
    if (view.features !== undefined) declared.set(name, new Map(Object.entries(view.features)));
  }
  const settings: FeatureSettings = {
    store: localStore(service, file.store, place) ?? storeOf(file.store, place),
    views,
    timeoutMs: durationMs(file.timeout ?? '50ms') ?? 50,
    cache: {
      ttlMs: file.cache === undefined ? 0 : (durationMs(file.cache.ttl) ?? 0),
      maxRows: file.cache?.maxRows ?? 10_000,
    },
    missing: file.missing ?? 'default',
    stale: file.stale ?? 'serve',
    unavailable: file.unavailable ?? 'refuse',
  };
  return { settings, declared };
}

function checkStore(at: string, file: StoreFile, problems: string[]): void {
  const { required, optional } = FIELDS[file.kind];
  const known = new Set<string>(['kind', ...required, ...optional]);
  for (const field of required)
    if (file[field] === undefined)
      problems.push(`${at}.${field}: must be given, since ${at}.kind is ${file.kind}`);
  for (const field of Object.keys(file))
    if (!known.has(field)) problems.push(`${at}.${field}: expected none, since ${at}.kind is ${file.kind}`);
  if (file.kind === 'sqlite' && file.uri !== undefined) {
    if (!new RegExp(BUCKET).test(objectOf(file.uri).bucket))
      problems.push(`${at}.uri: expected gs://BUCKET/OBJECT`);
  }
  if (file.kind !== 'postgres') return;
  if ((file.instance === undefined) === (file.host === undefined))
    problems.push(`${at}: expected either instance or host`);
  if (file.instance !== undefined && file.port !== undefined)
    problems.push(`${at}.port: expected none beside instance, whose connector knows it`);
}

/** A key is one value, and always there. */
export function checkKey(
  at: string,
  key: readonly string[],
  request: InterfaceFile['request'],
  problems: string[],
): void {
  for (const name of key) {
    const field = Object.hasOwn(request, name) ? request[name] : undefined;
    if (field === undefined)
      problems.push(`${at}: expected fields of interface.request, got ${JSON.stringify(name)}`);
    else if (!isRequired(field) && field.default === undefined)
      problems.push(
        `${at}: expected fields that are always there, and interface.request.${name} may be left out`,
      );
    else if (field.list !== undefined)
      problems.push(`${at}: expected fields of one value, and interface.request.${name} is a list`);
    else if (field.type === 'number')
      problems.push(
        `${at}: expected fields of type string, integer or boolean, and interface.request.${name} is a number`,
      );
  }
  if (new Set(key).size < key.length) problems.push(`${at}: expected each field once`);
}

/** Null on Google Cloud, and for a SQLite file, which the local stack has in the bucket of its name. */
function localStore(service: string, { kind }: StoreFile, { localBucket }: Place): StoreSettings | null {
  if (localBucket === null || kind === 'sqlite') return null;
  return { kind: 'sqlite', uri: `gs://${localBucket}/${service}.sqlite`, refreshMs: LOCAL_REFRESH_MS };
}

function storeOf(file: StoreFile, { project, region }: Place): StoreSettings {
  switch (file.kind) {
    case 'sqlite':
      return { kind: 'sqlite', uri: file.uri ?? '', refreshMs: durationMs(file.refresh ?? '1m') ?? 60_000 };
    case 'firestore':
      return { kind: 'firestore', project: file.project ?? project, database: file.database ?? '(default)' };
    case 'postgres':
      return {
        kind: 'postgres',
        instance: file.instance ?? null,
        host: file.host ?? null,
        port: file.port ?? 5432,
        database: file.database ?? '',
        user: file.user ?? '',
        passwordSecret: file.passwordSecret ?? null,
        tls: !isLoopback(file.host ?? ''),
      };
    case 'vertex':
      return {
        kind: 'vertex',
        project: file.project ?? project,
        region: file.region ?? region,
        featureOnlineStore: file.featureOnlineStore ?? '',
      };
    case 'feast':
      return { kind: 'feast', url: file.url ?? '', authentication: file.authentication ?? 'none' };
    default:
      return file.kind satisfies never;
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.');
}
