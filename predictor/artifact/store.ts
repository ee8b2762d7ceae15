/**
 * Where the artifact's files are read from: the folder AIP_STORAGE_URI names, in Cloud Storage or on disk.
 * On Vertex AI it is a copy that Google made when the model was uploaded.
 */
import { closeSync, constants, lstatSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { downloading, isCode } from '../../common/cloud-storage.ts';
import { ModelError } from '../model/model-error.ts';
import { openBuckets } from './bucket.ts';
import { temporaryFile } from './temporary.ts';

export interface Store {
  /** The file's bytes, or null if there is none. `path` is relative, of segments checked by `assertPath`. */
  read(path: string): Promise<Buffer | null>;
  /** Where the file lies on this machine, which it may be fetched to; null if there is none. */
  locate(path: string): Promise<string | null>;
}

/** The store a `gs://` or `file://` URI names. */
export async function openStore(uri: string): Promise<Store> {
  return uri.startsWith('gs://') ? bucketStore(uri) : folderStore(fileURLToPath(uri));
}

/** Throws unless the path stays inside the folder it is read from. */
export function assertPath(path: string): void {
  const segments = path.split('/');
  const outside = segments.some((segment) => segment === '' || segment === '.' || segment === '..');
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  if (outside || /[\\\u0000-\u001f]|^[a-z]:/i.test(path)) {
    throw new ModelError(`expected a file path inside the artifact, got ${JSON.stringify(path)}`);
  }
}

function folderStore(folder: string): Store {
  return {
    async read(path) {
      assertPath(path);
      let file: number | null = null;
      try {
        // A link could lead out of the folder; Cloud Storage has none.
        file = openSync(join(folder, path), constants.O_RDONLY | constants.O_NOFOLLOW);
        // Nothing is served yet that this could hold up, and it is the faster way.
        return readFileSync(file);
      } catch (error) {
        if (isCode(error, 'ENOENT')) return null;
        throw new ModelError(`the artifact's ${path} cannot be read from ${folder}`, { cause: error });
      } finally {
        if (file !== null) closeSync(file);
      }
    },
    async locate(path) {
      assertPath(path);
      const stats = lstatSync(join(folder, path), { throwIfNoEntry: false });
      if (stats === undefined) return null;
      if (stats.isFile()) return join(folder, path);
      throw new ModelError(`expected the artifact's ${path} to be a file, got something else`);
    },
  };
}

async function bucketStore(uri: string): Promise<Store> {
  const buckets = await openBuckets();
  const folder = uri.endsWith('/') ? uri : `${uri}/`;
  const download = async (path: string, destination?: string): Promise<Buffer | null> => {
    assertPath(path);
    try {
      const file = buckets.file(`${folder}${path}`);
      const [bytes] = await downloading(() =>
        file.download(destination === undefined ? {} : { destination }),
      );
      return bytes;
    } catch (error) {
      if (isCode(error, 404)) return null;
      throw new ModelError(`the artifact's ${path} cannot be read from ${uri}`, { cause: error });
    }
  };
  return {
    read: (path) => download(path),
    async locate(path) {
      // On disk: the runtime needs a third of the memory to load a file that it has not to be given.
      const destination = temporaryFile(path.replaceAll('/', '_'));
      return (await download(path, destination)) === null ? null : destination;
    },
  };
}
