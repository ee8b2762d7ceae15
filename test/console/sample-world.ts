/** A Google Cloud in memory that a console reads: ledgers, endpoints and operations as given, and every read counted. */
import { parseConfig, type Config } from '../../functions/config/config.ts';
import { modelId } from '../../functions/release/ids.ts';
import type { Ledger } from '../../functions/release/ledger/ledger.ts';
import type { Endpoint, ModelVersion, Operation, StoredObject, World } from '../../functions/world.ts';
import type { VersionDetails } from '../../cli/ledger-view/version-details.ts';
import type { Session } from '../../cli/session.ts';
import { memoryWorld } from '../support/memory-world.ts';

export const PARENT = 'projects/my-project/locations/us-central1';
export const STATE = 'my-state';

export interface SampleWorld {
  readonly session: Session;
  readonly config: Config;
  /** How often what was asked, by its name. */
  readonly reads: Map<string, number>;
  readonly published: unknown[];
  readonly endpoints: Map<string, Endpoint>;
  readonly operations: Map<string, Operation>;
  readonly versions: Map<string, VersionDetails>;
  readonly objects: StoredObject[];
  readonly texts: Map<string, string>;
  /** Endpoints whose models have answered no request for a day. */
  readonly idle: Set<string>;
  /** Writes a ledger; `name` with `.batch` for that of the batches. */
  write(name: string, ledger: Ledger | object | string): void;
  /** Every call rejects with this while it is set. */
  failure: Error | null;
  /** Every publish does, while it is set. */
  refusal: Error | null;
}

export function configOf(services: readonly string[], more: Readonly<Record<string, string>> = {}): Config {
  const entries = services.map(
    (name) =>
      `  ${name}: { artifacts: "gs://models/${name}/*/model.onnx", image: "us-docker.pkg.dev/my-project/slipway/predictor", endpoint: ${name}, ${more[name] ?? ''} }`,
  );
  return parseConfig(
    `project: my-project\nregion: us-central1\nstate: ${STATE}\nservices:\n${entries.join('\n')}\n`,
  );
}

export function sampleWorld(config: Config): SampleWorld {
  const base = memoryWorld();
  const reads = new Map<string, number>();
  const published: unknown[] = [];
  const ledgers = new Map<string, { text: string; generation: string; updatedAt: number }>();
  const endpoints = new Map<string, Endpoint>();
  const operations = new Map<string, Operation>();
  const versions = new Map<string, VersionDetails>();
  const objects: StoredObject[] = [];
  const texts = new Map<string, string>();
  const idle = new Set<string>();
  let writes = 0;
  const sample: Pick<SampleWorld, 'failure' | 'refusal'> = { failure: null, refusal: null };
  const counted = async <T>(what: string, read: () => T): Promise<T> => {
    reads.set(what, (reads.get(what) ?? 0) + 1);
    if (sample.failure !== null) throw sample.failure;
    return read();
  };
  const world: World = {
    ...base,
    clock: {
      now: () => Date.now(),
      sleep: (ms) =>
        new Promise((resolve) => {
          setTimeout(resolve, ms);
        }),
    },
    ledgers: { ...base.ledgers, read: (name) => counted('ledgers.read', () => ledgers.get(name) ?? null) },
    artifacts: {
      head: (bucket, name) =>
        counted('artifacts.head', () => objects.find((o) => o.bucket === bucket && o.name === name) ?? null),
      async *list(bucket, prefix) {
        yield await counted('artifacts.list', () =>
          bucket === STATE
            ? [...ledgers].map(([name, { generation }]) =>
                objectOf(STATE, `ledgers/${name}.json`, generation),
              )
            : objects.filter((o) => o.bucket === bucket && o.name.startsWith(prefix)),
        );
      },
      read: ({ name }) => counted('artifacts.read', () => texts.get(name) ?? null),
      readRange: ({ name }, start, end) =>
        counted('artifacts.readRange', () => Buffer.from(texts.get(name) ?? '').subarray(start, end)),
      sha256: () => counted('artifacts.sha256', () => ({ ended: 'gone' as const })),
    },
    monitoring: {
      served: (endpoint) =>
        counted(
          'monitoring',
          () => new Map([['1', { requests: idle.has(endpoint) ? 0 : 412, errors: 0, p95Ms: 38 }]]),
        ),
    },
    bus: {
      publish: (_topic, data) =>
        counted('publish', () => {
          if (sample.refusal !== null) throw sample.refusal;
          published.push(structuredClone(data));
        }),
    },
    vertex: Object.assign(Object.create(base.vertex), {
      getEndpoint: (name: string) => counted('vertex', () => endpoints.get(name) ?? null),
      findEndpoints: (_: string, displayName: string) =>
        counted('vertex', () => [...endpoints.values()].filter((e) => e.displayName === displayName)),
      getOperation: (name: string) => counted('vertex', () => operations.get(name) ?? null),
      listVersions: (name: string) => counted('vertex', () => versionsOf(name, versions)),
    }),
  };
  return Object.assign(sample, {
    session: {
      config,
      world,
      env: {},
      uploads: { create: () => Promise.reject(new Error('nothing is uploaded')) },
      versionDetails: (model: string, version: string) =>
        counted('vertex', () => versions.get(`${model}@${version}`) ?? null),
    },
    config,
    reads,
    published,
    endpoints,
    operations,
    versions,
    objects,
    texts,
    idle,
    write(name: string, ledger: object | string) {
      writes += 1;
      const text = typeof ledger === 'string' ? ledger : JSON.stringify(ledger);
      ledgers.set(name, { text, generation: String(1_000 + writes), updatedAt: Date.now() });
    },
  });
}

export function objectOf(
  bucket: string,
  name: string,
  generation = '11',
  createdAt = Date.now(),
): StoredObject {
  return { bucket, name, generation, createdAt, size: 52_623, checksum: null, contentEncoding: null };
}

function versionsOf(wanted: string, versions: ReadonlyMap<string, VersionDetails>): ModelVersion[] {
  return [...versions].flatMap(([name, { description, labels, aliases, createdAt }]) => {
    const [model = '', version = ''] = name.split('@');
    if (model !== wanted) return [];
    return [{ model, version, description, labels, aliases, createdAt }];
  });
}

export function modelName(service: string): string {
  return `${PARENT}/models/${modelId(service)}`;
}
