/**
 * What identifies an artifact whose marker is a signal, such as an empty `_SUCCESS`: the marker is the same for every
 * artifact, so the checksums of all that lies beside it count.
 */
import { hash } from 'node:crypto';
import type { Artifacts } from '../../world.ts';
import type { Request } from '../ledger/ledger.ts';
import { isSignal } from '../../config/pattern.ts';
import { folderPrefix, isOfRegistry } from '../../../common/artifact/uri.ts';

/** A folder of more objects is known by the generation of its marker alone. */
const OBJECTS_MAX = 1_000;

/** The marker's part of a name. */
export function markerNameOf(object: string): string {
  return object.slice(object.lastIndexOf('/') + 1);
}

/** Null where the marker is the content itself, or where the folder is too large to tell. Rejects with a CallError. */
export async function folderChecksum(
  artifacts: Pick<Artifacts, 'list'>,
  { bucket, marker, signal }: Pick<Request, 'bucket' | 'marker' | 'signal'>,
): Promise<string | null> {
  if (isOfRegistry({ bucket }) || !(signal ?? isSignal(markerNameOf(marker)))) return null;
  const folder = folderPrefix(marker);
  const lines: string[] = [];
  for await (const page of artifacts.list(bucket, folder, '**')) {
    for (const { name, size, checksum } of page) {
      // The signal itself says nothing, nor does what consoles and gcsfuse put there for the folder.
      if (name === marker || (size === 0 && name.endsWith('/'))) continue;
      const isUnknown = checksum === null && size > 0;
      if (isUnknown || lines.length >= OBJECTS_MAX) return null;
      lines.push(JSON.stringify([name.slice(folder.length), size, checksum ?? 'empty']));
    }
  }
  return `folder:${hash('sha256', lines.toSorted().join())}`;
}
