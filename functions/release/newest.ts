/** The newest artifact of a service: its marker, found page by page, of which only the best is kept. */
import type { Artifacts, StoredObject } from '../world.ts';
import { completes, globOf, type ArtifactPattern } from './pattern.ts';

/** Null if nothing matches. Rejects with a CallError. */
export async function newestMarker(
  artifacts: Pick<Artifacts, 'list'>,
  pattern: ArtifactPattern,
): Promise<StoredObject | null> {
  let best: StoredObject | null = null;
  for await (const page of artifacts.list(pattern.bucket, pattern.prefix, globOf(pattern))) {
    for (const object of page) {
      if (completes(pattern, object) && (best === null || isNewer(object, best))) best = object;
    }
  }
  return best;
}

function isNewer(a: StoredObject, b: StoredObject): boolean {
  if (a.createdAt !== b.createdAt) return a.createdAt > b.createdAt;
  return BigInt(a.generation) > BigInt(b.generation);
}
