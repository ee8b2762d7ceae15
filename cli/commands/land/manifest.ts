/** manifest.json for a folder: every file with its size and SHA-256. What else an existing one says stays. */
import { readFile } from 'node:fs/promises';
import type { ArtifactPattern } from '../../../functions/config/pattern.ts';
import { EXIT, Failure } from '../../terminal/failure.ts';
import { fileOf, type LocalFile } from './folder.ts';

const NAME = 'manifest.json';

/** The files with a manifest that describes them. Throws a Failure if the one that is there is no JSON object. */
export async function withManifest(
  files: readonly LocalFile[],
  { marker, isSignal }: Pick<ArtifactPattern, 'marker' | 'isSignal'>,
): Promise<LocalFile[]> {
  const others = files.filter(({ path }) => path !== NAME);
  // A signal is written last, and is no part of what the manifest describes.
  const listed = others.filter(({ path }) => path !== marker || !isSignal);
  const manifest = {
    ...(await existing(files)),
    schema: 1,
    files: listed.map(({ path, size, sha256 }) => ({ path, size, sha256 })),
  };
  const file = fileOf(NAME, Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`));
  return [...others, file].toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

async function existing(files: readonly LocalFile[]): Promise<object> {
  const found = files.find(({ path }) => path === NAME);
  if (found === undefined) return {};
  const text =
    typeof found.content === 'string' ? await readFile(found.content, 'utf8') : String(found.content);
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  } catch {
    // Said below, with what else it may be.
  }
  throw new Failure(EXIT.usage, 'manifest.json is not a JSON object: correct it, or leave it out');
}
