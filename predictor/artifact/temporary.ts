/** Files of this process alone, for as long as it runs at most. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ModelError } from '../model/model-error.ts';

let folder: string | null = null;

/** A path for a file of this name. Throws a ModelError if there is no place for one. */
export function temporaryFile(name: string): string {
  folder ??= makeFolder();
  return join(folder, name);
}

/** Removes the files. What has them open keeps them. */
export function removeTemporaryFiles(): void {
  if (folder === null) return;
  rmSync(folder, { recursive: true, force: true });
  folder = null;
}

function makeFolder(): string {
  try {
    const made = mkdtempSync(join(tmpdir(), 'predictor-'));
    process.once('exit', removeTemporaryFiles);
    return made;
  } catch (error) {
    throw new ModelError(
      `expected a folder for temporary files that can be written (TMPDIR), got ${tmpdir()}`,
      {
        cause: error,
      },
    );
  }
}
