/** `manifest.json`: what files the artifact has, with size and SHA-256, and what its first dimensions are. */
import { readManifest as read, type Manifest, type ManifestFile } from '../../common/artifact/manifest.ts';
import { ModelError } from '../model/model-error.ts';

export type FileEntry = ManifestFile;

/** Throws a ModelError that lists every problem. */
export function readManifest(text: string): Manifest {
  const found = read(text);
  if (found.manifest !== null) return found.manifest;
  throw new ModelError(`manifest.json: ${found.problems.join('; ')}`, { cause: found.cause });
}
