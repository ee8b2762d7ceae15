/**
 * The object that makes the results of a batch answers by key: it names the files of results with their generations, so
 * that one write publishes any number of rows at once. Each model version has its own, `_published/RELEASE.json` below
 * `batch.outputs`, named by the release that uploaded the version. A predictor reads that of its own version and no other.
 */
import { isRecord, jsonOf, property } from '../artifact/values.ts';

export interface PublishedFile {
  readonly uri: string;
  /** Null: the one there is. A merge that is made again writes the same bytes as another generation. */
  readonly generation: string | null;
}

export interface Published {
  readonly schema: 1;
  readonly service: string;
  /** The release that uploaded the version. */
  readonly release: string;
  readonly version: string;
  readonly batch: string;
  /** When the batch was accepted, in ms since 1970: a later batch replaces an earlier one. */
  readonly acceptedAt: number;
  /** When the job was created, in ms since 1970: no prediction is older. */
  readonly at: number;
  /** Request fields, in the order of the key. */
  readonly key: readonly string[];
  /** Lines of JSON, each with `instance`, which has the fields of the key, and `prediction`. */
  readonly files: readonly PublishedFile[];
}

export function publishedName(prefix: string, release: string): string {
  return `${prefix}_published/${release}.json`;
}

/** Shards of a job of a thousand replicas have 300 kB. */
export const PUBLISHED_BYTES_MAX = 4 * 1024 * 1024;

/** Throws an Error that says what was expected. */
export function readPublished(text: string): Published {
  const value = jsonOf(text);
  const files = property(value, 'files');
  const key = property(value, 'key');
  const isKnown =
    isRecord(value) &&
    value['schema'] === 1 &&
    ['service', 'release', 'version', 'batch'].every((name) => typeof value[name] === 'string') &&
    ['acceptedAt', 'at'].every((name) => typeof value[name] === 'number') &&
    Array.isArray(key) &&
    Array.isArray(files) &&
    files.every(
      (file) => typeof property(file, 'uri') === 'string' && isGeneration(property(file, 'generation')),
    );
  if (!isKnown) throw new Error('expected the published results of a batch, schema 1');
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- as checked, and written by the engine
  return value as unknown as Published;
}

function isGeneration(value: unknown): boolean {
  return value === null || typeof value === 'string';
}
