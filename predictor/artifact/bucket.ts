/** Cloud Storage as the predictor reads it: the client, loaded when a `gs://` URI is read first. */
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
