/**
 * The newest artifact of a service. Its marker is found page by page, of which only the best is kept. A marker that was
 * rewritten is as old as what it marks (identity.ts): what the ledger remembers goes before its creation.
 */
import type { Artifacts, Instant, StoredObject } from '../../world.ts';
import { folderChecksum } from '../checks/folder-checksum.ts';
import { foundAt, type FirstWanted } from './identity.ts';
import { completes, globOf, patternsOf, type ArtifactPattern } from '../../config/pattern.ts';

/**
 * Signals that are looked at, the last ones to be created: the whole folder identifies the artifact that a signal marks. Where
 * more of them than that were rewritten, the older ones among those count as created.
 */
const SIGNALS_MAX = 200;

type Lister = Pick<Artifacts, 'list'>;

interface Found {
  readonly object: StoredObject;
  readonly at: Instant;
}

/** Null if nothing matches. Rejects with a CallError. */
export async function newestMarker(
  artifacts: Lister,
  pattern: ArtifactPattern,
  wantedAt: FirstWanted,
): Promise<StoredObject | null> {
  let best: Found | null = null;
  for (const each of patternsOf(pattern)) {
    const found = await (each.isSignal
      ? newestSignal(artifacts, each, wantedAt)
      : newestContent(artifacts, each, wantedAt));
    if (found !== null) best = newer(best, found.object, found.at);
  }
  return best?.object ?? null;
}

async function newestContent(
  artifacts: Lister,
  pattern: ArtifactPattern,
  wantedAt: FirstWanted,
): Promise<Found | null> {
  let best: Found | null = null;
  for await (const object of markers(artifacts, pattern)) {
    // It is no newer than its creation.
    if (best !== null && object.createdAt < best.at) continue;
    best = newer(best, object, wantedAt(foundAt(object, false)));
  }
  return best;
}

async function newestSignal(
  artifacts: Lister,
  pattern: ArtifactPattern,
  wantedAt: FirstWanted,
): Promise<Found | null> {
  const last: StoredObject[] = [];
  for await (const object of markers(artifacts, pattern)) {
    const oldest = last.at(-1);
    if (last.length === SIGNALS_MAX && oldest !== undefined && object.createdAt <= oldest.createdAt) continue;
    const place = last.findIndex(({ createdAt }) => createdAt < object.createdAt);
    last.splice(place === -1 ? last.length : place, 0, object);
    last.length = Math.min(last.length, SIGNALS_MAX);
  }
  let best: Found | null = null;
  for (const object of last) {
    if (best !== null && object.createdAt < best.at) break;
    const checksum = await folderChecksum(artifacts, {
      bucket: object.bucket,
      marker: object.name,
      signal: true,
    });
    const known = checksum === null ? null : wantedAt({ marker: object.name, checksum });
    best = newer(best, object, known);
  }
  return best;
}

async function* markers(artifacts: Lister, pattern: ArtifactPattern): AsyncGenerator<StoredObject> {
  for await (const page of artifacts.list(pattern.bucket, pattern.prefix, globOf(pattern)))
    for (const object of page) if (completes({ ...pattern, others: [] }, object)) yield object;
}

function newer(best: Found | null, object: StoredObject, known: Instant | null): Found {
  const at = Math.min(object.createdAt, known ?? Infinity);
  if (best === null || at > best.at) return { object, at };
  const isLater = at === best.at && BigInt(object.generation) > BigInt(best.object.generation);
  return isLater ? { object, at } : best;
}
