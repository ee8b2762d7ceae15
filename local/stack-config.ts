/**
 * What the local stack needs of slipway.yaml: the buckets, the topics, and what stands in for each image. The
 * functions read the same file and say what is wrong with it; here it is only checked for what is used.
 */
import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { parse } from 'yaml';
import { DEFAULT_TOPICS, type Topics } from '../common/wiring.ts';

const file = Compile(
  Type.Object({
    project: Type.String(),
    region: Type.String(),
    state: Type.String(),
    topics: Type.Optional(Type.Record(Type.String(), Type.String())),
    services: Type.Record(
      Type.String(),
      Type.Object({ artifacts: Type.String({ pattern: '^gs://[^/]+/' }) }),
    ),
    local: Type.Optional(
      Type.Object({
        images: Type.Optional(Type.Record(Type.String(), Type.Array(Type.String(), { minItems: 1 }))),
      }),
    ),
  }),
);

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
  readonly images: ReadonlyMap<string, { readonly command: readonly string[] }>;
}

/** Throws an Error with a sentence for people if the file cannot be used. */
export function readStackConfig(path: string): StackConfig {
  const value: unknown = parse(readFileSync(path, 'utf8'), { maxAliasCount: 0 });
  if (!file.Check(value)) {
    const problems = file.Errors(value).map((error) => `${error.instancePath || '(top)'}: ${error.message}`);
    throw new Error(`${path}: ${problems.join('; ')}`);
  }
  const services = Object.values(value.services);
  const artifactBuckets = [...new Set(services.map(({ artifacts }) => artifacts.split('/')[2] ?? ''))];
  const images = Object.entries(value.local?.images ?? {}).map(
    ([image, command]) => [image, { command }] as const,
  );
  return {
    path: resolve(path),
    directory: dirname(resolve(path)),
    project: value.project,
    region: value.region,
    buckets: [...new Set([value.state, ...artifactBuckets])],
    stateBucket: value.state,
    artifactBuckets,
    topics: { ...DEFAULT_TOPICS, ...value.topics },
    services: Object.entries(value.services).map(([name, { artifacts }]) => {
      const [, , bucket = '', ...path] = artifacts.split('/');
      return { name, bucket, prefix: path.join('/').split('*')[0] ?? '' };
    }),
    images: new Map(images),
  };
}
