/** The newest artifact of a service: its marker, found page by page, of which only the best is kept. */
import type { Artifacts, Instant, StoredObject } from '../world.ts';
import { completes, globOf, type ArtifactPattern } from './pattern.ts';

/** `wantedAt` says how new an object is. Null if nothing matches. Rejects with a CallError. */
export async function newestMarker(
  artifacts: Pick<Artifacts, 'list'>,
  pattern: ArtifactPattern,
  wantedAt: (object: StoredObject) => Instant,
): Promise<StoredObject | null> {
  let best: StoredObject | null = null;
  for await (const page of artifacts.list(pattern.bucket, pattern.prefix, globOf(pattern))) {
    for (const object of page) {
      if (completes(pattern, object) && (best === null || isNewer(object, best, wantedAt))) best = object;
    }
  }
  return best;
}

function isNewer(a: StoredObject, b: StoredObject, wantedAt: (object: StoredObject) => Instant): boolean {
  const difference = wantedAt(a) - wantedAt(b);
  if (difference !== 0) return difference > 0;
  return BigInt(a.generation) > BigInt(b.generation);
}
