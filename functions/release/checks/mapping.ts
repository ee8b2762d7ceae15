/** `features.json` of an artifact, as far as the deployer needs it: read and well formed, or a Problem. */
import {
  FEATURES_FILE,
  FEATURES_BYTES_MAX,
  readFeatures,
  type Features,
} from '../../../common/artifact/features.ts';
import { Problem } from '../../errors.ts';
import type { Artifacts, StoredObject } from '../../world.ts';
import { refuseEncoded } from './encoding.ts';
import type { Verified } from './verify.ts';
import { readText } from './read-text.ts';

/** Null: the artifact has none. Throws a Problem if it is not well formed, else CallErrors and nothing else. */
export async function readMapping(
  artifacts: Pick<Artifacts, 'head' | 'read'>,
  {
    marker,
    manifest,
  }: { readonly marker: Pick<StoredObject, 'bucket' | 'name'>; readonly manifest: Verified['manifest'] },
): Promise<Features | null> {
  const folder = marker.name.slice(0, marker.name.lastIndexOf('/') + 1);
  const object = await artifacts.head(marker.bucket, folder + FEATURES_FILE);
  if (object === null) return null;
  refuseEncoded(object);
  if (manifest !== null && !manifest.files.some(({ path }) => path === FEATURES_FILE))
    throw new Problem('FEATURES_INVALID', `expected manifest.json to list ${FEATURES_FILE}`);
  const text = await readText(artifacts, object, FEATURES_BYTES_MAX);
  if (text === null) throw new Problem('FEATURES_INVALID', `expected at most ${FEATURES_BYTES_MAX} bytes`);
  const read = readFeatures(text);
  if (read.features === null) throw invalid(read.problems, { cause: read.cause });
  if (read.unknown.length > 0)
    throw invalid(read.unknown.map((name) => `${name}: not a field that is known here`));
  return read.features;
}

function invalid(problems: readonly string[], options?: ErrorOptions): Problem {
  return new Problem('FEATURES_INVALID', problems.slice(0, 5).join('; '), options);
}
