/** What the local stack needs of slipway.yaml, as the functions read it: the buckets, the topics, the images. */
import { dirname, resolve } from 'node:path';
import type { Topics } from '../common/wiring.ts';
import { loadConfig, type Service } from '../functions/config/config.ts';
import { LOCAL_FEATURES_BUCKET, LOCAL_FEATURES_VARIABLE } from '../common/local-features.ts';
import { bucketOf } from '../common/artifact/uri.ts';

export interface StackConfig {
  readonly path: string;
  /** Where the commands of `local.images` run. */
  readonly directory: string;
  readonly project: string;
  readonly region: string;
  readonly buckets: readonly string[];
  readonly stateBucket: string;
  readonly artifactBuckets: readonly string[];
  readonly topics: Topics;
  /** Each with the bucket and the start of the names of its artifacts. */
  readonly services: readonly { readonly name: string; readonly bucket: string; readonly prefix: string }[];
  /** Where services watch for inputs of batches. */
  readonly inputs: readonly { readonly bucket: string; readonly prefix: string }[];
  readonly images: ReadonlyMap<
    string,
    { readonly command: readonly string[]; readonly allowed: readonly (readonly string[])[] }
  >;
}

/** Throws a ConfigError that lists everything that is wrong with the file. */
export function readStackConfig(path: string): StackConfig {
  const { project, region, stateBucket, topics, services, localImages } = loadConfig({
    SLIPWAY_CONFIG: path,
    [LOCAL_FEATURES_VARIABLE]: LOCAL_FEATURES_BUCKET,
  });
  const stores = [...services.values()].flatMap(({ features }) => features?.settings.store ?? []);
  const featureBuckets = stores.flatMap((store) => (store.kind === 'sqlite' ? [bucketOf(store.uri)] : []));
  const watched = [...services.values()].flatMap(({ name, artifacts }) =>
    [artifacts, ...artifacts.others].map(({ bucket, prefix }) => ({ name, bucket, prefix })),
  );
  const batches = [...services.values()].flatMap(({ batch }) => batch ?? []);
  const inputs = batches.flatMap(({ inputs: pattern }) =>
    pattern === null ? [] : [{ bucket: pattern.bucket, prefix: pattern.name.split('*', 1)[0] ?? '' }],
  );
  const batchBuckets = batches.flatMap(({ outputs, staging }) => [
    ...(typeof outputs === 'string' ? [] : [outputs.bucket]),
    ...(staging === null ? [] : [staging.bucket]),
  ]);
  // Programs of a developer's machine: those alone that stand in the file.
  const allowed = [...services.values()].flatMap(({ serving }) => commandsOf(serving));
  const artifactBuckets = [...new Set(watched.map(({ bucket }) => bucket))];
  return {
    path: resolve(path),
    directory: dirname(resolve(path)),
    project,
    region,
    buckets: [
      ...new Set([
        stateBucket,
        ...artifactBuckets,
        ...inputs.map(({ bucket }) => bucket),
        ...batchBuckets,
        ...featureBuckets,
      ]),
    ],
    stateBucket,
    artifactBuckets,
    topics,
    services: watched,
    inputs,
    // All models are on one machine here: its cores are not there for each of them, unless serving.env says so.
    images: new Map(
      [...localImages].map(([image, command]) => [
        image,
        { command, allowed, env: { SLIPWAY_PROCESSES: '1' } },
      ]),
    ),
  };
}

/** What the models of a service run instead of their image's command, and as probes. */
function commandsOf({ command, probes }: Service['serving']): (readonly string[])[] {
  const probed = Object.values(probes).flatMap((probe) =>
    probe?.action.kind === 'exec' ? [probe.action.command] : [],
  );
  return command.length > 0 ? [command, ...probed] : probed;
}
