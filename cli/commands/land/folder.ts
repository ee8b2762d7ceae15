/** The files of a folder on this machine, with what Cloud Storage and manifest.json say of each. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { CRC32C } from '@google-cloud/storage';
import { EXIT, Failure } from '../../terminal/failure.ts';

export interface LocalFile {
  /** Inside the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
  /** Lower-case hex. */
  readonly sha256: string;
  /** Base64, as Cloud Storage has it. */
  readonly crc32c: string;
  /** Where the content is: a path of this machine, or the bytes themselves. */
  readonly content: string | Buffer;
}

/** Sorted by path. Names that begin with a dot, such as .DS_Store, are left out. Throws a Failure. */
export async function readFolder(folder: string): Promise<LocalFile[]> {
  const names = await filesIn(folder);
  const files: LocalFile[] = [];
  // One after the other: each is read as a whole, and a disk is no quicker with several.
  for (const name of names) files.push(await readOne(join(folder, name), name).catch(unreadable(name)));
  return files;
}

function unreadable(name: string): (cause: unknown) => never {
  return (cause) => {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Failure(EXIT.usage, `${name} cannot be read: ${why}`, { cause });
  };
}

async function filesIn(folder: string): Promise<string[]> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new Failure(EXIT.usage, `expected a folder, got ${folder}`);
  const names: string[] = [];
  const walk = async (inside: string) => {
    for (const entry of await readdir(join(folder, inside), { withFileTypes: true })) {
      const path = `${inside}${entry.name}`;
      if (entry.name.startsWith('.')) continue;
      // A link may lead out of the folder, or in a circle: what is landed is what lies here.
      if (entry.isSymbolicLink())
        throw new Failure(EXIT.usage, `${path} is a symbolic link: expected a file`);
      if (entry.isDirectory()) await walk(`${path}/`);
      else if (entry.isFile()) names.push(path);
    }
  };
  await walk('');
  return names.toSorted((a, b) => (a < b ? -1 : 1));
}

async function readOne(file: string, path: string): Promise<LocalFile> {
  const sha256 = createHash('sha256');
  const crc32c = new CRC32C();
  let size = 0;
  for await (const chunk of createReadStream(file)) {
    const bytes: Buffer = chunk;
    sha256.update(bytes);
    crc32c.update(bytes);
    size += bytes.length;
  }
  return { path, size, sha256: sha256.digest('hex'), crc32c: crc32c.toString(), content: file };
}

export function fileOf(path: string, bytes: Buffer): LocalFile {
  const crc32c = new CRC32C();
  crc32c.update(bytes);
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  return { path, size: bytes.length, sha256, crc32c: crc32c.toString(), content: bytes };
}

/** Eight hex digits that stand for the content of all files, and their names. */
export function digestOf(files: readonly LocalFile[]): string {
  const lines = files.map(({ path, sha256 }) => JSON.stringify([path, sha256]));
  return createHash('sha256').update(lines.join()).digest('hex').slice(0, 8);
}
