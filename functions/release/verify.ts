/**
 * Checks an artifact before anything is spent on it: the marker is still the object that was accepted, and, where
 * the folder has a manifest.json, every file it lists is there with the size and SHA-256 it states.
 */
import { Type } from 'typebox';
import { Compile } from 'typebox/compile';
import { Problem } from '../errors.ts';
import { describeErrors } from '../schema-problems.ts';
import type { Artifacts, Instant, StoredObject } from '../world.ts';
import { refuseEncoded } from './encoding.ts';
import { folderChecksum } from './folder-checksum.ts';
import { foundAt, isSameArtifact } from './identity.ts';
import type { Request } from './ledger.ts';
import { isSignal } from './pattern.ts';

const MANIFEST_MAX_BYTES = 262_144;

const strict = { additionalProperties: false } as const;

/** Nothing in it chooses what is deployed, or how: that is in slipway.yaml alone. */
export const ManifestSchema = Type.Object(
  {
    schema: Type.Literal(1),
    files: Type.Array(
      Type.Object(
        {
          // Relative, inside the folder: no empty, "." or ".." segment, no leading slash, no control characters.
          path: Type.String({
            maxLength: 512,
            pattern:
              '^(?!\\.{1,2}(/|$))[^/\\u0000-\\u001f\\\\]+(/(?!\\.{1,2}(/|$))[^/\\u0000-\\u001f\\\\]+)*$',
          }),
          size: Type.Integer({ minimum: 0 }),
          sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
        },
        strict,
      ),
      { minItems: 1, maxItems: 1000 },
    ),
    /** The model's inputs and outputs, for its readers. */
    signature: Type.Optional(Type.Unknown()),
  },
  strict,
);

const manifestText = Compile(ManifestSchema);

/** An artifact that is what it says it is. */
export interface Verified {
  readonly marker: StoredObject;
  readonly manifest: Type.Static<typeof ManifestSchema> | null;
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
  if (!isSameArtifact(request, foundAt(marker)) && !(await isSameFolder(artifacts, request))) {
    throw new Problem('ARTIFACT_OVERWRITTEN', `generation ${request.generation} became ${marker.generation}`);
  }
  refuseEncoded(marker);
  const folder = request.marker.slice(0, request.marker.lastIndexOf('/') + 1);
  const golden = await artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (golden !== null) refuseEncoded(golden);
  const object = await artifacts.head(request.bucket, `${folder}manifest.json`);
  if (object === null) return { is: 'whole', verified: { marker, manifest: null } };
  refuseEncoded(object);
  const text = await artifacts.read(object, MANIFEST_MAX_BYTES);
  if (text === null) throw new Problem('MANIFEST_INVALID', `expected at most ${MANIFEST_MAX_BYTES} bytes`);

  const manifest = parseManifest(text);
  const { files } = manifest;
  const name = request.marker.slice(folder.length);
  // A signal is written after the manifest, and is no part of what it describes.
  if (!isSignal(name) && !files.some((file) => file.path === name)) {
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

type ListedFile = Type.Static<typeof ManifestSchema>['files'][number];

function sizes(file: ListedFile, found: StoredObject): string {
  return `${file.path}: expected ${file.size} bytes, got ${found.size}`;
}

/** Null: the content is what the manifest says. Else why it is not, or `late`. */
async function checkDigest(
  artifacts: Artifacts,
  found: StoredObject,
  file: ListedFile,
  until: Instant,
): Promise<string | null> {
  const digest = await artifacts.sha256(found, until);
  if (digest.ended === 'late') return 'late';
  if (digest.ended === 'gone')
    throw new Problem('ARTIFACT_NOT_FOUND', `${file.path} was deleted or overwritten while it was read`);
  return digest.sha256 === file.sha256 ? null : `${file.path}: its SHA-256 is another one`;
}

function parseManifest(text: string): Type.Static<typeof ManifestSchema> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new Problem('MANIFEST_INVALID', 'expected JSON', { cause });
  }
  if (manifestText.Check(value)) return value;
  const problems = describeErrors(manifestText.Errors(value), value).slice(0, 5);
  throw new Problem('MANIFEST_INVALID', problems.join('; '));
}
