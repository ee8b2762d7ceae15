/**
 * `npx node scripts/pin-images.ts`: asks the registries, by `docker buildx imagetools`, for the digest of each image that
 * builds start from, and writes it beside the tag. To move to a newer image, change its tag and run this; to take a
 * rebuilt image of the same tag, run this alone. Prints what has changed. Exits with 1, and changes nothing, if an image
 * cannot be resolved.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { findPins, PINNED_FILES, writePins } from './pins.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** The digest of a multi-platform image, as `docker pull` would take it. Throws with what docker said. */
function resolve(image: string): string {
  const printed = execFileSync(
    'docker',
    ['buildx', 'imagetools', 'inspect', image, '--format', '{{json .Manifest}}'],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
  );
  const manifest: unknown = JSON.parse(printed);
  const digest: unknown = Reflect.get(Object(manifest), 'digest');
  if (typeof digest !== 'string' || !/^sha256:[0-9a-f]{64}$/.test(digest)) {
    throw new Error(`${image}: expected a digest of docker, got ${printed.slice(0, 200)}`);
  }
  return digest;
}

/** Resolves every image named below `root` and writes the digests; returns a line for each that has changed. */
export function pinImages(root: string, resolveImage: (image: string) => string): string[] {
  const files = PINNED_FILES.map((name) => ({
    path: join(root, name),
    text: readFileSync(join(root, name), 'utf8'),
  }));
  const pins = files.flatMap(({ text }) => findPins(text));
  const images = [...new Set(pins.map(({ image }) => image))];
  const digests = new Map(images.map((image) => [image, resolveImage(image)]));
  for (const { path, text } of files) {
    const written = writePins(text, digests);
    if (written !== text) writeFileSync(path, written);
  }
  return images.flatMap((image) => {
    const before = new Set(pins.filter((pin) => pin.image === image).map(({ digest }) => digest));
    const now = digests.get(image) ?? '';
    return before.size === 1 && before.has(now) ? [] : [`${image}: ${[...before].join(', ')} → ${now}`];
  });
}

if (import.meta.main) {
  try {
    const lines = pinImages(ROOT, resolve);
    console.log(lines.length === 0 ? 'every pin is the one of its tag' : lines.join('\n'));
  } catch (error) {
    console.error(`pin-images: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  }
}
