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

/**
 * Throws a Problem if the artifact is not what was accepted, or not what its manifest says, or if its files are not
 * read by `until`.
 */
export async function verify(
  artifacts: Artifacts,
  request: Request,
  until: Instant = Number.POSITIVE_INFINITY,
): Promise<Verified> {
  const marker = await artifacts.head(request.bucket, request.marker);
  if (marker === null) throw new Problem('ARTIFACT_NOT_FOUND', `${request.marker} was deleted`);
  if (marker.generation !== request.generation) {
    throw new Problem('ARTIFACT_OVERWRITTEN', `generation ${request.generation} became ${marker.generation}`);
  }
  refuseEncoded(marker);
  const folder = request.marker.slice(0, request.marker.lastIndexOf('/') + 1);
  const golden = await artifacts.head(request.bucket, `${folder}golden.jsonl`);
  if (golden !== null) refuseEncoded(golden);
  const object = await artifacts.head(request.bucket, `${folder}manifest.json`);
  if (object === null) return { marker, manifest: null };
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
  for (const file of files) {
    const found = await artifacts.head(request.bucket, folder + file.path);
    if (found === null) throw new Problem('MANIFEST_INVALID', `${file.path} is missing`);
    refuseEncoded(found);
    if (found.size !== file.size) {
      throw new Problem('MANIFEST_INVALID', `${file.path}: expected ${file.size} bytes, got ${found.size}`);
    }
    const digest = await artifacts.sha256(found, until);
    if (digest.ended === 'late')
      throw new Problem('ARTIFACT_SLOW', `${file.path}, of ${file.size} bytes, was not read in time`);
    if (digest.ended === 'gone')
      throw new Problem('ARTIFACT_NOT_FOUND', `${file.path} was deleted or overwritten while it was read`);
    if (digest.sha256 !== file.sha256)
      throw new Problem('MANIFEST_INVALID', `${file.path}: its SHA-256 is another one`);
  }
  return { marker, manifest };
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
