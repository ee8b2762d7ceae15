/**
 * Checks an artifact before anything is spent on it: the marker is still the object that was accepted, and, where
 * the folder has a manifest.json, every file it lists is there with the size and SHA-256 it states.
 */
import {
  MANIFEST_BYTES_MAX,
  readManifest,
  type Manifest,
  type ManifestFile,
} from '../../../common/artifact/manifest.ts';
import { Problem } from '../../errors.ts';
import type { Artifacts, Instant, StoredObject } from '../../world.ts';
import { refuseEncoded } from './encoding.ts';
import { folderChecksum } from './folder-checksum.ts';
import { foundAt, isSameArtifact } from '../requests/identity.ts';
import type { Request } from '../ledger/ledger.ts';
import { isSignal } from '../../config/pattern.ts';
import { folderPrefix } from '../../../common/artifact/uri.ts';
import { goneWhileRead, readText } from './read-text.ts';

/** An artifact that is what it says it is. */
export interface Verified {
  readonly marker: StoredObject;
  readonly manifest: Manifest | null;
}

/** How far an examination has come. */
export type Verification =
  | { readonly is: 'whole'; readonly verified: Verified }
  /** So many files of the manifest are as they should be; the time was up before the next one was read. */
  | { readonly is: 'partial'; readonly files: number; readonly slow: string }
  /** Files that the manifest lists are still to come. */
  | { readonly is: 'incomplete'; readonly detail: string };

/** An object this much older than its manifest, in ms, is what an earlier artifact left in the folder. */
const OF_AN_EARLIER_ARTIFACT = 600_000;

/**
 * Examines the artifact, from file number `from` of its manifest on, until that time. Throws a Problem if it is not
 * what was accepted, or not what its manifest says.
 */
export async function verify(
  artifacts: Artifacts,
  request: Request,
  from = 0,
  until: Instant = Number.POSITIVE_INFINITY,
): Promise<Verification> {
  const marker = await artifacts.head(request.bucket, request.marker);
  if (marker === null) throw new Problem('ARTIFACT_NOT_FOUND', `${request.marker} was deleted`);
  if (
    !isSameArtifact(request, foundAt(marker, request.signal)) &&
    !(await isSameFolder(artifacts, request))
  ) {
    throw new Problem('ARTIFACT_OVERWRITTEN', `generation ${request.generation} became ${marker.generation}`);
  }
  refuseEncoded(marker);
  const folder = folderPrefix(request.marker);
  const golden = await artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (golden !== null) refuseEncoded(golden);
  const object = await artifacts.head(request.bucket, `${folder}manifest.json`);
  if (object === null) return { is: 'whole', verified: { marker, manifest: null } };
  refuseEncoded(object);
  const text = await readText(artifacts, object, MANIFEST_BYTES_MAX);
  if (text === null) throw new Problem('MANIFEST_INVALID', `expected at most ${MANIFEST_BYTES_MAX} bytes`);

  const manifest = parseManifest(text);
  const { files } = manifest;
  const name = request.marker.slice(folder.length);
  // A signal is written after the manifest, and is no part of what it describes.
  if (!(request.signal ?? isSignal(name)) && !files.some((file) => file.path === name)) {
    throw new Problem('MANIFEST_INVALID', `expected files to list ${name}`);
  }
  for (const [i, file] of files.entries()) {
    if (i < from) continue;
    const found = await artifacts.head(request.bucket, folder + file.path);
    if (found === null) return { is: 'incomplete', detail: `${file.path} is missing` };
    refuseEncoded(found);
    const isEarlier = object.createdAt - found.createdAt > OF_AN_EARLIER_ARTIFACT;
    const problem =
      found.size === file.size ? await checkDigest(artifacts, found, file, until) : sizes(file, found);
    if (problem === 'late')
      return { is: 'partial', files: i, slow: `${file.path}, of ${file.size} bytes, was not read in time` };
    if (problem !== null && isEarlier)
      return { is: 'incomplete', detail: `${problem}, and older than the manifest` };
    if (problem !== null) throw new Problem('MANIFEST_INVALID', problem);
  }
  return { is: 'whole', verified: { marker, manifest } };
}

/** A marker that is only a signal may be written again: what lies beside it tells. */
async function isSameFolder(artifacts: Artifacts, request: Request): Promise<boolean> {
  const checksum = await folderChecksum(artifacts, request);
  return checksum !== null && checksum === request.checksum;
}

function sizes(file: ManifestFile, found: StoredObject): string {
  return `${file.path}: expected ${file.size} bytes, got ${found.size}`;
}

/** Null: the content is what the manifest says. Else why it is not, or `late`. */
async function checkDigest(
  artifacts: Artifacts,
  found: StoredObject,
  file: ManifestFile,
  until: Instant,
): Promise<string | null> {
  const digest = await artifacts.sha256(found, until);
  if (digest.ended === 'late') return 'late';
  if (digest.ended === 'gone') throw goneWhileRead('artifacts.sha256', found);
  return digest.sha256 === file.sha256 ? null : `${file.path}: its SHA-256 is another one`;
}

function parseManifest(text: string): Manifest {
  const read = readManifest(text);
  if (read.manifest === null) throw invalid(read.problems, { cause: read.cause });
  if (read.unknown.length > 0)
    throw invalid(read.unknown.map((name) => `${name}: not a field that is known here`));
  return read.manifest;
}

function invalid(problems: readonly string[], options?: ErrorOptions): Problem {
  return new Problem('MANIFEST_INVALID', problems.slice(0, 5).join('; '), options);
}
