/** A folder as a zip whose bytes depend on nothing but names and contents. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync } from 'fflate';

/** The first moment that a zip can tell; it has no time zone. */
const NO_TIME = '1980-01-01T00:00:00';

/** `names` are paths below `folder`, with forward slashes; their order does not matter. */
export function archive(folder: string, names: readonly string[]): Uint8Array {
  const files = names
    .toSorted((a, b) => (a < b ? -1 : 1))
    .map((name) => [name, new Uint8Array(readFileSync(join(folder, name)))] as const);
  return zipSync(Object.fromEntries(files), { level: 9, mtime: NO_TIME });
}
