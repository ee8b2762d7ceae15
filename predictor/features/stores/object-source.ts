/** One file, in Cloud Storage or on this machine, and how to know that it was replaced. */
import { copyFile, stat } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { StoreError } from './store.ts';

export interface ObjectSource {
  /** What changes when the file is replaced; null: there is no file. Rejects with a StoreError. */
  generation(): Promise<string | null>;
  /** Writes that generation to a path of this machine. Rejects with a StoreError, also if it is gone by then. */
  fetch(generation: string, path: string): Promise<void>;
}

/** The file that a `gs://BUCKET/OBJECT` or a `file:///PATH` URI names. */
export async function openSource(uri: string): Promise<ObjectSource> {
  return uri.startsWith('gs://') ? bucketSource(uri) : fileSource(fileURLToPath(uri));
}

async function bucketSource(uri: string): Promise<ObjectSource> {
  const [, bucket = '', name = ''] = /^gs:\/\/([^/]+)\/(.+)$/.exec(uri) ?? [];
  const { Storage } = await import('@google-cloud/storage');
  const emulator = process.env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage(emulator === undefined ? {} : { apiEndpoint: emulator, projectId: 'local' });
  return {
    async generation() {
      try {
        const [metadata] = await storage.bucket(bucket).file(name).getMetadata();
        return String(metadata.generation);
      } catch (error) {
        if (isCode(error, 404)) return null;
        throw new StoreError(`${uri} cannot be read`, { cause: error });
      }
    },
    async fetch(generation, path) {
      try {
        const file = storage.bucket(bucket).file(name, { generation });
        await file.download({ destination: path });
      } catch (error) {
        throw new StoreError(`${uri} cannot be fetched`, { cause: error });
      }
    },
  };
}

function fileSource(file: string): ObjectSource {
  return {
    async generation() {
      try {
        const { ino, mtimeMs, size } = await stat(file);
        return `${ino}-${mtimeMs}-${size}`;
      } catch (error) {
        if (isCode(error, 'ENOENT')) return null;
        throw new StoreError(`${file} cannot be read`, { cause: error });
      }
    },
    async fetch(_generation, path) {
      try {
        // A copy: it may be written to in place, which an open database would not survive.
        await copyFile(file, path);
      } catch (error) {
        throw new StoreError(`${file} cannot be copied`, { cause: error });
      }
    },
  };
}

function isCode(error: unknown, code: string | number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
