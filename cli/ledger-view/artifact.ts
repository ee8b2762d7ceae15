/** The artifact that a request is about, found as the functions find it. */
import type { Service } from '../../functions/config/config.ts';
import { Problem } from '../../functions/errors.ts';
import { refuseEncoded } from '../../functions/release/checks/encoding.ts';
import { firstWanted } from '../../functions/release/requests/identity.ts';
import { parseLedger, type Ledger } from '../../functions/release/ledger/ledger.ts';
import { newestMarker } from '../../functions/release/requests/newest.ts';
import { completes, markerOf, textOf } from '../../functions/config/pattern.ts';
import type { StoredObject, World } from '../../functions/world.ts';

/**
 * The marker of the artifact that `uri` names (its folder, or the marker itself), or that of the newest artifact.
 * Throws a Problem if there is none, or if it lies outside the service's pattern.
 */
export async function findArtifact(
  world: World,
  service: Service,
  uri: string | undefined,
): Promise<StoredObject> {
  const text = textOf(service.artifacts);
  if (uri === undefined) {
    const wantedAt = firstWanted(await ledgerIfReadable(world, service.name));
    const newest = await newestMarker(world.artifacts, service.artifacts, wantedAt);
    if (newest === null) throw new Problem('ARTIFACT_NOT_FOUND', `nothing matches ${text}`);
    refuseEncoded(newest);
    return newest;
  }
  const place = markerOf(service.artifacts, uri);
  if (place === null) throw new Problem('ARTIFACT_ELSEWHERE', `expected ${text}, got ${uri}`);
  const { bucket, name } = place;
  const marker = await world.artifacts.head(bucket, name);
  if (marker === null) throw new Problem('ARTIFACT_NOT_FOUND', `gs://${bucket}/${name}`);
  if (!completes(service.artifacts, marker)) throw new Problem('ARTIFACT_EMPTY', `gs://${bucket}/${name}`);
  refuseEncoded(marker);
  return marker;
}

/** What the ledger remembers of artifacts. One that cannot be read is the functions' to stop at. */
async function ledgerIfReadable({ ledgers }: World, service: string): Promise<Ledger | null> {
  const found = await ledgers.read(service);
  if (found === null) return null;
  try {
    return parseLedger(found.text, service);
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    return null;
  }
}
