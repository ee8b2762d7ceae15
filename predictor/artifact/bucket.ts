/** Cloud Storage as the predictor reads it: the client, loaded when a `gs://` URI is read first, and its known fault. */
import type { File } from '@google-cloud/storage';
import { objectOf } from '../../common/artifact/uri.ts';

/** `file(uri)` is the object that a `gs://BUCKET/OBJECT` URI names; a generation pins it. */
export interface Buckets {
  file(uri: string, generation?: string | null): File;
}

export async function openBuckets(): Promise<Buckets> {
  // Costs 80 ms to load, and local runs have no use for it.
  const { Storage } = await import('@google-cloud/storage');
  const emulator = process.env['STORAGE_EMULATOR_HOST'];
  const storage = new Storage(emulator === undefined ? {} : { apiEndpoint: emulator, projectId: 'local' });
  return {
    file(uri, generation = null) {
      const { bucket, name } = objectOf(uri);
      return storage.bucket(bucket).file(name, generation === null ? {} : { generation });
    },
  };
}

/**
 * A download. When Cloud Storage answers 503, @google-cloud/storage 8.4.0 (by teeny-request 11.1.1) retries as it should,
 * but also throws an error where nobody can catch it, which would end the process.
 */
export async function downloading<T>(work: () => Promise<T>): Promise<T> {
  process.on('uncaughtException', ignorePipeError);
  try {
    return await work();
  } finally {
    process.off('uncaughtException', ignorePipeError);
  }
}

/** The same of what is read piece by piece. */
export async function* streaming<T>(pieces: AsyncIterable<T>): AsyncGenerator<T> {
  process.on('uncaughtException', ignorePipeError);
  try {
    yield* pieces;
  } finally {
    process.off('uncaughtException', ignorePipeError);
  }
}

function ignorePipeError(error: Error): void {
  if (!isCode(error, 'ERR_STREAM_UNABLE_TO_PIPE')) throw error;
}

export function isCode(error: unknown, code: string | number): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}
