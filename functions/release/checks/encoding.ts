/**
 * Objects whose stored bytes are not their content. Vertex AI copies a folder as it is stored, a model server cannot
 * load what is packed, and a size or a checksum is then that of something else: such an artifact is refused by name.
 */
import { Problem } from '../../errors.ts';
import type { StoredObject } from '../../world.ts';

/** Throws ARTIFACT_ENCODED, with the object's name. */
export function refuseEncoded(object: StoredObject): void {
  const reason = encodingOf(object);
  if (reason !== null) throw new Problem('ARTIFACT_ENCODED', reason);
}

/** What is wrong, in words; null if the object is stored as it is. */
export function encodingOf({ bucket, name, contentEncoding }: StoredObject): string | null {
  if (contentEncoding === null) return null;
  return `gs://${bucket}/${name} has the Content-Encoding ${contentEncoding.slice(0, 40)}`;
}
