/** A folder as a zip whose bytes depend on nothing but names, contents and what is executable. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { zipSync, type Zippable } from 'fflate';

/** The first moment that a zip can tell; it has no time zone. */
const NO_TIME = '1980-01-01T00:00:00';

/** Modes are read only from an archive that says it was made on Unix. */
const UNIX = 3;
const REGULAR_FILE = 0o100_000;

export interface Contents {
  /** Paths below the folder, with forward slashes; their order does not matter. */
  readonly names: readonly string[];
  /** Those of them that are started as commands. */
  readonly executable: readonly string[];
}

export function archive(folder: string, { names, executable }: Contents): Uint8Array {
  const files: Zippable = {};
  for (const name of names.toSorted((a, b) => (a < b ? -1 : 1))) {
    const mode = REGULAR_FILE | (executable.includes(name) ? 0o755 : 0o644);
    files[name] = [new Uint8Array(readFileSync(join(folder, name))), { os: UNIX, attrs: (mode << 16) >>> 0 }];
  }
  return zipSync(files, { level: 9, mtime: NO_TIME });
}
